"""A decided case as the record of past cases keeps it, which the ranking reads."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from backend.applications.deadlines import Clock
from backend.applications.models import Application
from backend.companies.facts import facts_of
from backend.eligibility.attributes import Facts
from backend.eligibility.facts import FactError
from backend.packs.queries import size_table, vocabulary
from backend.records.models import PastCase


def past_case_of(
    case: Application, *, clock: Clock, decided_at: datetime, now: datetime, amount: Decimal, funded: bool, first: bool
) -> PastCase:
    """Not saved yet. It counts from the day after the booking, which is the day of `decided_on`; how long the answer
    took is told by the day of the decision."""
    day = clock.day(now)
    facts = _facts(case, day)
    term, employees = facts.get("term"), facts.get("employees")
    return PastCase(
        institution=case.institution,
        product=case.product,
        decided_on=day,
        funded=funded,
        first_loan=first,
        answer_days=max(clock.working_days(case.sent_at, decided_at), 0),
        amount=amount,
        term_months=int(term) if isinstance(term, Decimal) else None,
        employees=int(employees) if isinstance(employees, Decimal) else None,
        **{name: _text(facts, name) for name in ("region", "industry", "size_class", "stage", "purpose")},
    )


def _facts(case: Application, day: date) -> Facts:
    """Traits that cannot be read any more stay unknown: a payout is booked whatever the profile holds."""
    try:
        return facts_of(case.need.company, case.need, today=day, vocabulary=vocabulary(), size_table=size_table(day))
    except FactError:
        return {}


def _text(facts: Facts, key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""
