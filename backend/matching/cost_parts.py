"""What an all-in cost is made of: the payments of a cost sheet added up by kind and payee. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from backend.matching.cost import CostError, CostSheet, CostTerms, cost_sheet

_NOTHING = Decimal("0.00")
_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CostPart:
    """One kind of payment to one payee over the whole term, in money, at the lowest and the highest rate; what the
    company receives is below zero."""

    kind: str
    payee: str
    low: Decimal
    high: Decimal


@lru_cache(maxsize=10_000)
def cost_parts(terms: CostTerms, amount: Decimal, months: int) -> tuple[CostPart, ...]:
    """In the order in which they first fall due; empty where no cost can be stated.

    What comes back whole, a deposit, is no cost in money and is left out, though it raises the annual rate.
    """
    if terms.rate_min is None or terms.rate_max is None:
        return ()
    try:
        low = _sums(cost_sheet(terms, terms.rate_min, amount, months))
        high = _sums(cost_sheet(terms, terms.rate_max, amount, months))
    except CostError:
        return ()
    parts = (CostPart(*key, low.get(key, _NOTHING), high.get(key, _NOTHING)) for key in dict.fromkeys([*high, *low]))
    rounding = _FEN * (months + 1)  # each month's line is rounded to the fen
    return tuple(part for part in parts if max(abs(part.low), abs(part.high)) > rounding)


def _sums(sheet: CostSheet) -> Mapping[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for line in sheet.lines:
        sums[line.kind, line.payee] = sums.get((line.kind, line.payee), _NOTHING) + line.amount
    return sums
