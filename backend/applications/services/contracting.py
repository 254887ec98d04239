"""A contract opens the credit line, and its end closes the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.applications import pack
from backend.applications.cycle import PAID_OUT, Party
from backend.applications.models import Application, CreditLine
from backend.applications.services.bookings import REFERENCE_LIMIT, booking_of, past_day
from backend.applications.services.steps import case_of, noted, taken
from backend.common.errors import Conflict, InvalidInput
from backend.common.texts import one_line
from backend.needs.checks import checked_amount
from backend.packs.queries import held

ON_DEMAND = "on_demand"
"""The repayment that makes a line revolving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractInput:
    """`contract`: the institution's number of it; `amount`: the credit line that it grants, at most that of the offer
    that was chosen."""

    contract: str
    amount: Decimal
    signed_on: date


@held()
@transaction.atomic
def contract_sign(
    *,
    actor: User,
    application_id: int,
    data: ContractInput,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> CreditLine:
    """The contract is signed: it opens the credit line. Raises NotFound, NotAllowed, InvalidInput, Conflict
    (`contract_taken`)."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION, lock=True)
    clock = pack.clock(now)
    contract = one_line(data.contract, "contract", longest=REFERENCE_LIMIT)
    limit = checked_amount(data.amount)
    if case.offer is not None and limit > case.offer.amount:
        raise InvalidInput(
            _("The contract exceeds the offer that the company chose."), code="more_than_offered", field="amount"
        )
    signed_on = past_day(data.signed_on, "signed_on", clock.day(now))
    taken(
        case,
        "sign",
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=clock.due(clock.spans.pay_out, now),
        data={"contract": contract, "amount": limit},
    )
    try:
        with transaction.atomic():
            return CreditLine.objects.create(
                application=case,
                institution=case.institution,
                contract=contract,
                limit=limit,
                revolving=case.offer is not None and case.offer.terms.get("repayment") == ON_DEMAND,
                signed_on=signed_on,
                created_at=now,
            )
    except IntegrityError as error:
        raise Conflict(_("This contract number is in use already."), code="contract_taken", field="contract") from error


@transaction.atomic
def application_close(
    *, actor: User, application_id: int, expected_version: int | None = None, now: datetime | None = None
) -> Application:
    """All is repaid and the contract ends. Raises NotFound, NotAllowed, Conflict (`still_owed`)."""
    now = now or timezone.now()
    case, line, _reference = booking_of(actor, application_id, None)
    if line is not None and case.status in PAID_OUT and line.drawn != line.repaid:
        raise Conflict(_("The company still owes a part: record its repayment first."), code="still_owed")
    return taken(case, "close", actor=actor, now=now, expected_version=expected_version, due_at=None)


@transaction.atomic
def contract_cancel(
    *,
    actor: User,
    application_id: int,
    note: str,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Both sides give up a contract on which nothing is paid out. Raises NotFound, NotAllowed, InvalidInput,
    Conflict."""
    case = case_of(actor, application_id, Party.INSTITUTION)
    said = noted(note, "note", needed=_("Say why the contract is given up: both sides read it."))
    return taken(
        case,
        "cancel",
        actor=actor,
        now=now or timezone.now(),
        expected_version=expected_version,
        due_at=None,
        note=said,
    )
