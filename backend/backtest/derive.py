"""One product for each lender and programme, with the rule that its loans so far show. Pure.

The rule is wide on purpose: it says where and in which order of magnitude a lender has lent, not whom it would
prefer; preference is the ranking's business. What a rule refuses wrongly is lost for good, so single loans say little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import sqrt

from backend.backtest.loans import Loan, Programme

NATIONWIDE_STATES = 12
"""A lender seen in this many states is not bound to them."""

TAIL = 0.02
"""Share of the smallest and of the greatest loans that do not shape the range of amounts."""

WIDEN_MANY, WIDEN_ONE = 2.0, 8.0
"""The range is widened by the factor WIDEN_MANY + WIDEN_ONE / √loans on either side."""

_STEP = Decimal(100)


@dataclass(frozen=True, slots=True)
class LenderProduct:
    """`states` None: nationwide. Amounts in US$; `loans` is how many it rests on."""

    lender: str
    programme: Programme
    amount_min: Decimal
    amount_max: Decimal
    states: tuple[str, ...] | None
    loans: int

    @property
    def rule(self) -> dict[str, object]:
        """Eligibility as rule JSON; the amounts are the product's own limits."""
        if self.states is None:
            return {}
        return {"attribute": "region", "op": "within", "value": list(self.states)}


def programme_of(loan: Loan) -> Programme:
    """The product that a past loan counts for: a plain term loan where the programme is unknown."""
    return loan.programme or Programme.TERM_LOAN


def lender_products(earlier: Iterable[Loan]) -> list[LenderProduct]:
    """By lender, then programme."""
    amounts: dict[tuple[str, Programme], list[Decimal]] = defaultdict(list)
    states: dict[str, set[str]] = defaultdict(set)
    for loan in earlier:
        amounts[loan.lender, programme_of(loan)].append(loan.amount)
        if loan.state:
            states[loan.lender].add(loan.state)
    products = []
    for (lender, programme), lent in sorted(amounts.items()):
        low, high = amount_range(lent)
        served = states[lender]
        bound = tuple(sorted(served)) if 0 < len(served) < NATIONWIDE_STATES else None
        products.append(LenderProduct(lender, programme, low, high, bound, len(lent)))
    return products


def amount_range(amounts: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The widened range between the robust extremes, in whole hundreds of dollars."""
    ordered = sorted(amounts)
    cut = int(len(ordered) * TAIL)
    factor = Decimal(WIDEN_MANY + WIDEN_ONE / sqrt(len(ordered)))
    low = (ordered[cut] / factor / _STEP).to_integral_value(ROUND_FLOOR) * _STEP
    high = (ordered[-1 - cut] * factor / _STEP).to_integral_value(ROUND_CEILING) * _STEP
    return low, high
