"""An institution works on a case; the company hands in what it is asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.applications import services
from backend.applications.cycle import Status
from backend.applications.models import Message
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.lifecycle.queries import events_of
from tests.applications.playing import NOW, Sides, day_of, sides

pytestmark = pytest.mark.django_db


def test_who_accepts_handles_and_the_contact_is_due_three_days_after_the_sending(table: Sides) -> None:
    (case,) = table.send()
    later = NOW + timedelta(days=1)
    done = services.application_accept(actor=table.worker, application_id=case.pk, expected_version=1, now=later)
    assert (done.handler, done.version) == (table.worker, 2)
    assert day_of(done.due_at) == "2025-07-03"


def test_a_version_that_was_read_before_is_refused(table: Sides) -> None:
    (case,) = table.send()
    services.application_accept(actor=table.worker, application_id=case.pk, expected_version=1, now=NOW)
    with pytest.raises(Conflict) as fault:
        services.diligence_begin(actor=table.worker, application_id=case.pk, note="电话", expected_version=1, now=NOW)
    assert fault.value.code == "version_conflict"


def test_a_contact_needs_words(table: Sides) -> None:
    case = table.played("accepted")
    with pytest.raises(InvalidInput) as fault:
        services.diligence_begin(actor=table.worker, application_id=case.pk, note="  ", now=NOW)
    assert (fault.value.code, fault.value.field) == ("required", "note")
    done = services.diligence_begin(actor=table.worker, application_id=case.pk, note="上门拜访", now=NOW)
    event = events_of(done).last()
    assert event is not None
    assert (event.event, event.note, event.actor) == ("begin_diligence", "上门拜访", table.worker)


def test_papers_are_asked_for_and_the_wait_is_given_back(table: Sides) -> None:
    case = table.played("more_asked")
    event = events_of(case).last()
    assert event is not None
    assert event.data == {"documents": ["tax_returns"]}
    assert day_of(case.decide_by) == "2025-07-30"
    later = NOW + timedelta(days=6)
    data = services.MessageInput(text="已上传", internal=False)
    done = services.application_answer(actor=table.member, application_id=case.pk, data=data, now=later)
    assert (done.status, done.asked_at) == ("due_diligence", None)
    assert day_of(done.due_at) == "2025-08-05"
    assert [(one.text, one.author, one.internal) for one in Message.objects.all()] == [("已上传", table.member, False)]


def test_the_institution_may_go_on_without_the_papers(table: Sides) -> None:
    case = table.played("more_asked")
    done = services.application_resume(actor=table.worker, application_id=case.pk, now=NOW + timedelta(days=1))
    assert (done.status, Message.objects.count()) == ("due_diligence", 0)


def test_an_unknown_paper_cannot_be_asked_for(table: Sides) -> None:
    case = table.played("due_diligence")
    with pytest.raises(InvalidInput) as fault:
        services.application_ask_more(
            actor=table.worker, application_id=case.pk, documents=["tax_returns", "moon"], note="请补充", now=NOW
        )
    assert (fault.value.code, fault.value.field) == ("unknown_code", "documents[1]")


@pytest.mark.parametrize("state", [state for state in Status.values if state != "submitted"])
def test_a_case_is_accepted_once(table: Sides, state: str) -> None:
    case = table.played(state)
    before = (case.status, events_of(case).count())
    with pytest.raises(Conflict) as fault:
        services.application_accept(actor=table.worker, application_id=case.pk, now=NOW)
    assert fault.value.code == "wrong_state"
    case.refresh_from_db()
    assert (case.status, events_of(case).count()) == before


def test_a_rival_bank_finds_no_case_and_the_own_company_may_not_work_it(table: Sides) -> None:
    (case,) = table.send()
    rival = sides()
    for actor, error in ((rival.worker, NotFound), (rival.owner, NotFound), (table.owner, NotAllowed)):
        with pytest.raises(error):
            services.application_accept(actor=actor, application_id=case.pk, now=NOW)
    with pytest.raises(NotAllowed):
        services.application_accept(actor=table.approver, application_id=case.pk, now=NOW)
