"""Bookings that were wrong are taken back by a booking of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.applications import pack
from backend.applications.cycle import PAID_OUT, Status
from backend.applications.models import CreditLine, Drawdown, Repayment, Reversal
from backend.applications.services import needs
from backend.applications.services.bookings import booked, booking_of, known_booking, moved
from backend.applications.services.steps import taken
from backend.common.errors import Conflict, NotFound
from backend.common.texts import passage
from backend.lifecycle.services import wrong_state
from backend.packs.queries import held
from backend.records.services import past_case_remove

REASON_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalInput:
    """`booking`: the id of what is taken back."""

    booking: int
    reference: str
    reason: str


@held()
@transaction.atomic
def drawdown_reverse(*, actor: User, application_id: int, data: ReversalInput, now: datetime | None = None) -> Reversal:
    """Take a disbursement back: the totals are restated. With the last one, the case is back at its contract, its need
    no longer funded and the institution's record without it.

    Raises NotFound, NotAllowed, InvalidInput, Conflict: `over_drawn` where what was repaid would exceed what is left
    drawn, `reversed_already`, `reference_taken`.
    """
    now = now or timezone.now()
    case, line, reference = booking_of(actor, application_id, data.reference)
    drawdown = Drawdown.objects.filter(line=line, pk=data.booking).first()
    if line is None or drawdown is None:
        raise NotFound("")
    reason = passage(data.reason, "reason", longest=REASON_LIMIT)
    if known := known_booking(Reversal, line, reference, drawdown_id=drawdown.pk):
        return known
    if case.status not in PAID_OUT:
        raise wrong_state(case)
    _not_reversed(drawdown)
    moved(
        line,
        Q(repaid__lte=F("drawn") - drawdown.amount),
        {"drawn": F("drawn") - drawdown.amount},
        _("More than would be left has been repaid: reverse the repayments first."),
        "over_drawn",
    )
    reversal = _reversed(line, reference, reason, actor, now, drawdown=drawdown)
    left = Drawdown.objects.filter(line=line, reversal__isnull=True).exists()
    undone = not left and case.status == Status.DISBURSED
    past = case.past_case_id if undone else None
    clock = pack.clock(now)
    taken(
        case,
        "undo_payout" if undone else "reverse",
        actor=actor,
        now=now,
        due_at=clock.due(clock.spans.pay_out, now) if undone else case.due_at,
        note=reason,
        data={"reference": reference, "reverses": drawdown.reference, "amount": drawdown.amount},
        values={"past_case": None} if undone else {},
    )
    if undone:
        if past is not None:
            past_case_remove(past)
        needs.payout_undone(case, actor=actor, now=now)
    return reversal


@held()
@transaction.atomic
def repayment_reverse(
    *, actor: User, application_id: int, data: ReversalInput, now: datetime | None = None
) -> Reversal:
    """Take a repayment back. Raises NotFound, NotAllowed, InvalidInput, Conflict: `over_limit` where a revolving line
    was drawn again since, `reversed_already`, `reference_taken`."""
    now = now or timezone.now()
    case, line, reference = booking_of(actor, application_id, data.reference)
    repayment = Repayment.objects.filter(line=line, pk=data.booking).first()
    if line is None or repayment is None:
        raise NotFound("")
    reason = passage(data.reason, "reason", longest=REASON_LIMIT)
    if known := known_booking(Reversal, line, reference, repayment_id=repayment.pk):
        return known
    if case.status != Status.REPAYING:
        raise wrong_state(case)
    _not_reversed(repayment)
    moved(
        line,
        Q(revolving=True, drawn__lte=F("limit") + F("repaid") - repayment.principal) | Q(revolving=False),
        {"repaid": F("repaid") - repayment.principal},
        _("The line was drawn again since: reverse that disbursement first."),
        "over_limit",
    )
    reversal = _reversed(line, reference, reason, actor, now, repayment=repayment)
    left = Repayment.objects.filter(line=line, reversal__isnull=True).exists()
    taken(
        case,
        "reverse" if left else "undo_repayment",
        actor=actor,
        now=now,
        due_at=case.due_at,
        note=reason,
        data={"reference": reference, "reverses": repayment.reference, "amount": repayment.principal},
    )
    return reversal


def _reversed(
    line: CreditLine,
    reference: str,
    reason: str,
    actor: User,
    now: datetime,
    *,
    drawdown: Drawdown | None = None,
    repayment: Repayment | None = None,
) -> Reversal:
    return booked(
        lambda: Reversal.objects.create(
            line=line,
            institution=line.institution,
            reference=reference,
            drawdown=drawdown,
            repayment=repayment,
            reason=reason,
            recorded_by=actor,
            recorded_at=now,
        )
    )


def _not_reversed(booking: Drawdown | Repayment) -> None:
    if hasattr(booking, "reversal"):
        raise Conflict(_("This booking was reversed already."), code="reversed_already")
