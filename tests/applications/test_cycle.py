"""The life of a case as a table, and what each state awaits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from backend.accounts.roles import HELD, Role
from backend.applications.cycle import CYCLE, ENDS, LIVE, Status, expected_next
from backend.applications.models import Application
from backend.applications.telling import EVENTS
from backend.lifecycle.queries import broken_at, events_of
from tests.applications.playing import NOW, Sides

AWAITED = {
    "submitted": ("institution", "accept the application, or say why not"),
    "accepted": ("institution", "contact the company and begin due diligence"),
    "due_diligence": ("institution", "decide: make an offer, or refuse with reasons"),
    "more_asked": ("company", "hand in the papers asked for"),
    "offered": ("company", "choose this offer or decline it"),
    "chosen": ("institution", "sign the contract"),
    "contract_signed": ("institution", "pay out"),
    "disbursed": ("company", "repay as agreed"),
    "repaying": ("company", "repay as agreed"),
}
DUE = {
    # Sent on Monday, 30 June 2025 at noon.
    "submitted": "2025-07-01",
    "accepted": "2025-07-03",
    "due_diligence": "2025-07-30",
    "more_asked": "2025-07-14",
    "offered": "2025-07-30",
    "chosen": "2025-07-21",
    "contract_signed": "2025-07-14",
    "disbursed": "2026-06-30",
    "repaying": "2026-06-30",
}


@dataclass
class Awaiting:
    status: str
    due_at: datetime | None = NOW


def test_the_ends() -> None:
    assert set(ENDS) == {"refused", "withdrawn", "expired", "declined", "closed"}
    assert set(LIVE) == set(AWAITED)


@pytest.mark.parametrize("state", Status.values)
def test_what_comes_next(state: str) -> None:
    expected = expected_next(Awaiting(state))
    with translation.override("en"):
        assert (expected.who, str(expected.what)) == AWAITED.get(state, (None, ""))
    assert expected.by == (NOW if state in LIVE else None)


def test_every_event_has_its_words() -> None:
    told = {step.event for step in CYCLE.steps} | {"send", "remind", "escalate", "repaired"}
    assert set(EVENTS) == told


def test_what_each_role_may_do_where() -> None:
    """The four pairs of eyes: who works a case does not decide it, and who decides pays nothing out."""

    def open_to(role: Role) -> set[str]:
        return {step.event for state in Status.values for step in CYCLE.open_to(state, HELD[role])}

    working = {"accept", "begin_diligence", "ask_more", "resume", "refuse", "lapse", "note_withdrawal"}
    money = {"sign", "pay_out", "repay", "close", "reverse", "undo_repayment", "undo_payout", "cancel"}
    assert open_to(Role.ACCOUNT_MANAGER) == working | money
    assert open_to(Role.RISK_APPROVER) == {"offer", "revise", "refuse", "lapse", "note_withdrawal"}
    assert open_to(Role.OWNER) == {"answer", "choose", "decline", "withdraw"}
    assert open_to(Role.MEMBER) == {"answer"}
    assert open_to(Role.BUREAU_OFFICER) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("state", Status.values)
def test_every_state_is_reached_with_its_deadline_and_its_events(table: Sides, state: str) -> None:
    case = table.played(state)
    case.refresh_from_db()
    assert (case.status, case.ended_at is None) == (state, state in LIVE)
    local = None if case.due_at is None else f"{case.due_at.astimezone():%Y-%m-%d %H:%M:%S}"
    assert local == (f"{DUE[state]} 23:59:59" if state in DUE else None)
    assert case.look_at == case.due_at
    assert broken_at(case) is None
    events = list(events_of(case))
    assert (events[0].event, events[-1].after) == ("send", state)
    pairs = [(event.before, event.after) for event in events[1:]]
    assert [pair for pair in pairs if pair not in CYCLE.pairs] == []


@pytest.mark.django_db
@pytest.mark.database
def test_the_database_refuses_what_the_table_does_not_know(table: Sides) -> None:
    (case,) = table.send()
    with pytest.raises(IntegrityError, match="illegal state"), transaction.atomic():
        Application.objects.filter(pk=case.pk).update(status="disbursed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=case.pk).update(due_at=None)
    case.refresh_from_db()
    assert case.status == "submitted"
