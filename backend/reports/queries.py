"""Reads of reports, scoped by who asks."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, acts_for_platform, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotAllowed, NotFound
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.reports.models import Report


def reports_visible_to(viewer: Viewer) -> QuerySet[Report]:
    """The company's own people and the platform; nobody else, for a report holds what its company has not shown to
    anybody. Without snapshot and file, which are large."""
    organisation = organisation_of(viewer)
    reports = Report.objects.select_related("need__company").defer("snapshot", "file")
    if organisation is None:
        return reports.none()
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return reports
        case Organisation.Kind.COMPANY:
            return reports.filter(need__company__organisation=organisation)
        case _:
            return reports.none()


def report_visible_to(viewer: Viewer, report_id: int) -> Report:
    """Raises NotFound, also where the report exists but is not the viewer's to see."""
    report = reports_visible_to(viewer).filter(pk=report_id).first()
    if report is None:
        raise NotFound("")
    return report


def report_file(report: Report) -> bytes:
    """The PDF. Raises NotFound where it is not ready."""
    found = Report.objects.filter(pk=report.pk, status=Report.Status.READY).values_list("file", flat=True).first()
    if found is None:
        raise NotFound("")
    return bytes(found)


def need_reported_by(viewer: Viewer, need_id: int) -> Need:
    """A need that the viewer may have a report made on. Raises NotFound, and NotAllowed where the viewer sees the need
    but its reports are not the viewer's."""
    need = need_visible_to(viewer, need_id)
    own = organisation_of(viewer)
    if not acts_for_platform(viewer) and (own is None or need.company.organisation_id != own.pk):
        raise NotAllowed(_("Only the company itself may do this."))
    return need
