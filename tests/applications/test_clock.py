"""What time alone does: reminds, escalates, and ends only what waits for the company."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.applications.models import Application, Refusal, RefusalReason
from backend.applications.services import Ticked, applications_tick
from backend.lifecycle.queries import events_of
from backend.needs.models import Need
from tests.applications.playing import NOW, Sides

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(case: Application) -> list[str]:
    return [event.event for event in events_of(case) if event.actor is None]


def ticked(case: Application, days: int) -> tuple[Ticked, str]:
    found = applications_tick(NOW + days * DAY)
    return found, Application.objects.get(pk=case.pk).status


def test_before_the_deadline_nothing_happens(table: Sides) -> None:
    case = table.played("submitted")
    assert ticked(case, 1) == (Ticked(), "submitted")
    assert told(case) == []


@pytest.mark.parametrize("state", ["submitted", "accepted", "due_diligence", "chosen", "contract_signed"])
def test_an_institution_s_silence_is_reminded_of_then_escalated_and_ends_nothing(table: Sides, state: str) -> None:
    case = table.played(state)
    case.refresh_from_db()
    version, due = case.version, case.due_at
    assert isinstance(due, datetime)
    assert applications_tick(due) == Ticked()
    assert applications_tick(due + timedelta(seconds=1)) == Ticked(reminded=1)
    assert applications_tick(due + timedelta(seconds=2)) == Ticked()
    assert applications_tick(due + 4 * DAY) == Ticked(escalated=1)
    assert applications_tick(due + 400 * DAY) == Ticked()
    case.refresh_from_db()
    assert (case.status, case.version, case.due_at, case.look_at) == (state, version, due, None)
    assert told(case) == ["remind", "escalate"]


def test_an_escalated_case_is_reminded_of_anew_in_its_next_state(table: Sides) -> None:
    case = table.played("submitted")
    applications_tick(NOW + 2 * DAY)
    applications_tick(NOW + 9 * DAY)
    table.reviewed(case, now=NOW + 9 * DAY)
    case.refresh_from_db()
    assert (case.reminded_at, case.escalated_at, case.look_at) == (None, None, case.decide_by)


def test_an_offer_past_its_validity_expires(table: Sides) -> None:
    case = table.played("offered")
    assert ticked(case, 30) == (Ticked(), "offered")
    assert ticked(case, 31) == (Ticked(expired=1), "expired")
    assert told(case) == ["expire"]
    assert Need.objects.get(pk=table.need.pk).status == "open"
    assert Refusal.objects.count() == 0


def test_papers_that_nobody_hands_in_are_reminded_of_and_end_without_a_refusal(table: Sides) -> None:
    case = table.played("more_asked")
    assert ticked(case, 14) == (Ticked(), "more_asked")
    assert ticked(case, 15) == (Ticked(reminded=1), "more_asked")
    assert ticked(case, 21) == (Ticked(), "more_asked")
    assert ticked(case, 22) == (Ticked(expired=1), "expired")
    refusal = Refusal.objects.get()
    assert (refusal.counts, refusal.made_by, refusal.application_id) == (False, None, case.pk)
    assert list(RefusalReason.objects.values_list("code", flat=True)) == ["12"]


@pytest.mark.parametrize("state", ["disbursed", "repaying"])
def test_the_last_day_of_a_loan_is_reminded_of_once(table: Sides, state: str) -> None:
    case = table.played(state)
    assert ticked(case, 366) == (Ticked(reminded=1), state)
    assert ticked(case, 800) == (Ticked(), state)


@pytest.mark.parametrize("state", ["refused", "withdrawn", "expired", "declined", "closed"])
def test_what_has_ended_is_left_alone(table: Sides, state: str) -> None:
    case = table.played(state)
    assert ticked(case, 900) == (Ticked(), state)


def test_it_may_run_twice(table: Sides) -> None:
    case = table.played("offered")
    moment = NOW + 31 * DAY
    assert applications_tick(moment) == Ticked(expired=1)
    assert applications_tick(moment) == Ticked()
    assert told(case) == ["expire"]
