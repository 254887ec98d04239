"""What the ranking reads: an offer, who asks, and the two put together. Pure data, built once and read often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from backend.eligibility.attributes import Facts
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.cost import CostRange, CostTerms
from backend.matching.record import NO_RECORD, RecordScore, Traits
from backend.products.windows import Window


class Listing(StrEnum):
    OFFERS = "offers"
    NEEDS = "needs"


@dataclass(frozen=True, slots=True)
class Offer:
    """A published product. Amounts in the pack's currency, terms in months, `answer_days` in working days; a greatest
    amount or term of 0 sets no limit.

    `kind_path` and `region_path` run from the code itself to the root; the region is that of the institution.
    """

    id: int
    version: int
    institution_id: int
    kind_path: tuple[str, ...]
    region_path: tuple[str, ...]
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    cost: CostTerms
    institution: str = ""
    purposes: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    collateral: frozenset[str] = frozenset()
    first_loan_friendly: bool = False
    answer_days: Decimal | None = None
    confirmed_on: date | None = None
    words: frozenset[str] = frozenset()
    window: Window | None = None
    budget_left: Decimal | None = None

    @property
    def root_kind(self) -> str:
        return self.kind_path[-1]


@dataclass(frozen=True, slots=True)
class Asking:
    """A need with what is known of it and of its company. `opened_on` is None for a draft. `title` holds the words of
    the title, `words` the telling ones of all its text."""

    id: int
    facts: Facts
    region_path: tuple[str, ...]
    words: frozenset[str] = frozenset()
    title: frozenset[str] = frozenset()
    opened_on: date | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One offer for one need, judged: of `asked` requirements of the rule `met` are known and met. `listing` is the
    side that the reader looks through: offers for a need, or needs for an offer.
    """

    offer: Offer
    asking: Asking
    asked: int
    met: int
    today: date
    cost: CostRange | None = None
    record: RecordScore = NO_RECORD
    listing: Listing = Listing.OFFERS

    @property
    def facts(self) -> Facts:
        return self.asking.facts


def traits_of(facts: Facts) -> Traits:
    """The facts that the record of past cases knows about."""

    def code(key: str) -> str:
        value = facts.get(key)
        return value if isinstance(value, str) else ""

    def number(key: str) -> Decimal | None:
        value = facts.get(key)
        return value if isinstance(value, Decimal) else None

    term, employees, borrowed = number("term"), number("employees"), facts.get("has_ever_borrowed")
    return Traits(
        region=code("region"),
        industry=code("industry"),
        size_class=code("size_class"),
        stage=code("stage"),
        purpose=code("purpose"),
        amount=number("amount"),
        term_months=None if term is None else int(term),
        employees=None if employees is None else int(employees),
        first_loan=None if not isinstance(borrowed, bool) else not borrowed,
    )


def region_path(facts: Facts, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The path of the company's region, empty where it is unknown."""
    region = facts.get("region")
    return vocabulary.path("regions", region) if isinstance(region, str) else ()


def share_of(table: Mapping[str, float], path: tuple[str, ...], default: float) -> float:
    """The entry of the most specific code of `path` that `table` has."""
    for code in path:
        if code in table:
            return table[code]
    return default
