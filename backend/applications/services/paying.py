"""Disbursements and repayments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.applications import pack
from backend.applications.cycle import CYCLE, PAID_OUT, Status
from backend.applications.deadlines import Clock
from backend.applications.first_loan import FirstLoan, evidence_of
from backend.applications.models import Application, CreditLine, Drawdown, Repayment
from backend.applications.record import past_case_of
from backend.applications.services import needs
from backend.applications.services.bookings import booked, booking_of, known_booking, money_from_zero, moved, past_day
from backend.applications.services.steps import taken
from backend.common.errors import InvalidInput
from backend.lifecycle.services import wrong_state
from backend.matching.cost import due_on
from backend.needs.checks import checked_amount
from backend.packs.queries import held
from backend.records.services import past_cases_add


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutInput:
    """`first`: what the institution found of earlier loans."""

    reference: str
    amount: Decimal
    paid_on: date
    first: FirstLoan = field(default_factory=FirstLoan)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepaymentInput:
    reference: str
    principal: Decimal
    interest: Decimal = Decimal(0)
    paid_on: date


@held()
@transaction.atomic
def payout_record(*, actor: User, application_id: int, data: PayoutInput, now: datetime | None = None) -> Drawdown:
    """Money was paid out on the line; the first time makes the case a part of the institution's record, and funds the
    need once every chosen case has paid.

    Raises NotFound, NotAllowed, InvalidInput, Conflict: `over_limit` where the line has less left, `reference_taken`
    where the number stands for another booking.
    """
    now = now or timezone.now()
    case, line, reference = booking_of(actor, application_id, data.reference)
    amount = checked_amount(data.amount)
    if known := known_booking(Drawdown, line, reference, amount=amount, paid_on=data.paid_on):
        return known
    if line is None or case.status not in CYCLE.sources("pay_out"):
        raise wrong_state(case)
    clock = pack.clock(now)
    paid_on = past_day(data.paid_on, "paid_on", clock.day(now))
    moved(
        line,
        Q(revolving=True, drawn__lte=F("limit") + F("repaid") - amount)
        | Q(revolving=False, drawn__lte=F("limit") - amount),
        {"drawn": F("drawn") + amount},
        _("The credit line has less left than this."),
        "over_limit",
    )
    first = case.status == Status.CONTRACT_SIGNED
    bank_loan, borrowed, evidence = evidence_of(case, data.first, clock.day(now))
    drawdown = booked(
        lambda: Drawdown.objects.create(
            line=line,
            institution=case.institution,
            reference=reference,
            amount=amount,
            paid_on=paid_on,
            bank_loan=bank_loan,
            borrowed_before=borrowed,
            evidence=evidence,
            recorded_by=actor,
            recorded_at=now,
        )
    )
    taken(
        case,
        "pay_out",
        actor=actor,
        now=now,
        due_at=_maturity(case, clock, paid_on) if first else case.due_at,
        data={"reference": reference, "amount": amount, "paid_on": paid_on},
        values=_recorded(case, clock, now, first_loan=bank_loan and borrowed is False) if first else {},
    )
    if first:
        needs.case_paid_out(case, actor=actor, now=now)
    return drawdown


@held()
@transaction.atomic
def repayment_record(
    *, actor: User, application_id: int, data: RepaymentInput, now: datetime | None = None
) -> Repayment:
    """The company paid back. Raises NotFound, NotAllowed, InvalidInput, Conflict: `over_drawn` for more principal than
    is owed, `reference_taken`."""
    now = now or timezone.now()
    case, line, reference = booking_of(actor, application_id, data.reference)
    principal, interest = money_from_zero(data.principal, "principal"), money_from_zero(data.interest, "interest")
    if not principal and not interest:
        raise InvalidInput(_("Give the principal, the interest, or both."), code="required", field="principal")
    if known := known_booking(Repayment, line, reference, principal=principal, interest=interest, paid_on=data.paid_on):
        return known
    if line is None or case.status not in PAID_OUT:
        raise wrong_state(case)
    clock = pack.clock(now)
    paid_on = past_day(data.paid_on, "paid_on", clock.day(now))
    moved(
        line,
        Q(repaid__lte=F("drawn") - principal),
        {"repaid": F("repaid") + principal},
        _("This is more than the company still owes."),
        "over_drawn",
    )
    repayment = booked(
        lambda: Repayment.objects.create(
            line=line,
            institution=case.institution,
            reference=reference,
            principal=principal,
            interest=interest,
            paid_on=paid_on,
            recorded_by=actor,
            recorded_at=now,
        )
    )
    taken(
        case,
        "repay",
        actor=actor,
        now=now,
        due_at=case.due_at,
        data={"reference": reference, "principal": principal, "interest": interest, "paid_on": paid_on},
    )
    return repayment


def _recorded(case: Application, clock: Clock, now: datetime, *, first_loan: bool) -> dict[str, object]:
    decided_at = case.offer.made_at if case.offer else now
    amount = CreditLine.objects.values_list("limit", flat=True).get(application=case)
    past = past_case_of(case, clock=clock, decided_at=decided_at, now=now, amount=amount, funded=True, first=first_loan)
    past_cases_add([past])
    return {"past_case": past}


def _maturity(case: Application, clock: Clock, paid_on: date) -> datetime:
    """The day by which all is repaid."""
    months = case.offer.term_months if case.offer else 1
    return clock.end_of(due_on(paid_on, months))
