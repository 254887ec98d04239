"""The pages of reports: from the button to the file, for those whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from backend.accounts.models import User
from backend.reports.models import Report
from backend.reports.services import report_render
from tests.demo_market import Case
from tests.reports.test_services import waiting

pytestmark = pytest.mark.django_db


def of(user: User, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


@pytest.fixture
def report(case: Case) -> Report:
    return waiting(case)


@pytest.fixture
def ready(report: Report) -> Report:
    assert report_render(report.pk) == "ready"
    report.refresh_from_db()
    return report


def test_from_the_button_to_the_file(
    case: Case, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = of(case.owner)
    assert "该融资需求还没有报告" in client.get(f"/needs/{case.need.pk}/report/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/needs/{case.need.pk}/report/", {"language": "en"})
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/reports/{report.pk}/")
    assert (report.language, report.status, report.requested_by) == ("en", "ready", case.owner)
    page = client.get(f"/reports/{report.pk}/").content.decode()
    assert report.number in page
    assert f"共{report.pages}页，PDF格式" in page
    assert f'href="/reports/{report.pk}/file/"' in page
    listed = client.get(f"/needs/{case.need.pk}/report/").content.decode()
    assert f'<a href="/reports/{report.pk}/">{report.number}</a>' in listed
    assert client.get(f"/reports/{report.pk}/file/").content.startswith(b"%PDF-")


def test_without_a_language_it_is_the_page_s(case: Case) -> None:
    of(case.owner, "en").post(f"/needs/{case.need.pk}/report/")
    assert Report.objects.get().language == "en"


def test_the_file_has_its_name_and_stays_private(case: Case, ready: Report) -> None:
    answer = of(case.owner).get(f"/reports/{ready.pk}/file/")
    name = f"匹配报告 {case.need.company.name} {ready.number}.pdf"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert sorted(answer["Cache-Control"].split(", ")) == ["no-cache", "private"]
    again = of(case.owner).get(f"/reports/{ready.pk}/file/", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_that_waits_asks_again_and_one_that_is_ready_does_not(case: Case, report: Report) -> None:
    client = of(case.owner)
    page = client.get(f"/reports/{report.pk}/")
    text = page.content.decode()
    assert "报告生成中" in text
    assert f'hx-get="/reports/{report.pk}/" hx-trigger="every 1s" hx-select="#report-state"' in text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text
    assert "no-store" in page["Cache-Control"]
    assert client.get(f"/reports/{report.pk}/file/")["Location"] == f"/reports/{report.pk}/"
    report_render(report.pk)
    text = client.get(f"/reports/{report.pk}/").content.decode()
    assert "报告已生成" in text
    assert "hx-get" not in text
    assert "http-equiv" not in text


def test_one_that_failed_or_waits_for_long_can_be_asked_for_again(
    case: Case, report: Report, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client, address = of(case.owner), f"/reports/{report.pk}/"
    assert f'action="{address}retry/"' not in client.get(address).content.decode()
    Report.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert f'action="{address}retry/"' in client.get(address).content.decode()
    Report.objects.update(status="failed", fault="fonts_missing", finished_at=timezone.now())
    text = client.get(address).content.decode()
    assert "系统缺少生成报告的组件" in text
    assert f'action="{address}retry/"' in text
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{address}retry/")["Location"] == address
    report.refresh_from_db()
    assert report.status == "ready"


def test_others_find_nothing(case: Case, ready: Report) -> None:
    need, own = f"/needs/{case.need.pk}/report/", f"/reports/{ready.pk}/"
    for outsider in (case.stranger, case.bank):
        client = of(outsider)
        answers = [client.get(own), client.get(f"{own}file/"), client.post(f"{own}retry/"), client.get(need),
                   client.post(need)]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * 5
    bureau = of(case.bureau)
    assert [bureau.get(own).status_code, bureau.get(f"{own}file/").status_code] == [404, 404]
    assert [bureau.get(need).status_code, bureau.post(need).status_code] == [403, 403]
    assert Report.objects.count() == 1


def test_who_is_not_signed_in_is_asked_to(case: Case, ready: Report, settings: Any) -> None:
    settings.LOGIN_URL = "/sign-in/"
    for address in (f"/reports/{ready.pk}/", f"/reports/{ready.pk}/file/", f"/needs/{case.need.pk}/report/"):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={address}")
    assert Client().post(f"/needs/{case.need.pk}/report/")["Location"].startswith("/sign-in/?next=")
    assert Report.objects.count() == 1


def test_a_wrong_language_is_refused_in_words(case: Case) -> None:
    answer = of(case.owner).post(f"/needs/{case.need.pk}/report/", {"language": "fr"})
    assert answer.status_code == 400
    assert "报告只有中文和英文两种。" in answer.content.decode()
    assert Report.objects.count() == 0


def test_a_name_with_markup_is_text(case: Case, report: Report) -> None:
    case.need.title = "<b>设备</b>"
    case.need.save(update_fields=["title"])
    text = of(case.owner).get(f"/reports/{report.pk}/").content.decode()
    assert "<b>设备</b>" not in text
    assert "&lt;b&gt;设备&lt;/b&gt;" in text
