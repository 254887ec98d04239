"""The pages of reports. Each view asks the services and renders."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.reports.models import Report
from backend.reports.queries import need_reported_by, report_file, report_visible_to, reports_visible_to
from backend.reports.services import report_create, report_retry
from backend.site.access import person
from backend.site.errors import page

LISTED = 20
LATE = timedelta(seconds=60)
"""A report that has waited for so long may be asked for again."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def need_report(request: HttpRequest, id: int) -> HttpResponse:
    """POST makes the report on a need, or finds the one that is the same. GET lists the need's reports, with the
    button that makes one: whoever had to sign in first arrives here."""
    actor = person(request)
    if request.method == "POST":
        language = request.POST.get("language") or _language()
        report = report_create(actor=actor, need_id=id, language=language, today=timezone.localdate())
        return redirect("report", id=report.pk)
    context = {
        "need": need_reported_by(actor, id),
        "reports": reports_visible_to(actor).filter(need=id)[:LISTED],
        "languages": [(code, name, code == _language()) for code, name in settings.LANGUAGES],
    }
    return render(request, "reports/need.html", context)


@require_safe
@login_required
@page
def report(request: HttpRequest, id: int) -> HttpResponse:
    """How far the report is; its number and its file once it is ready."""
    found = report_visible_to(request.user, id)
    waiting = found.status == Report.Status.WAITING
    context = {"report": found, "waiting": waiting, "late": waiting and timezone.now() - found.created_at > LATE}
    response = render(request, "reports/report_page.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_POST
@login_required
@page
def retry(request: HttpRequest, id: int) -> HttpResponse:
    report_retry(actor=person(request), report_id=id)
    return redirect("report", id=id)


@require_safe
@login_required
@page
def file(request: HttpRequest, id: int) -> HttpResponse:
    """The PDF, to be kept under a name that says what it is. One that is not ready leads back to its page."""
    found = report_visible_to(request.user, id)
    if found.status != Report.Status.READY:
        return redirect("report", id=id)
    response = HttpResponse(report_file(found), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, _file_name(found)) or "attachment"
    response["Content-Language"] = found.language
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{found.file_sha256}"'
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _file_name(found: Report) -> str:
    """Named in the report's language; no sign that a file system refuses."""
    company = "".join(char for char in found.need.company.name if char not in '\\/:*?"<>|')
    kind = "匹配报告" if found.language.startswith("zh") else "match report"
    return f"{kind} {company} {found.number}.pdf"


def _language() -> str:
    return get_language() or "zh-hans"
