"""Match reports (匹配报告): what was true on a day, kept as data, and the PDF that was made of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.needs.models import Need


class Report(models.Model):
    """`snapshot` is the JSON form of `backend.reports.snapshot.Snapshot`: everything that the pages show, so that the
    report is the same next year. `snapshot_sha256` is the digest of its canonical form. The
    same need version, language, day and content is one report.

    `file` is the PDF, in the database on purpose: web processes and workers, on one machine or on many, share nothing
    else; it commits together with the status that promises it and lies in the same backup. It has some hundred
    kilobytes and is read for its download alone (`queries.py` defers it).
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="reports", verbose_name=_("need"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports", verbose_name=_("requested by")
    )
    language = models.CharField(_("language"), max_length=10)
    day = models.DateField(_("day of the matches"))
    need_version = models.PositiveIntegerField(_("version of the need"))
    snapshot = models.JSONField(_("snapshot"))
    snapshot_sha256 = models.CharField(_("digest of the snapshot"), max_length=64)
    template_version = models.PositiveIntegerField(_("version of the template"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    fault = models.CharField(_("why it failed"), max_length=40, blank=True)
    file = models.BinaryField(_("file"), null=True, blank=True)
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "need_version", "language", "day", "snapshot_sha256"], name="report_made_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "ready", "failed"]), name="report_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status="ready", file__isnull=False, pages__gt=0, finished_at__isnull=False)
                & ~models.Q(file_sha256="")
                | ~models.Q(status="ready") & models.Q(file__isnull=True, pages__isnull=True, file_sha256=""),
                name="report_file_when_ready",
            ),
            models.CheckConstraint(
                condition=models.Q(status="failed", finished_at__isnull=False) & ~models.Q(fault="")
                | ~models.Q(status="failed") & models.Q(fault=""),
                name="report_fault_when_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people quote: RQ-20261125-000123."""
        return f"RQ-{self.day:%Y%m%d}-{self.pk:06d}"
