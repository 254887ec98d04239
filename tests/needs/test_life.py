"""From filing to its end: the check, talks, time, renewals, and what is kept of each wording."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.accounts.services import platform_account
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.companies.models import Company
from backend.indexing.models import Copy
from backend.lifecycle.queries import broken_at, events_of
from backend.needs.clock import needs_check, needs_expire
from backend.needs.models import Need, NeedVersion
from backend.needs.queries import needs_notice_due, needs_to_verify, needs_waiting_for_company
from backend.needs.services import (
    NeedInput,
    need_begin_talks,
    need_close,
    need_create,
    need_fund,
    need_open,
    need_renew,
    need_resume,
    need_update,
    need_withdraw,
)
from backend.needs.telling import soon_over
from backend.needs.verification import need_return, need_verify
from backend.needs.versions import need_version
from backend.packs.models import Pack, Parameter
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db
LAST_DAY = world.TODAY + timedelta(days=180)


@pytest.fixture(autouse=True)
def pack(db: None) -> None:
    load_pack(PACK)


@pytest.fixture
def company() -> Company:
    return world.company()


@pytest.fixture
def owner(company: Company) -> User:
    return world.person(company.organisation)


@pytest.fixture
def officer() -> User:
    return world.person_of("bureau")


def filed(owner: User, company: Company, **values: object) -> Need:
    data = NeedInput(**{"amount": Decimal(1_000_000), "purpose": "equipment", **values})  # type: ignore[arg-type]
    return need_create(actor=owner, company_id=company.pk, data=data, today=world.TODAY)


def opened(owner: User, need: Need, now: datetime = world.NOW) -> Need:
    return need_open(actor=owner, need_id=need.pk, expected_version=need.version, now=now)


def told(need: Need) -> list[tuple[str, str, str, str | None]]:
    """(event, before, after, who) of all that happened; the chain is whole."""
    assert broken_at(need) is None
    return [
        (
            one.event,
            one.before,
            one.after,
            one.actor.organisation.kind if one.actor and one.actor.organisation else None,
        )
        for one in events_of(need)
    ]


def waiting(owner: User, company: Company) -> Need:
    """A need that waits for an officer, since its company is not verified."""
    Company.objects.filter(pk=company.pk).update(verified_at=None)
    return opened(owner, filed(owner, company))


def test_a_verified_company_s_need_is_submitted_checked_and_opened_at_once(owner: User, company: Company) -> None:
    need = opened(owner, filed(owner, company))
    assert (need.status, need.opened_at, need.expires_on, need.verify_by) == ("open", world.NOW, LAST_DAY, None)
    assert told(need) == [
        ("file", "", "draft", "company"),
        ("submit", "draft", "submitted", "company"),
        ("check", "submitted", "verified", None),
        ("open", "verified", "open", None),
    ]
    assert need_version(need).number == 1
    assert Copy.objects.get(kind="need", object_id=need.pk).generation == 2


def test_a_need_of_an_unverified_company_waits_for_an_officer(owner: User, company: Company, officer: User) -> None:
    need = waiting(owner, company)
    # 30 June 2025 is a Monday.
    assert (need.status, need.opened_at, need.verify_by) == ("submitted", None, date(2025, 7, 1))
    assert list(needs_to_verify(officer)) == [need]
    assert not NeedVersion.objects.exists()
    checked = need_verify(actor=officer, need_id=need.pk, expected_version=need.version, now=world.NOW)
    assert (checked.status, checked.verify_by, checked.opened_at) == ("verified", None, None)
    assert list(needs_waiting_for_company(officer)) == [need]
    assert needs_check(world.NOW) == 0
    world.verified(company.pk)
    assert (needs_check(world.NOW), needs_check(world.NOW)) == (1, 0)
    need.refresh_from_db()
    assert (need.status, need.opened_at, need.expires_on) == ("open", world.NOW, LAST_DAY)
    assert told(need)[2:] == [("verify", "submitted", "verified", "bureau"), ("open", "verified", "open", None)]


def test_what_waited_for_the_company_alone_opens_once_it_is_verified(owner: User, company: Company) -> None:
    need = waiting(owner, company)
    Company.objects.filter(pk=company.pk).update(verified_at=world.NOW + timedelta(hours=1))
    assert needs_check(world.NOW + timedelta(hours=2)) == 1
    assert [event for event, *_ in told(need)] == ["file", "submit", "check", "open"]


def test_a_need_filed_twice_waits_and_the_officer_s_word_counts(owner: User, company: Company, officer: User) -> None:
    first = opened(owner, filed(owner, company))
    second = opened(owner, filed(owner, company, amount=Decimal(950_000)))
    assert second.status == "submitted"
    assert needs_check(world.NOW) == 0
    done = need_verify(actor=officer, need_id=second.pk, expected_version=second.version, now=world.NOW)
    assert done.status == "open"
    last = events_of(second).get(event="verify")
    assert last.data == {"duplicates": [first.pk]}


def test_a_returned_need_is_a_draft_with_the_reason(owner: User, company: Company, officer: User) -> None:
    need = waiting(owner, company)
    for reason, code in (("  ", "wrong_length"), ("长" * 1001, "wrong_length"), ("a\u202eb", "unseen_character")):
        with pytest.raises(InvalidInput) as refused:
            need_return(actor=officer, need_id=need.pk, expected_version=need.version, reason=reason)
        assert (refused.value.code, refused.value.field) == (code, "reason")
    back = need_return(actor=officer, need_id=need.pk, expected_version=need.version, reason=" 请补充\r\n用途 ")
    assert (back.status, back.verify_by) == ("draft", None)
    last = events_of(need).last()
    assert last is not None
    assert (last.event, last.note, last.organisation) == ("return", "请补充\n用途", officer.organisation)
    with pytest.raises(NotFound):
        need_verify(actor=officer, need_id=need.pk, expected_version=back.version)


def test_a_need_that_waits_is_taken_back_and_changed(owner: User, company: Company) -> None:
    need = waiting(owner, company)
    data = replace(NeedInput.of(need), term_months=6)
    with pytest.raises(Conflict) as refused:
        need_update(actor=owner, need_id=need.pk, data=data, expected_version=need.version)
    assert refused.value.code == "wrong_state"
    back = need_withdraw(actor=owner, need_id=need.pk, expected_version=need.version)
    changed = need_update(actor=owner, need_id=need.pk, data=data, expected_version=back.version, today=world.TODAY)
    assert (changed.status, changed.term_months) == ("draft", 6)


@pytest.mark.parametrize("kind", ["company", "institution", "advisers"])
def test_only_the_bureau_checks(owner: User, company: Company, kind: str) -> None:
    need = waiting(owner, company)
    with pytest.raises(NotAllowed):
        need_verify(actor=owner, need_id=need.pk, expected_version=need.version)
    with pytest.raises(NotFound):
        need_verify(actor=world.person_of(kind), need_id=need.pk, expected_version=need.version)
    auditor = world.person_of("bureau")
    User.objects.filter(pk=auditor.pk).update(role=Role.AUDITOR)
    auditor.refresh_from_db()
    with pytest.raises(NotAllowed):
        need_return(actor=auditor, need_id=need.pk, expected_version=need.version, reason="无")
    need.refresh_from_db()
    assert need.status == "submitted"


def test_talks_begin_once_and_end_where_nothing_is_alive_any_more(owner: User, company: Company) -> None:
    need = opened(owner, filed(owner, company))
    banker = world.person_of("institution")
    begun = need_begin_talks(need_id=need.pk, actor=owner, now=world.NOW)
    again = need_begin_talks(need_id=need.pk, actor=banker, now=world.NOW)
    assert (begun.status, again.status, again.version) == ("talking", "talking", begun.version)
    near_the_end = world.NOW + timedelta(days=179)
    resumed = need_resume(need_id=need.pk, actor=banker, now=near_the_end)
    assert (resumed.status, resumed.expires_on) == ("open", LAST_DAY + timedelta(days=13))
    assert need_resume(need_id=need.pk, actor=banker, now=near_the_end).version == resumed.version
    need_begin_talks(need_id=need.pk, actor=owner, now=world.NOW)
    assert need_resume(need_id=need.pk, actor=None, now=world.NOW).status == "open"
    assert [event for event, *_ in told(need)][4:] == ["talk", "resume", "talk", "idle"]


def test_money_ends_it_also_where_the_company_closed_it_meanwhile(owner: User, company: Company) -> None:
    banker = world.person_of("institution")
    need = opened(owner, filed(owner, company))
    with pytest.raises(Conflict) as refused:
        need_fund(need_id=need.pk, actor=banker, now=world.NOW)
    assert refused.value.code == "wrong_state"
    need = need_begin_talks(need_id=need.pk, actor=owner, now=world.NOW)
    need = need_close(actor=owner, need_id=need.pk, expected_version=need.version)
    assert need_resume(need_id=need.pk, actor=banker, now=world.NOW).status == "closed"
    funded = need_fund(need_id=need.pk, actor=banker, now=world.NOW)
    assert (funded.status, need_fund(need_id=need.pk, actor=banker, now=world.NOW).version) == (
        "funded",
        funded.version,
    )
    for service in (need_renew, need_close, need_open, need_withdraw):
        with pytest.raises(Conflict) as refused:
            service(actor=owner, need_id=need.pk, expected_version=funded.version)
        assert refused.value.code == "wrong_state"


def test_who_records_no_money_ends_no_need(owner: User, company: Company) -> None:
    need = opened(owner, filed(owner, company))
    need_begin_talks(need_id=need.pk, actor=owner, now=world.NOW)
    with pytest.raises(NotAllowed):
        need_fund(need_id=need.pk, actor=owner, now=world.NOW)
    with pytest.raises(NotAllowed):
        need_begin_talks(need_id=opened(owner, filed(owner, company, purpose="order")).pk,
                         actor=world.person_of("bureau"), now=world.NOW)  # fmt: skip


@pytest.mark.parametrize(("days", "expired", "noticed"), [(165, 0, 0), (166, 0, 1), (180, 0, 1), (181, 1, 0)])
def test_an_open_need_expires_after_its_last_day_with_notice_before(
    owner: User, company: Company, days: int, expired: int, noticed: int
) -> None:
    need = opened(owner, filed(owner, company))
    day = world.TODAY + timedelta(days=days)
    assert needs_notice_due(day).count() == noticed
    assert soon_over(need, day) == (days >= 166)
    assert needs_expire(world.NOW + timedelta(days=days)) == expired
    assert needs_expire(world.NOW + timedelta(days=days)) == 0
    need.refresh_from_db()
    assert need.status == ("expired" if expired else "open")
    assert told(need)[4:] == ([("expire", "open", "expired", None)] if expired else [])


def test_talks_stop_the_clock(owner: User, company: Company) -> None:
    need = opened(owner, filed(owner, company))
    need_begin_talks(need_id=need.pk, actor=owner, now=world.NOW)
    assert needs_expire(world.NOW + timedelta(days=400)) == 0


def test_a_need_is_renewed_and_opened_once_more(owner: User, company: Company) -> None:
    need = opened(owner, filed(owner, company))
    later = world.NOW + timedelta(days=170)
    renewed = need_renew(actor=owner, need_id=need.pk, expected_version=need.version, now=later)
    assert (renewed.expires_on, renewed.opened_at) == (LAST_DAY + timedelta(days=170), world.NOW)
    assert needs_expire(world.NOW + timedelta(days=351)) == 1
    need.refresh_from_db()
    once_more = opened(owner, need, world.NOW + timedelta(days=400))
    assert (once_more.status, once_more.opened_at) == ("open", world.NOW + timedelta(days=400))
    assert once_more.expires_on == LAST_DAY + timedelta(days=400)
    assert [event for event, *_ in told(need)][4:] == ["renew", "expire", "renew"]


def test_what_is_filed_anew_stands_in_the_way_of_the_old(owner: User, company: Company) -> None:
    old = opened(owner, filed(owner, company))
    old = need_close(actor=owner, need_id=old.pk, expected_version=old.version)
    new = opened(owner, filed(owner, company))
    assert new.status == "open"
    with pytest.raises(Conflict) as refused:
        opened(owner, old)
    assert refused.value.code == "duplicate_need"
    assert new.title in refused.value.message
    need_close(actor=owner, need_id=new.pk, expected_version=new.version)
    assert opened(owner, old).status == "open"


def test_each_wording_that_was_seen_is_kept(owner: User, company: Company) -> None:
    draft = filed(owner, company)
    draft = need_update(actor=owner, need_id=draft.pk, data=replace(NeedInput.of(draft), term_months=6),
                        expected_version=draft.version, today=world.TODAY)  # fmt: skip
    need = opened(owner, draft)
    assert need_version(need).number == 1
    same = need_update(actor=owner, need_id=need.pk, data=NeedInput.of(need), expected_version=need.version)
    assert need_version(same).number == 1
    data = replace(NeedInput.of(same), amount=Decimal("1200000.00"))
    changed = need_update(actor=owner, need_id=need.pk, data=data, expected_version=same.version)
    assert [(one.number, one.content["amount"]) for one in need.versions.all()] == [
        (1, "1000000.00"),
        (2, "1200000.00"),
    ]
    assert need_version(changed).said().amount == Decimal("1200000.00")
    assert NeedInput.of(need.versions.get(number=1).said()) == replace(
        NeedInput.of(changed), amount=Decimal("1000000.00")
    )
    assert events_of(need).filter(event="change").last().data == {"changed": ["amount"]}  # type: ignore[union-attr]


@pytest.mark.database
def test_the_database_keeps_wordings() -> None:
    need = world.need()
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        NeedVersion.objects.filter(need=need).update(number=7)
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        NeedVersion.objects.filter(need=need).delete()


def test_an_import_is_open_with_as_many_renewals_as_it_takes(company: Company) -> None:
    old = world.need(company, opened_at=world.NOW - timedelta(days=400))
    assert old.expires_on == world.TODAY - timedelta(days=400) + timedelta(days=540)
    exactly = world.need(company, opened_at=world.NOW - timedelta(days=180))
    assert exactly.expires_on == world.TODAY
    assert needs_expire(world.NOW) == 0
    assert told(old) == [("import", "", "open", "platform")]


def test_a_role_without_the_action_files_and_changes_nothing(owner: User, company: Company) -> None:
    need = filed(owner, company)
    User.objects.filter(pk=owner.pk).update(role=Role.AUDITOR)
    owner.refresh_from_db()
    with pytest.raises(NotAllowed):
        filed(owner, company)
    with pytest.raises(NotAllowed):
        opened(owner, need)
    assert list(Need.objects.values_list("pk", "status", "version")) == [(need.pk, "draft", 1)]


def test_only_the_platform_brings_in_what_is_open(owner: User, company: Company) -> None:
    data = NeedInput(title="采购设备", amount=Decimal(1))
    with pytest.raises(NotAllowed):
        need_create(actor=owner, company_id=company.pk, data=data, opened_at=world.NOW)
    assert not Need.objects.exists()


def test_a_need_without_a_pack_s_word_never_expires(company: Company) -> None:
    Parameter.objects.filter(name="lifecycles").delete()
    Pack.objects.update(digest="other")
    need = world.need(company)
    assert need.expires_on is None
    assert needs_expire(world.NOW + timedelta(days=4000)) == 0
    assert needs_notice_due(world.TODAY).count() == 0
    draft = world.need(company, opened_at=None)
    assert need_open(actor=platform_account(), need_id=draft.pk, expected_version=1).expires_on is None
