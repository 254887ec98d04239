"""Every write of reports: the snapshot first, the PDF after the commit."""

from __future__ import annotations

import hashlib
from datetime import date

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, demand
from backend.common.errors import InvalidInput
from backend.matching.services import products_for
from backend.packs.queries import held
from backend.reports import pdf, snapshot
from backend.reports.contents import snapshot_of
from backend.reports.models import Report
from backend.reports.queries import need_reported_by, report_visible_to
from workers.app import app as celery

RENDER_TASK = "workers.tasks.render_report"
SHOWN = 10
"""Products of each group."""

log = structlog.get_logger(__name__)


@held()
@transaction.atomic
def report_create(*, actor: User, need_id: int, language: str, today: date) -> Report:
    """The report on the products for a need as they are today. Where nothing has changed since one was made today in
    that language, it is that one; a failed one is tried again.

    Raises NotFound, NotAllowed, InvalidInput, and what `matching.services.products_for` raises.
    """
    need = need_reported_by(actor, need_id)
    demand(actor, Action.NEED_EDIT)
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Reports are made in Chinese or English."), code="unknown_language", field="language")
    matches = products_for(need, viewer=actor, today=today, language=language, limit=SHOWN)
    content = snapshot.to_json(snapshot_of(need, matches, today=today, language=language))
    report, made = Report.objects.get_or_create(
        need=need,
        need_version=need.version,
        language=language,
        day=today,
        snapshot_sha256=snapshot.digest(content),
        defaults={"requested_by": actor, "snapshot": content, "template_version": pdf.TEMPLATE_VERSION},
    )
    if not made:
        _again(report)
    _wake(report)
    return report


@transaction.atomic
def report_retry(*, actor: User, report_id: int) -> Report:
    """Draw a failed report once more, and one that has waited for too long; a ready one stays as it is. Raises
    NotFound."""
    report = report_visible_to(actor, report_id)
    demand(actor, Action.NEED_EDIT)
    _again(report)
    _wake(report)
    return report


def report_render(report_id: int) -> str:
    """Draw a waiting report. May run twice, also at once: the first that ends sets the file. A failure is noted at the
    report. Returns the report's status; "" where there is none."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None or report.status != Report.Status.WAITING:
        return report.status if report else ""
    try:
        if snapshot.digest(report.snapshot) != report.snapshot_sha256:
            raise snapshot.SnapshotError("the snapshot is not the one that was made")
        content = snapshot.from_json(report.snapshot)
        drawn = pdf.draw(content, number=report.number, digest=report.snapshot_sha256)
    except Exception as error:
        fault = error.code if isinstance(error, pdf.DrawingError) else "drawing_failed"
        log.exception("report_not_drawn", report=report.number, fault=fault, reason=str(error))
        _finish(report, status=Report.Status.FAILED, fault=fault)
    else:
        _finish(
            report,
            status=Report.Status.READY,
            file=drawn.content,
            file_sha256=hashlib.sha256(drawn.content).hexdigest(),
            pages=drawn.pages,
            template_version=pdf.TEMPLATE_VERSION,
        )
    return str(Report.objects.values_list("status", flat=True).get(pk=report.pk))


def _again(report: Report) -> None:
    """A failed report waits once more."""
    changed = Report.objects.filter(pk=report.pk, status=Report.Status.FAILED).update(
        status=Report.Status.WAITING, fault="", finished_at=None
    )
    if changed:
        report.refresh_from_db(fields=["status", "fault", "finished_at"])


def _finish(report: Report, **values: object) -> None:
    """The database decides: only a waiting report changes."""
    Report.objects.filter(pk=report.pk, status=Report.Status.WAITING).update(**values, finished_at=timezone.now())


def _wake(report: Report) -> None:
    """Have a waiting report drawn once the transaction has committed."""
    if report.status != Report.Status.WAITING:
        return

    def send(report_id: int = report.pk) -> None:
        try:
            if settings.CELERY_TASK_ALWAYS_EAGER:
                report_render(report_id)
            else:
                celery.send_task(RENDER_TASK, args=[report_id], retry=False)
        except Exception as error:  # the report stands and waits; its page offers to try again
            log.warning("report_not_sent", report=report_id, reason=f"{type(error).__name__}: {error}")

    transaction.on_commit(send)
