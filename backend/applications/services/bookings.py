"""What every booking has in common.

It bears the institution's own reference number: sent twice, it is one; the same number with other contents is refused.
The line's running totals change by one conditional UPDATE, whose constraint is the last word, and the booking, the
state and the event are written with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.applications.cycle import Party
from backend.applications.models import Application, CreditLine, Drawdown, Repayment, Reversal
from backend.applications.services.steps import case_of
from backend.common.errors import Conflict, InvalidInput, NotAllowed, Text
from backend.common.texts import one_line
from backend.needs.checks import checked_amount

REFERENCE_LIMIT = 60
EARLIEST = timedelta(days=365)
"""A booking may lie so far back."""

B = TypeVar("B", Drawdown, Repayment, Reversal)


def booking_of(actor: User, application_id: int, reference: str | None) -> tuple[Application, CreditLine | None, str]:
    """The case, locked, with its line and the checked reference: bookings of one case come one after another."""
    case = case_of(actor, application_id, Party.INSTITUTION, lock=True)
    if not may(actor, Action.PAYOUT_RECORD):
        raise NotAllowed(_("Your role does not allow this."))
    line = CreditLine.objects.filter(application=case).first()
    checked = "" if reference is None else one_line(reference, "reference", longest=REFERENCE_LIMIT)
    return case, line, checked


def known_booking(model: type[B], line: CreditLine | None, reference: str, **same: Any) -> B | None:
    """The booking of this number, where it is the same one. Raises Conflict where it is another."""
    if line is None:
        return None
    found = model._default_manager.filter(institution=line.institution_id, reference=reference).first()
    if found is None:
        return None
    if found.line_id != line.pk or any(getattr(found, name) != value for name, value in same.items()):
        raise reference_taken()
    return found


def moved(line: CreditLine, room: Q, values: dict[str, Any], message: Text, code: str) -> None:
    """The totals change where there is room, or not at all."""
    if not CreditLine.objects.filter(room, pk=line.pk).update(**values):
        raise Conflict(message, code=code)


def booked(create: Callable[[], B]) -> B:
    """A number that another case of the institution took meanwhile undoes the whole booking."""
    try:
        with transaction.atomic():
            return create()
    except IntegrityError as error:
        raise reference_taken() from error


def reference_taken() -> Conflict:
    return Conflict(
        _("This reference number stands for another booking: use the number of this one."),
        code="reference_taken",
        field="reference",
    )


def past_day(day: date, field: str, today: date) -> date:
    if day > today:
        raise InvalidInput(_("This date lies in the future."), code="future_date", field=field)
    if day < today - EARLIEST:
        raise InvalidInput(_("This date lies more than a year back."), code="out_of_range", field=field)
    return day


def money_from_zero(amount: Decimal, field: str) -> Decimal:
    """Money from zero up."""
    if amount.is_finite() and amount == 0:
        return Decimal("0.00")
    try:
        return checked_amount(amount)
    except InvalidInput as error:
        raise InvalidInput(error.message, code=error.code, field=field) from error
