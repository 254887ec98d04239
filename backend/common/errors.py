"""What a service refuses, in one small hierarchy. Doors (pages, API, commands) render it; nothing else subclasses it
per use case: a new reason is a new `code`, and a new class only where the HTTP status differs.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

_EXISTS = _("There is one already")
TITLES: Mapping[str, Text] = {
    "version_conflict": _("It was changed meanwhile"),
    "company_exists": _EXISTS,
    "credit_code_taken": _EXISTS,
    "product_taken": _EXISTS,
    "username_taken": _EXISTS,
    "email_taken": _EXISTS,
    "institution_taken": _EXISTS,
    "broken_rule": _("The stored rule cannot be read"),
    "body_too_large": _("The body is too large"),
    "bad_idempotency_key": _("Some of the input cannot be used"),
    "idempotency_key_reused": _("The key was used already"),
    "if_match_required": _("Say which version you read"),
}
"""Titles of codes that say more than their class."""


class DomainError(Exception):
    """`code` is stable for programs, `message` is for the reader, `field` is the path of the offending input
    (`facts.annual_revenue`, `rule.all[2].value`) or None, `status` is the HTTP status that a door answers with. The
    `title` is the code's own (TITLES), else the class's.
    """

    code = "refused"
    status = 400
    title: Text = _("This cannot be done")

    def __init__(self, message: Text, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(str(message))
        self._message = message
        self.code = code or self.code
        self.field = field
        self.title = TITLES.get(self.code, self.title)

    @property
    def message(self) -> str:
        """In the language that is active when it is read."""
        return str(self._message)


class InvalidInput(DomainError):
    """A value that cannot be used as given."""

    code = "invalid_input"
    status = 400
    title = _("Some of the input cannot be used")


class NotAllowed(DomainError):
    """The caller may see the thing but not do this to it."""

    code = "permission_denied"
    status = 403
    title = _("Your role does not allow this")


class NotFound(DomainError):
    """There is no such thing, or the caller may not know of it: the answer is the same."""

    code = "not_found"
    status = 404
    title = _("There is nothing here that you may see")


class Conflict(DomainError):
    """The thing changed meanwhile, is in another state, or exists already."""

    code = "version_conflict"
    status = 409
    title = _("This cannot be done as things stand")
