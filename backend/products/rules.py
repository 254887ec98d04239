"""What a product asks in all: its own rule, and its amounts and terms as conditions like any other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.nodes import AllOf, Condition, Op, Rule
from backend.eligibility.rule import read
from backend.eligibility.vocabulary import EMPTY


class Limited(Protocol):
    """The part of a product that decides whom it admits. Amounts in yuan, terms in months; a greatest value of 0: no
    limit."""

    rule: dict[str, object]
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int


RULING = frozenset({"rule", "amount_min", "amount_max", "term_min", "term_max"})
"""The fields that decide whom a product admits."""


@dataclass(slots=True)
class Terms:
    """The part of a product that decides whom it admits, before it is the product's."""

    rule: dict[str, object]
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Terms:
        return cls(**{name: columns[name] for name in RULING})


def with_limits(rule: Rule, *, amount_min: Decimal, amount_max: Decimal, term_min: int, term_max: int) -> Rule:
    """`rule` and the limits as one `all`. The nodes of the rule's own `all` come first and keep their paths."""
    limits = []
    if amount_max > 0:
        limits.append(_between("amount", amount_min, amount_max))
    if term_max > 0:
        limits.append(_between("term", Decimal(term_min), Decimal(term_max)))
    if not limits:
        return rule
    own = rule.nodes if isinstance(rule, AllOf) else (rule,)
    return AllOf((*own, *limits))


def effective_rule(product: Limited) -> Rule:
    """The rule by which everybody judges `product`. It was parsed when it was filed, so it is only read here: whether
    anybody can meet it is not asked again, and a code that has left the vocabulary since still stands for itself.

    Raises RuleError where the stored rule is broken.
    """
    return with_limits(
        read(product.rule, EMPTY),
        amount_min=product.amount_min,
        amount_max=product.amount_max,
        term_min=product.term_min,
        term_max=product.term_max,
    )


def _between(key: str, low: Decimal, high: Decimal) -> Condition:
    """A width of zero is a limit like any other: exactly this amount or term."""
    attribute = ATTRIBUTES[key]
    quantum = Decimal(1).scaleb(-attribute.scale)
    return Condition(attribute, Op.BETWEEN, (low.quantize(quantum), high.quantize(quantum)))
