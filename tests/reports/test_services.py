"""Making reports: one snapshot, one file, for those whose it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from backend.common.errors import InvalidInput, NotAllowed, NotFound
from backend.companies.models import Company
from backend.matching.product_cost import product_cost_parts
from backend.matching.services import products_for
from backend.needs.services import NeedInput, need_create, need_update
from backend.reports import snapshot
from backend.reports.models import Report
from backend.reports.queries import report_file, report_visible_to, reports_visible_to
from backend.reports.services import report_create, report_render, report_retry
from tests.demo_market import TODAY, Case
from tests.reports.reading import PdfFile
from tests.reports.samples import small
from tests.world import need as new_need
from workers.tasks import render_report

pytestmark = pytest.mark.django_db


def made(case: Case, **values: Any) -> Report:
    given: dict[str, Any] = {"actor": case.owner, "need_id": case.need.pk, "language": "zh-hans", "today": TODAY}
    return report_create(**given | values)


def waiting(of: Case | None = None) -> Report:
    """A report on a small snapshot, which is quick to draw."""
    content = snapshot.to_json(small())
    need = of.need if of else new_need()
    return Report.objects.create(
        need=need, requested_by=of.owner if of else need.company.organisation.users.create(username="anna"),
        language="zh-hans", day=TODAY, need_version=need.version, snapshot=content,
        snapshot_sha256=snapshot.digest(content), template_version=1,
    )  # fmt: skip


def test_the_snapshot_holds_what_the_matcher_answers(case: Case) -> None:
    report = made(case)
    held = snapshot.from_json(report.snapshot)
    matches = products_for(case.need, viewer=case.owner, today=TODAY, limit=10)
    for name in ("eligible", "missing", "almost"):
        group, found = getattr(held, name), getattr(matches, name)
        assert group.count == matches.counts[name]
        assert [offer.code for offer in group.offers] == [match.product.code for match in found]
        assert [offer.name for offer in group.offers] == [match.product.name_zh for match in found]
        for offer, match in zip(group.offers, found, strict=True):
            assert [reason.text for reason in offer.reasons] == [reason.text for reason in match.reasons]
            assert [change.text for change in offer.changes] == [gap.text for gap in match.gaps]
            assert [datum.label for datum in offer.missing] == [datum.label for datum in match.missing]
            assert (offer.cost and offer.cost.low) == (match.cost and match.cost.low)
            parts = product_cost_parts(match.product, case.need.amount, case.need.term_months)
            assert [(line.low, line.high) for line in offer.cost_lines] == [(part.low, part.high) for part in parts]
    assert held.company == case.need.company.name
    assert held.credit_code == case.need.company.credit_code
    assert (held.amount, held.term_months, held.need_version) == (
        case.need.amount, case.need.term_months, case.need.version,
    )  # fmt: skip
    assert report.number == f"RQ-20261124-{report.pk:06d}"
    assert (report.status, report.requested_by, report.day) == ("waiting", case.owner, TODAY)


def test_it_is_drawn_once_the_transaction_has_committed(
    case: Case, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        report = made(case)
        assert report.status == "waiting"
    report.refresh_from_db()
    assert report.status == "ready"
    content = report_file(report)
    assert hashlib.sha256(content).hexdigest() == report.file_sha256
    texts = PdfFile(content).texts()
    assert len(texts) == report.pages
    assert report.number in texts[0]
    held = snapshot.from_json(report.snapshot)
    whole = "".join(texts)
    for group in (held.eligible, held.missing, held.almost):
        assert [offer.name for offer in group.offers if offer.name not in whole] == []
    sheets = [offer for offer in held.eligible.offers if offer.cost_lines]
    assert sheets
    assert [o.name for o in sheets if f"合计{o.total_low:,.2f}{o.total_high:,.2f}" not in whole] == []


def test_the_same_day_need_and_content_are_one_report(case: Case) -> None:
    first = made(case)
    assert made(case) == first
    assert made(case, actor=case.platform) == first
    other = made(case, language="en")
    assert other != first
    need_update(
        actor=case.owner, need_id=case.need.pk, data=replace(NeedInput.of(case.need), title="换个名称"),
        expected_version=case.need.version, today=TODAY,
    )  # fmt: skip
    changed = made(case)
    assert (changed.need_version, snapshot.from_json(changed.snapshot).title) == (case.need.version + 1, "换个名称")
    assert Report.objects.count() == 3


def test_what_changes_later_does_not_change_the_report(case: Case) -> None:
    report = made(case)
    Company.objects.filter(pk=case.need.company_id).update(name="改名公司")
    assert report_render(report.pk) == "ready"
    whole = "".join(PdfFile(report_file(report)).texts())
    assert case.need.company.name in whole
    assert "改名公司" not in whole


def test_only_its_company_and_the_platform_have_reports(case: Case) -> None:
    with pytest.raises(NotAllowed):
        made(case, actor=case.bureau)
    for outsider in (case.stranger, case.bank):
        with pytest.raises(NotFound):
            made(case, actor=outsider)
    assert Report.objects.count() == 0
    report = made(case)
    assert list(reports_visible_to(case.owner)) == [report]
    assert list(reports_visible_to(case.platform)) == [report]
    for other in (case.bureau, case.stranger, case.bank, None):
        assert list(reports_visible_to(other)) == []
    for other in (case.bureau, case.stranger, case.bank):
        with pytest.raises(NotFound):
            report_visible_to(other, report.pk)
        with pytest.raises(NotFound):
            report_retry(actor=other, report_id=report.pk)


def test_an_unknown_language_is_refused(case: Case) -> None:
    with pytest.raises(InvalidInput) as refusal:
        made(case, language="fr")
    assert (refusal.value.field, refusal.value.code) == ("language", "unknown_language")
    assert Report.objects.count() == 0


def test_drawing_twice_changes_nothing() -> None:
    report = waiting()
    assert render_report(report.pk) == "ready"
    first = Report.objects.get(pk=report.pk)
    assert render_report(report.pk) == "ready"
    second = Report.objects.get(pk=report.pk)
    assert (second.finished_at, second.file_sha256) == (first.finished_at, first.file_sha256)


def test_a_report_that_is_gone_is_no_fault() -> None:
    assert render_report(987654) == ""


def test_a_failure_is_noted_and_can_be_mended(
    case: Case, settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    report, fonts = waiting(case), settings.FONTS_DIR
    settings.FONTS_DIR = tmp_path
    assert report_render(report.pk) == "failed"
    report.refresh_from_db()
    assert (report.fault, report.file, report.finished_at is not None) == ("fonts_missing", None, True)
    with pytest.raises(NotFound):
        report_file(report)
    assert report_render(report.pk) == "failed"  # nobody asked for it again
    settings.FONTS_DIR = fonts
    with django_capture_on_commit_callbacks(execute=True):
        assert report_retry(actor=case.owner, report_id=report.pk).status == "waiting"
    report.refresh_from_db()
    assert (report.status, report.fault, report.pages) == ("ready", "", 5)


def test_a_snapshot_that_was_tampered_with_is_not_drawn() -> None:
    report = waiting()
    Report.objects.filter(pk=report.pk).update(snapshot=report.snapshot | {"amount": "1.00"})
    assert report_render(report.pk) == "failed"
    report.refresh_from_db()
    assert report.fault == "drawing_failed"


@pytest.mark.database
@pytest.mark.parametrize(
    "values",
    [
        {"status": "lost"},
        {"status": "ready"},
        {"status": "ready", "file": b"%PDF", "file_sha256": "", "pages": 1, "finished_at": timezone.now()},
        {"status": "ready", "file": b"%PDF", "file_sha256": "a", "pages": 0, "finished_at": timezone.now()},
        {"file": b"%PDF"},
        {"status": "failed", "finished_at": timezone.now()},
        {"fault": "fonts_missing"},
    ],
)
def test_the_database_keeps_the_states_whole(values: dict[str, Any]) -> None:
    report = waiting()
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(**values)


@pytest.mark.database
def test_the_database_keeps_one_of_the_same() -> None:
    report = waiting()
    report.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        report.save(force_insert=True)
    report.day += timedelta(days=1)
    report.save(force_insert=True)
    assert Report.objects.count() == 2


def test_a_draft_without_an_amount_has_no_report(case: Case) -> None:
    draft = need_create(actor=case.owner, company_id=case.need.company_id, data=NeedInput(), today=TODAY)
    with pytest.raises(InvalidInput) as refusal:
        made(case, need_id=draft.pk)
    assert (refusal.value.code, refusal.value.field) == ("required", "amount")
    assert not Report.objects.filter(need=draft).exists()
