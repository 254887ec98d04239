"""The way around the site: what stands in the bar for each kind of visitor, and where each one begins the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation

Label = Promise | str

_HOMES = {
    Organisation.Kind.COMPANY: "company-home",
    Organisation.Kind.INSTITUTION: "institution-home",
    Organisation.Kind.BUREAU: "bureau-home",
    Organisation.Kind.PLATFORM: "bureau-home",
}

_LINKS: dict[str, Sequence[tuple[str, Label]]] = {
    Organisation.Kind.COMPANY: (
        ("company-home", _("Overview")),
        ("cases", _("My financing")),
        ("company-profile", _("Company profile")),
    ),
    Organisation.Kind.INSTITUTION: (
        ("institution-home", _("Leads")),
        ("cases", _("Cases")),
        ("institution-products", _("Own products")),
    ),
    Organisation.Kind.BUREAU: (
        ("bureau-home", _("Market overview")),
        ("need-queue", _("Needs to check")),
        ("cases", _("Cases")),
    ),
    Organisation.Kind.PLATFORM: (
        ("bureau-home", _("Market overview")),
        ("need-queue", _("Needs to check")),
        ("cases", _("Cases")),
    ),
}
_EVERYBODY: Sequence[tuple[str, Label]] = (("shelf", _("Products")), ("terms", _("Terms explained")))


_BELOW = {"lead-list": "institution-home", "lead": "institution-home", "saved-filters": "institution-home"}
"""Pages that belong to an entry though their address lies below another's."""


@dataclass(frozen=True, slots=True)
class Entry:
    label: Label
    url: str
    here: bool


def home_of(viewer: Viewer) -> str:
    """The name of the page where this visitor begins the day."""
    organisation = organisation_of(viewer)
    return "home" if organisation is None else _HOMES[Organisation.Kind(organisation.kind)]


def entries(request: HttpRequest) -> tuple[Entry, ...]:
    organisation = organisation_of(request.user)
    own = () if organisation is None else _LINKS[organisation.kind]
    return tuple(_entry(request, name, label) for name, label in (*own, *_EVERYBODY))


def _entry(request: HttpRequest, name: str, label: Label) -> Entry:
    """Marked where the visitor is on this page or on one below it."""
    url = reverse(name)
    match = request.resolver_match
    if match is not None and match.url_name in _BELOW:
        return Entry(label, url, name == _BELOW[match.url_name])
    return Entry(label, url, request.path == url or (name != _top(request) and request.path.startswith(url)))


def _top(request: HttpRequest) -> str:
    """A role's first page lies above its others: it is marked only where the visitor is on itself."""
    return home_of(request.user)
