"""Preparing, handing in and deciding: who may, what is refused, what is written down."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_update
from backend.lifecycle.guard import install
from backend.lifecycle.queries import broken_at, events_of
from backend.verification.models import LIFE, Paper, Verification
from backend.verification.queries import (
    missing_papers,
    paper_content,
    paper_visible_to,
    queue,
    verification_visible_to,
    verifications_visible_to,
)
from backend.verification.services import (
    paper_add,
    paper_remove,
    verification_approve,
    verification_begin,
    verification_return,
    verification_revoke,
    verification_submit,
    verification_withdraw,
    verified_now,
)
from tests import world
from tests.verification.building import file, prepared, submitted
from tests.verification.conftest import Bureau

pytestmark = pytest.mark.django_db


def company_of(user: User) -> Company:
    return Company.objects.get(organisation=user.organisation)


def test_a_company_is_verified(bureau: Bureau) -> None:
    handed_in = submitted(bureau.owner)
    company = company_of(bureau.owner)
    assert (handed_in.name, handed_in.credit_code, handed_in.status) == (company.name, company.credit_code, "submitted")
    assert list(queue(bureau.officer)) == [handed_in]
    done = verification_approve(
        actor=bureau.officer, verification_id=handed_in.pk, expected_version=handed_in.version, now=world.NOW
    )
    assert (done.status, done.decided_by, done.decided_at) == ("approved", bureau.officer, world.NOW)
    after = company_of(bureau.owner)
    assert (after.verified_at, after.version) == (world.NOW, company.version + 1)
    assert verified_now(done.organisation)
    assert list(queue(bureau.officer)) == []
    assert [event.event for event in events_of(done)] == ["begin", "submit", "approve"]
    assert broken_at(done) is None
    papers = [hashlib.sha256(file(number)).hexdigest() for number in range(2)]
    assert events_of(done).get(event="submit").data == {"papers": papers}


def test_an_institution_states_its_code_and_needs_its_permit(bureau: Bureau) -> None:
    found = prepared(bureau.bank, "licence", "letter")
    given: dict[str, Any] = {"actor": bureau.bank, "verification_id": found.pk, "expected_version": 1}
    assert missing_papers(found, world.TODAY) == ["permit"]
    with pytest.raises(InvalidInput) as missing:
        verification_submit(**given, credit_code=world.credit_code())
    assert (missing.value.code, missing.value.field) == ("paper_missing", "papers")
    paper_add(actor=bureau.bank, verification_id=found.pk, kind="permit", name="p.pdf", content=file(9))
    with pytest.raises(InvalidInput) as wrong:
        verification_submit(**given, credit_code="123")
    assert (wrong.value.code, wrong.value.field) == ("credit_code_length", "credit_code")
    done = verification_submit(**given, credit_code=world.credit_code(7))
    assert (done.credit_code, done.status) == (world.credit_code(7), "submitted")
    verification_approve(actor=bureau.officer, verification_id=done.pk, expected_version=done.version)
    assert verified_now(done.organisation)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (datetime(2025, 9, 29, 2, tzinfo=UTC), date(2025, 9, 30)),
        (datetime(2025, 9, 30, 2, tzinfo=UTC), date(2025, 10, 9)),  # the national holidays lie between
        (datetime(2025, 9, 26, 2, tzinfo=UTC), date(2025, 9, 28)),  # a Sunday that is worked
        (datetime(2025, 9, 29, 17, tzinfo=UTC), date(2025, 10, 9)),  # past midnight in the city
    ],
)
def test_the_bureau_has_a_working_day(bureau: Bureau, day: datetime, due: date) -> None:
    assert submitted(bureau.owner, now=day).due_on == due


def test_the_earliest_due_comes_first(bureau: Bureau) -> None:
    late = submitted(bureau.owner, now=datetime(2025, 9, 30, 2, tzinfo=UTC))
    early = submitted(bureau.rival, now=datetime(2025, 9, 29, 2, tzinfo=UTC))
    assert list(queue(bureau.officer)) == [early, late]


def test_who_sees_a_request(bureau: Bureau) -> None:
    draft = verification_begin(actor=bureau.rival)
    mine = submitted(bureau.owner)

    def seen(viewer: User | None) -> set[Verification]:
        return set(verifications_visible_to(viewer))

    assert seen(bureau.owner) == seen(bureau.member) == seen(bureau.near) == seen(bureau.officer) == {mine}
    assert seen(bureau.rival) == {draft}
    platform = world.person_of("platform")
    assert seen(platform) == {mine}
    for viewer in (bureau.far, bureau.auditor, bureau.bank, world.person_of("advisers"), None):
        assert seen(viewer) == set()
    paper = Paper.objects.filter(verification=mine).earliest("pk")
    assert paper_content(paper_visible_to(bureau.near, paper.pk)) == file(0)
    for viewer in (bureau.rival, bureau.far, bureau.auditor, bureau.bank):
        with pytest.raises(NotFound):
            paper_visible_to(viewer, paper.pk)
        with pytest.raises(NotFound):
            verification_visible_to(viewer, mine.pk)


def test_who_does_not_hand_in_and_who_does_not_decide(bureau: Bureau) -> None:
    for actor in (bureau.officer, world.person_of("advisers"), world.person(None)):
        with pytest.raises(NotAllowed):
            verification_begin(actor=actor)
    mine = submitted(bureau.owner)
    given: dict[str, Any] = {"verification_id": mine.pk, "expected_version": mine.version}
    for actor, error in ((bureau.owner, NotAllowed), (bureau.auditor, NotFound), (bureau.far, NotFound)):
        with pytest.raises(error):
            verification_approve(actor=actor, **given)
        with pytest.raises(error):
            verification_return(actor=actor, **given, reason="x")
    with pytest.raises(NotAllowed):
        verification_withdraw(actor=bureau.officer, **given)
    mine.refresh_from_db()
    assert mine.status == "submitted"


def test_before_a_company_is_filed_there_is_nothing_to_verify(bureau: Bureau) -> None:
    with pytest.raises(Conflict) as refused:
        verification_begin(actor=world.person_of("company"))
    assert refused.value.code == "company_missing"


def test_one_request_is_under_way(bureau: Bureau) -> None:
    first = verification_begin(actor=bureau.owner)
    assert verification_begin(actor=bureau.member) == first
    done = submitted(bureau.owner)
    assert verification_begin(actor=bureau.owner) == done
    verification_approve(actor=bureau.officer, verification_id=done.pk, expected_version=done.version)
    with pytest.raises(Conflict) as refused:
        verification_begin(actor=bureau.owner)
    assert refused.value.code == "already_verified"
    assert Verification.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"content": b"MZ\x90\x00 a program"}, "paper_unreadable", "file"),
        ({"content": b"<svg onload=alert(1)>"}, "paper_unreadable", "file"),
        ({"content": b""}, "paper_unreadable", "file"),
        ({"content": file() + b"\0" * 5 * 1024 * 1024}, "paper_too_large", "file"),
        ({"kind": "diary"}, "unknown_paper", "kind"),
    ],
)
def test_a_paper_that_is_none_is_refused(bureau: Bureau, values: dict[str, Any], code: str, field: str) -> None:
    found = verification_begin(actor=bureau.owner)
    given: dict[str, Any] = {"kind": "licence", "name": "x.pdf", "content": file()} | values
    with pytest.raises(InvalidInput) as refused:
        paper_add(actor=bureau.owner, verification_id=found.pk, **given)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert Paper.objects.count() == 0


def test_papers_come_and_go_until_they_are_handed_in(bureau: Bureau) -> None:
    found = verification_begin(actor=bureau.owner)

    def add(number: int, name: str = "a.pdf") -> Paper:
        return paper_add(actor=bureau.owner, verification_id=found.pk, kind="licence", name=name, content=file(number))

    first = add(0, name="C:\\fakepath\\..\\营业\u202e执照.pdf")
    assert (first.name, first.size, first.content_type) == ("营业执照.pdf", len(file(0)), "application/pdf")
    assert first.sha256 == hashlib.sha256(file(0)).hexdigest()
    assert add(0) == first, "the same file is one paper"
    for number in range(1, 8):
        add(number)
    with pytest.raises(Conflict) as full:
        add(8)
    assert full.value.code == "too_many_papers"
    with pytest.raises(NotFound):
        paper_remove(actor=bureau.rival, paper_id=first.pk)
    paper_remove(actor=bureau.member, paper_id=first.pk)
    assert Paper.objects.count() == 7
    paper_add(actor=bureau.owner, verification_id=found.pk, kind="letter", name="l.pdf", content=file(20))
    done = verification_submit(actor=bureau.owner, verification_id=found.pk, expected_version=1)
    for attempt in (
        lambda: add(30),
        lambda: paper_remove(actor=bureau.owner, paper_id=Paper.objects.earliest("pk").pk),
    ):
        with pytest.raises(Conflict) as late:
            attempt()
        assert late.value.code == "wrong_state"
    assert Paper.objects.filter(verification=done).count() == 8


def test_a_paper_that_is_taken_away_leaves_no_file(bureau: Bureau, django_capture_on_commit_callbacks: Any) -> None:
    prepared(bureau.owner)
    paper = Paper.objects.earliest("pk")
    name = str(paper.file.name)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        paper_remove(actor=bureau.owner, paper_id=paper.pk)
    assert not default_storage.exists(name)


def test_what_is_returned_is_mended_and_handed_in_again(bureau: Bureau) -> None:
    first = submitted(bureau.owner)
    with pytest.raises(InvalidInput):
        verification_return(actor=bureau.officer, verification_id=first.pk, expected_version=first.version, reason=" ")
    returned = verification_return(
        actor=bureau.officer, verification_id=first.pk, expected_version=first.version, reason="照片模糊"
    )
    assert (returned.status, returned.reason) == ("returned", "照片模糊")
    assert events_of(returned).get(event="return").note == "照片模糊"
    with pytest.raises(Conflict):
        verification_approve(actor=bureau.officer, verification_id=first.pk, expected_version=returned.version)
    again = verification_submit(actor=bureau.owner, verification_id=first.pk, expected_version=returned.version)
    assert (again.status, again.reason) == ("submitted", "")
    back = verification_withdraw(actor=bureau.member, verification_id=first.pk, expected_version=again.version)
    assert back.status == "draft"
    assert company_of(bureau.owner).verified_at is None


def test_two_officers_decide_once(bureau: Bureau) -> None:
    mine = submitted(bureau.owner)
    given: dict[str, Any] = {"verification_id": mine.pk, "expected_version": mine.version}
    verification_return(actor=bureau.officer, **given, reason="x")
    with pytest.raises(Conflict) as late:
        verification_approve(actor=bureau.near, **given)
    assert late.value.code == "version_conflict"
    assert [event.event for event in events_of(mine)] == ["begin", "submit", "return"]


def test_another_name_needs_another_verification(bureau: Bureau) -> None:
    mine = submitted(bureau.owner)
    company = company_of(bureau.owner)

    def rename(name: str) -> None:
        now = company_of(bureau.owner)
        data = replace(CompanyInput.of(now), name=name)
        company_update(actor=bureau.owner, company_id=now.pk, data=data, expected_version=now.version)

    rename("改名公司")
    with pytest.raises(Conflict) as changed:
        verification_approve(actor=bureau.officer, verification_id=mine.pk, expected_version=mine.version)
    assert changed.value.code == "changed_meanwhile"
    rename(company.name)
    verification_approve(actor=bureau.officer, verification_id=mine.pk, expected_version=mine.version)
    now = company_of(bureau.owner)
    company_update(
        actor=bureau.owner,
        company_id=now.pk,
        data=replace(CompanyInput.of(now), facts={"region": "370103"}),
        expected_version=now.version,
    )
    assert company_of(bureau.owner).verified_at is not None, "other facts change nothing"
    rename("改名公司")
    assert company_of(bureau.owner).verified_at is None
    assert verification_begin(actor=bureau.owner) != mine


def test_what_turned_out_wrong_is_revoked(bureau: Bureau) -> None:
    mine = submitted(bureau.owner)
    done = verification_approve(actor=bureau.officer, verification_id=mine.pk, expected_version=mine.version)
    with pytest.raises(NotAllowed):
        verification_revoke(actor=bureau.owner, verification_id=mine.pk, expected_version=done.version, reason="x")
    verification_revoke(actor=bureau.officer, verification_id=mine.pk, expected_version=done.version, reason="伪造")
    assert company_of(bureau.owner).verified_at is None
    assert not verified_now(mine.organisation)
    assert verification_begin(actor=bureau.owner).status == "draft"


@pytest.mark.database
@pytest.mark.parametrize("status", [state for state in LIFE.states if state != "draft"])
def test_the_database_knows_the_ways(bureau: Bureau, status: str) -> None:
    install(connection)
    found = verification_begin(actor=bureau.owner)
    whole = {
        "submitted_at": world.NOW, "due_on": world.TODAY, "decided_at": world.NOW, "decided_by": bureau.officer,
        "reason": "x", "credit_code": "1",
    }  # fmt: skip
    allowed = ("draft", status) in LIFE.pairs
    if allowed:
        Verification.objects.filter(pk=found.pk).update(status=status, **whole)
        return
    with pytest.raises(IntegrityError, match="illegal state"), transaction.atomic():
        Verification.objects.filter(pk=found.pk).update(status=status, **whole)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "withdraw", "approve", "return", "revoke"]),
        st.sampled_from(["owner", "rival", "officer", "far"]),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=EVENTS)
def test_random_lives_follow_the_table(bureau: Bureau, steps: list[tuple[str, str]]) -> None:
    """Against a plain model: which event of whom leads where. A refused step changes nothing and is not written."""
    with transaction.atomic():
        found = prepared(bureau.owner)
        state, done, marked = "draft", ["begin"], False
        for event, who in steps:
            by_owner = event in ("submit", "withdraw")
            ways = [one for one in LIFE.steps if one.event == event and state in one.sources]
            allowed = bool(ways) and who == ("owner" if by_owner else "officer")
            found.refresh_from_db()
            try:
                _take(event, getattr(bureau, who), found)
                happened = True
            except DomainError:
                happened = False
            found.refresh_from_db()
            assert happened == allowed, (event, who, state)
            if happened:
                state = ways[0].target
                done.append(event)
                marked = {"approve": True, "revoke": False}.get(event, marked)
            assert found.status == state
            assert (company_of(bureau.owner).verified_at is not None) == marked
        assert [event.event for event in events_of(found)] == done
        assert broken_at(found) is None
        transaction.set_rollback(True)


def _take(event: str, actor: User, found: Verification) -> None:
    given: dict[str, Any] = {"actor": actor, "verification_id": found.pk, "expected_version": found.version}
    match event:
        case "submit":
            verification_submit(**given)
        case "withdraw":
            verification_withdraw(**given)
        case "approve":
            verification_approve(**given)
        case "return":
            verification_return(**given, reason="x")
        case _:
            verification_revoke(**given, reason="x")
