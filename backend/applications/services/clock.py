"""What time alone does to cases. It may run twice, at once or again: the row decides.

An institution's silence never ends a case: its deadline is reminded of once, then escalated to the supervisor, and the
case stays until somebody acts. What expires is what waits for the company: an offer past its validity, and papers that
were asked for and not handed in after a reminder and a time of grace; the latter is counted as *papers incomplete*,
which is no refusal.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from backend.applications import pack
from backend.applications.cycle import PAID_OUT, Party, Status, expected_next
from backend.applications.deadlines import Clock
from backend.applications.models import Application
from backend.applications.services.deciding import refusal_keep
from backend.applications.services.steps import taken
from backend.common.errors import Conflict
from backend.lifecycle.services import CLOCK, record
from backend.packs.queries import held

BATCH = 200
"""Cases at most in one run: the next one goes on."""

PAPERS_INCOMPLETE = "12"


@dataclass(frozen=True, slots=True)
class Ticked:
    """How many cases the clock reminded of, escalated and ended."""

    reminded: int = 0
    escalated: int = 0
    expired: int = 0


@held()
def applications_tick(now: datetime) -> Ticked:
    """Look at what is past its deadline, the oldest first. Raises PackMissing where the pack has no deadlines."""
    due = Application.objects.filter(look_at__lt=now).order_by("look_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return Ticked()
    clock = pack.clock(now)
    done = [_look(id, clock, now) for id in ids]
    return Ticked(done.count("remind"), done.count("escalate"), done.count("expire"))


def applications_look(now: datetime) -> int:
    """How many cases the clock did something about."""
    done = applications_tick(now)
    return done.reminded + done.escalated + done.expired


def _look(case_id: int, clock: Clock, now: datetime) -> str:
    """What was done to the case; "" for nothing."""
    with suppress(Conflict), transaction.atomic():
        case = Application.objects.select_for_update().get(pk=case_id)
        if case.look_at is None or case.look_at >= now or case.due_at is None:
            return ""
        if case.status == Status.OFFERED:
            taken(case, "expire", actor=CLOCK, now=now, due_at=None)
            return "expire"
        waits_for_company = expected_next(case).who is Party.COMPANY
        if case.reminded_at is None:
            span = clock.spans.grace if waits_for_company else clock.spans.escalate
            next_look = None if case.status in PAID_OUT else clock.due(span, case.due_at)
            return _told(case, "remind", {"reminded_at": now, "look_at": next_look}, now)
        if waits_for_company:
            return _gave_up(case, clock, now)
        return _told(case, "escalate", {"escalated_at": now, "look_at": None}, now)
    return ""


def _told(case: Application, event: str, values: dict[str, datetime | None], now: datetime) -> str:
    """An event that changes no state: the version stays, so that nobody's work in hand is refused for it."""
    Application.objects.filter(pk=case.pk).update(**values)
    record(case, event, before=case.status, after=case.status, actor=CLOCK, at=now, data={"due_at": case.due_at})
    return event


def _gave_up(case: Application, clock: Clock, now: datetime) -> str:
    reason = pack.refusal_reasons(clock.day(now)).get(PAPERS_INCOMPLETE)
    taken(case, "expire", actor=CLOCK, now=now, due_at=None, data={"codes": [PAPERS_INCOMPLETE]})
    if reason is not None:
        sentence = gettext("The papers asked for were not handed in in time.")
        refusal_keep(case, [reason], sentence=sentence, actor=CLOCK, now=now)
    return "expire"
