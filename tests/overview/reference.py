"""The overview once more, need by need and product by product, with the verdict alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations

from backend.companies.facts import facts_of
from backend.eligibility.attributes import ATTRIBUTES, Facts, Kind, Value
from backend.eligibility.nodes import Rule, conditions
from backend.eligibility.verdict import State, state_of
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.market import Summary
from backend.needs.models import Need
from backend.packs.queries import size_table, vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule


@dataclass
class Row:
    """A need, its facts, the products that admit it or may, and attribute → products that its change alone makes
    (eligible, at least possible)."""

    need: Need
    facts: Facts
    met: list[Product]
    unknown: list[Product]
    levers: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return State.MET if self.met else State.UNKNOWN if self.unknown else State.UNMET


def rows(today: date) -> list[Row]:
    words, sizes = vocabulary(), size_table(today)
    products = [(product, effective_rule(product)) for product in Product.objects.filter(status="published")]
    found = []
    for need in Need.objects.filter(status="open").select_related("company").order_by("pk"):
        facts = facts_of(need.company, need, today=today, vocabulary=words, size_table=sizes)
        states = [(product, state_of(rule, facts, words)) for product, rule in products]
        row = Row(
            need,
            facts,
            [product for product, state in states if state is State.MET],
            [product for product, state in states if state is State.UNKNOWN],
        )
        if row.state is State.UNMET:
            row.levers = _levers([rule for _, rule in products], facts, words)
        found.append(row)
    return found


def _levers(rules: Iterable[Rule], facts: Facts, words: Vocabulary) -> dict[str, tuple[int, int]]:
    counted: dict[str, list[int]] = {}
    for rule in rules:
        for key in {condition.attribute.key for _, condition in conditions(rule)}:
            best = max(state_of(rule, {**facts, key: value}, words) for value in _choices(rule, key, words))
            counts = counted.setdefault(key, [0, 0])
            counts[0] += best is State.MET
            counts[1] += best is not State.UNMET
    return {key: (eligible, opened) for key, (eligible, opened) in counted.items() if opened}


def _choices(rule: Rule, key: str, words: Vocabulary) -> list[Value]:
    """Values of every class that the rule tells apart."""
    attribute = ATTRIBUTES[key]
    asked = [condition for _, condition in conditions(rule) if condition.attribute is attribute]
    match attribute.kind:
        case Kind.NUMBER:
            tick = attribute.from_ticks(1)
            bounds = [bound for condition in asked for bound in condition.bounds if bound is not None]
            near = {bound + step for bound in bounds for step in (-tick, Decimal(0), tick)}
            least = attribute.minimum
            return [number for number in near if least is None or number >= least]
        case Kind.FLAG:
            return [True, False]
        case Kind.CODES:
            codes = sorted(frozenset().union(*(condition.codes for condition in asked)))
            sizes = (combinations(codes, size) for size in range(len(codes) + 1))
            return [frozenset(some) for sets in sizes for some in sets]
    scheme = attribute.scheme or ""
    return list(words.terms(scheme)) or [code for condition in asked for code in condition.codes]


def summary(some: Iterable[Row]) -> Summary:
    chosen = list(some)
    borrowed = {row.need.company_id: row.facts.get("has_ever_borrowed") for row in chosen}
    return Summary(
        needs=len(chosen),
        demand=sum((row.need.amount for row in chosen), Decimal("0.00")),
        companies=len(borrowed),
        first_time=list(borrowed.values()).count(False),
        first_time_unknown=list(borrowed.values()).count(None),
    )
