"""What the two sides write to each other in a case, and the papers that they hand over."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Organisation
from backend.applications.models.cases import Application


class Message(models.Model):
    """`internal`: a note of the institution's own people, which the company never sees. Written once."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="messages", verbose_name=_("application")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    text = models.TextField(_("text"), max_length=4000, blank=True)
    internal = models.BooleanField(_("internal"), default=False)
    at = models.DateTimeField(_("at"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.at:%Y-%m-%d %H:%M}"


class Attachment(models.Model):
    """A paper that goes with a message. `kind` is a code of `document_kinds` or empty; `media_type` is what the content
    is, whatever its name says. The content lies in the database for the reasons of `reports.Report`, and is read for
    its download alone (`queries.py` defers it). Written once."""

    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, related_name="attachments", verbose_name=_("message")
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind of paper"), max_length=40, blank=True)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("digest"), max_length=64)
    content = models.BinaryField(_("content"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "sha256"], name="attachment_once_a_message"),
            models.CheckConstraint(condition=Q(size__gt=0) & ~Q(name=""), name="attachment_is_something"),
        ]

    def __str__(self) -> str:
        return self.name
