"""Products side by side: what each says on a line, and which says the best. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backend.matching.results import Finding
from backend.site.cards import CostRow, MatchCard

_STATES = ("unmet", "unknown", "met")

Score = Callable[[MatchCard], Any]
"""How good a product is on a line, the greater the better; None where it says nothing, or is no rival to the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """A product. `best`: the lines on which no other is better, and not all are the same. `unmet`, `unknown`:
    conditions on which something depends."""

    card: MatchCard
    best: frozenset[str]
    unmet: tuple[Finding, ...]
    unknown: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CostLine:
    """One payment to one payee, what it comes to with each product in the columns' order; None: it is not asked."""

    label: str
    payee: str
    sums: tuple[CostRow | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    columns: tuple[Column, ...]
    costs: tuple[CostLine, ...]


def comparison(cards: Sequence[MatchCard]) -> Comparison:
    best = {line: _best(cards, score) for line, score in _LINES.items()}
    columns = tuple(
        Column(
            card,
            frozenset(line for line, places in best.items() if place in places),
            _with_state(card, "unmet"),
            _with_state(card, "unknown"),
        )
        for place, card in enumerate(cards)
    )
    return Comparison(columns, _costs(cards))


def _costs(cards: Sequence[MatchCard]) -> tuple[CostLine, ...]:
    """In the order in which the first product that asks for a payment has it."""
    sums = [{(row.label, row.payee): row for row in card.cost_rows} for card in cards]
    keys = dict.fromkeys(key for rows in sums for key in rows)
    return tuple(CostLine(*key, tuple(rows.get(key) for rows in sums)) for key in keys)


def _with_state(card: MatchCard, state: str) -> tuple[Finding, ...]:
    return tuple(one for one in card.match.findings if one.state == state and not one.settled)


def _best(cards: Sequence[MatchCard], score: Score) -> frozenset[int]:
    """The places of the best; none where fewer than two products can be compared or all are the same."""
    scores = {place: found for place, card in enumerate(cards) if (found := score(card)) is not None}
    if len(set(scores.values())) < 2:
        return frozenset()
    most = max(scores.values())
    return frozenset(place for place, found in scores.items() if found == most)


def _least(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """The middle, as the ranking reads a cost; the lower the better."""
    return None if low is None or high is None else -(low + high) / 2


def _cost(card: MatchCard) -> Decimal | None:
    """What pays nothing out has no cost to set beside that of money."""
    cost = card.match.cost
    return None if cost is None or card.match.supplement else _least(cost.low, cost.high)


def _rate(card: MatchCard) -> Decimal | None:
    product = card.match.product
    return None if card.match.supplement else _least(product.rate_min, product.rate_max)


def _total(card: MatchCard) -> Decimal | None:
    if card.match.supplement or not card.cost_rows:
        return None
    total = card.cost_total
    return _least(total.low, total.high)


def _answer(card: MatchCard) -> Decimal | None:
    days = card.match.product.institution.answer_days
    return None if days is None else -days


_LINES: dict[str, Score] = {
    "state": lambda card: _STATES.index(card.match.state),
    "cost": _cost,
    "rate": _rate,
    # A greatest amount or a longest term of 0 sets none.
    "amount": lambda card: card.match.product.amount_max or Decimal("Infinity"),
    "term": lambda card: card.match.product.term_max or float("inf"),
    "collateral": lambda card: not card.match.product.collateral,
    "answer": _answer,
    "confirmed": lambda card: card.match.product.last_confirmed_on,
    "total": _total,
    "papers": lambda card: -len(card.match.product.documents),
}
