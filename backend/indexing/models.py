"""The outbox: which documents each search engine has yet to copy from the database."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Copy(models.Model):
    """One document's copy in one engine. A change raises `generation` in the change's own transaction; the worker
    reads it, then the document, writes the engine with it as version, and raises `done` to it. Pending means
    `done < generation`. The row outlives a deleted document, so that a late write can never bring it back.

    A worker leases rows: it writes its `lease` and, as `leased_generation`, the generation that it is about to copy.
    Whoever finds the lease run out may take the row over; two writes of one generation do no harm. After a failure
    `lease_until` is the time of the next try. `copied_on` is the day whose computed facts (years in business) the
    copy holds.
    """

    engine = models.CharField(_("engine"), max_length=20)
    kind = models.CharField(_("kind of document"), max_length=20)
    object_id = models.BigIntegerField(_("object id"))
    generation = models.PositiveBigIntegerField(_("generation"), default=1)
    done = models.PositiveBigIntegerField(_("generation copied"), default=0)
    changed_at = models.DateTimeField(_("changed at"))
    lease = models.CharField(_("lease"), max_length=32, blank=True)
    leased_generation = models.PositiveBigIntegerField(_("generation being copied"), default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    copied_on = models.DateField(_("copied with the facts of"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["engine", "kind", "object_id"], name="copy_unique"),
            models.CheckConstraint(condition=Q(done__lte=F("generation")), name="copy_done_not_ahead"),
        ]
        indexes = [
            models.Index(fields=["lease"], condition=~Q(lease=""), name="copy_leased"),
            models.Index(
                fields=["engine", "changed_at", "id"], condition=Q(done__lt=F("generation")), name="copy_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engine}:{self.kind}:{self.object_id}@{self.done}/{self.generation}"
