"""What happened: one row for each event of a life cycle, written with it and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Organisation


class Event(models.Model):
    """The `number`-th event of a subject, from 1. `digest` is the SHA-256 of the digest before it and of what this row
    says: a changed or missing row breaks the chain. `note` is a person's own words, `data` what the event was about.
    `organisation` is that for which the actor acted; both are empty where the clock did it."""

    subject = models.CharField(_("kind of subject"), max_length=20)
    subject_id = models.PositiveBigIntegerField(_("subject"))
    number = models.PositiveIntegerField(_("number"))
    event = models.CharField(_("event"), max_length=30)
    before = models.CharField(_("state before"), max_length=20, blank=True)
    after = models.CharField(_("state after"), max_length=20)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("actor")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("organisation")
    )
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=1000, blank=True)
    data = models.JSONField(_("data"), default=dict)
    digest = models.CharField(_("digest"), max_length=64)

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["subject", "subject_id", "number"]
        indexes = [models.Index(fields=["at"], name="event_at")]
        constraints = [
            models.UniqueConstraint(fields=["subject", "subject_id", "number"], name="event_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="event_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}: {self.event}"
