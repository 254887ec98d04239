"""Cases as the pages show them: rows of lists, what was handed over, offers side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backend.applications.cycle import COMMITTED, ENDS, PAID_OUT, Party, Status, expected_next
from backend.applications.models import Application, Consent, CreditLine, Offer, RepairTask
from backend.applications.offer_cost import OfferCost, offer_cost, unpublished_fees
from backend.applications.telling import expected
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.facts import FactError, value_from_json
from backend.eligibility.phrases import value_text
from backend.eligibility.vocabulary import Vocabulary
from backend.lifecycle.telling import Expected
from backend.matching.product_cost import part_names
from backend.site.cards import Fact


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list. `own`: its next step is the reader's."""

    case: Application
    next: Expected
    own: bool

    @property
    def amount(self) -> Decimal | None:
        """What is spoken of: the standing offer, else what the need asks."""
        offer = self.case.offer
        return self.case.need.amount if offer is None else offer.amount


def case_row(case: Application, party: Party | None, now: datetime, here: ZoneInfo) -> CaseRow:
    found = expected_next(case)
    return CaseRow(case, expected(case, party, now=now, here=here), own=found.who is not None and found.who is party)


@dataclass(frozen=True, slots=True)
class Financing:
    """A company's cases by whose turn it is. `running`: with a contract; `tasks`: what a refusal left to do."""

    own: list[CaseRow]
    others: list[CaseRow]
    running: list[CaseRow]
    over: list[CaseRow]
    tasks: list[RepairTask]

    @property
    def empty(self) -> bool:
        return not (self.own or self.others or self.running or self.over)


def financing(cases: Iterable[Application], tasks: Iterable[RepairTask], now: datetime, here: ZoneInfo) -> Financing:
    found = Financing([], [], [], [], list(tasks))
    for case in cases:
        row = case_row(case, Party.COMPANY, now, here)
        if case.status in ENDS:
            found.over.append(row)
        elif case.status in PAID_OUT:
            found.running.append(row)
        elif row.own:
            found.own.append(row)
        else:
            found.others.append(row)
    for rows in (found.own, found.others, found.running):
        rows.sort(key=lambda row: (row.case.due_at or now, row.case.pk))
    return found


@dataclass(frozen=True, slots=True)
class CostRow:
    """One payment over the whole term; below zero for what the company receives."""

    label: str
    payee: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer with what it costs. `cost` is None where no cost can be stated; `unpublished`: kinds of fees that the
    product did not name when it was applied for; `best`: the lines on which no other is better."""

    offer: Offer
    case: Application
    cost: OfferCost | None
    rows: tuple[CostRow, ...]
    fees: tuple[CostRow, ...]
    unpublished: tuple[str, ...]
    best: frozenset[str] = frozenset()

    @property
    def total(self) -> Decimal | None:
        return None if self.cost is None else sum((row.amount for row in self.rows), Decimal(0))

    @property
    def open(self) -> bool:
        """It can be chosen."""
        return self.case.status == Status.OFFERED

    @property
    def repayment(self) -> str:
        return str(self.offer.terms.get("repayment") or "interest_monthly")


def shown_offer(offer: Offer, case: Application, language: str, words: Vocabulary) -> ShownOffer:
    cost = offer_cost(offer)
    parts = cost.parts if cost else ()
    rows = tuple(CostRow(*part_names(part, language, words), part.low) for part in parts)
    kinds = {str(fee["kind"]) for fee in offer.fees}
    fees = tuple(row for part, row in zip(parts, rows, strict=True) if part.kind in kinds)
    unpublished = tuple(
        words.label("fee_kinds", kind).in_language(language)
        for kind in unpublished_fees(offer, case.product_version.content)
    )
    return ShownOffer(offer, case, cost, rows, fees, unpublished)


def side_by_side(cases: Sequence[Application], language: str, words: Vocabulary) -> list[ShownOffer]:
    """The standing offers of a need, each with the lines on which it is the best of those that can be chosen."""
    offers = [shown_offer(case.offer, case, language, words) for case in cases if case.offer is not None]
    rivals = [one for one in offers if one.open]
    best: dict[int, set[str]] = {}
    for line, score in _LINES.items():
        scores = {one.offer.pk: found for one in rivals if (found := score(one)) is not None}
        if len(set(scores.values())) < 2:
            continue
        most = max(scores.values())
        for id, found in scores.items():
            if found == most:
                best.setdefault(id, set()).add(line)
    return [replace(one, best=frozenset(best.get(one.offer.pk, ()))) for one in offers]


_LINES: Mapping[str, Callable[[ShownOffer], Any]] = {
    "amount": lambda one: one.offer.amount,
    "rate": lambda one: None if one.offer.rate is None else -one.offer.rate,
    "cost": lambda one: None if one.offer.annual_cost is None else -one.offer.annual_cost,
    "total": lambda one: None if one.total is None else -one.total,
    "term": lambda one: one.offer.term_months,
    "valid": lambda one: one.offer.valid_until,
}
"""How good an offer is on a line, the greater the better; None where it says nothing."""


def spoken_for(cases: Iterable[Application]) -> Decimal:
    """How much of the need was chosen already."""
    return sum((case.offer.amount for case in cases if case.offer and case.status in COMMITTED), Decimal(0))


@dataclass(frozen=True, slots=True)
class Shared:
    """What a consent handed over, in words."""

    company: tuple[Fact, ...]
    need: tuple[Fact, ...]
    name: str
    credit_code: str
    founded_on: str
    title: str
    description: str


def shared_of(consent: Consent, language: str, words: Vocabulary) -> Shared:
    return shared_data(consent.shared, language, words)


def shared_data(data: Mapping[str, Any], language: str, words: Vocabulary) -> Shared:
    company, need = data.get("company", {}), data.get("need", {})
    asked = {
        **need.get("facts", {}),
        **{key: need[column] for key, column in _COLUMNS.items() if need.get(column) is not None},
    }
    return Shared(
        company=_facts(company.get("facts", {}), language, words),
        need=_facts(asked, language, words),
        name=company.get("name", ""),
        credit_code=company.get("credit_code", ""),
        founded_on=company.get("founded_on") or "",
        title=need.get("title", ""),
        description=need.get("description", ""),
    )


_COLUMNS = {"amount": "amount", "term": "term_months", "purpose": "purpose"}


def _facts(data: Mapping[str, Any], language: str, words: Vocabulary) -> tuple[Fact, ...]:
    """In the registry's order; what it knows no more is left out."""
    found = []
    for key, attribute in ATTRIBUTES.items():
        stored = data.get(key)
        value = stored.get("value") if isinstance(stored, Mapping) else stored
        if value is None:
            continue
        try:
            text = value_text(attribute, value_from_json(attribute, value), language, words)
        except FactError:
            continue
        found.append(Fact(key, attribute.label.in_language(language), text))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Sums:
    """A credit line in money: what is drawn, repaid, owed, and left to draw."""

    limit: Decimal
    drawn: Decimal
    repaid: Decimal
    owed: Decimal
    left: Decimal


def sums_of(line: CreditLine) -> Sums:
    used = line.drawn - line.repaid if line.revolving else line.drawn
    return Sums(line.limit, line.drawn, line.repaid, line.drawn - line.repaid, line.limit - used)
