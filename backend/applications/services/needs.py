"""What a case means for its need: the one place that tells it."""

from __future__ import annotations

from datetime import datetime

from backend.accounts.models import User
from backend.applications.cycle import COMMITTED, LIVE, PAID_OUT, Status
from backend.applications.models import Application
from backend.needs.services import need_begin_talks, need_fund, need_restate, need_resume

_WILL_PAY = tuple(state for state in COMMITTED if state not in PAID_OUT)


def cases_begun(need_id: int, *, actor: User, now: datetime) -> None:
    """Cases of the need are under way."""
    need_begin_talks(need_id=need_id, actor=actor, now=now)


def case_ended(case: Application, *, actor: User | None, now: datetime) -> None:
    """The last case that was under way leaves its need open for others; where others have paid out, and none is left
    that still will, the need is funded."""
    cases = Application.objects.filter(need=case.need_id)
    if not cases.filter(status__in=LIVE).exists():
        if not cases.filter(status=Status.CLOSED).exists():
            need_resume(need_id=case.need_id, actor=actor, now=now)
    elif cases.filter(status__in=PAID_OUT).exists() and not cases.filter(status__in=_WILL_PAY).exists():
        need_fund(need_id=case.need_id, actor=None, now=now)


def case_paid_out(case: Application, *, actor: User, now: datetime) -> None:
    """Once every chosen case has paid out, the need is funded."""
    if not Application.objects.filter(need=case.need_id, status__in=_WILL_PAY).exists():
        need_fund(need_id=case.need_id, actor=actor, now=now)


def payout_undone(case: Application, *, actor: User, now: datetime) -> None:
    """A chosen case has not paid out after all: neither is the need funded."""
    need_restate(need_id=case.need_id, actor=actor, now=now)
