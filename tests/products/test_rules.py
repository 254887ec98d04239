"""The whole of what a product asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.nodes import AllOf, AnyOf, Condition, Op
from backend.eligibility.rule import parse
from backend.eligibility.verdict import State, judge
from backend.eligibility.vocabulary import EMPTY
from backend.products.models import Product
from backend.products.rules import effective_rule, with_limits

STAGE = {"attribute": "stage", "op": "is", "value": "seed"}
YEARS = {"attribute": "years_in_business", "op": "at_least", "value": "2"}
AMOUNT = Condition(ATTRIBUTES["amount"], Op.BETWEEN, (Decimal("100.00"), Decimal("500.00")))
TERM = Condition(ATTRIBUTES["term"], Op.BETWEEN, (Decimal(6), Decimal(6)))


def product(rule: object, **values: Any) -> Product:
    limits = {"amount_min": Decimal(100), "amount_max": Decimal(500), "term_min": 6, "term_max": 6} | values
    return Product(rule=rule, **limits)


def test_the_rules_own_conditions_come_first_and_keep_their_paths() -> None:
    whole = effective_rule(product({"all": [STAGE, YEARS]}))
    assert whole == AllOf((parse(STAGE, EMPTY), parse(YEARS, EMPTY), AMOUNT, TERM))


def test_a_rule_that_is_no_all_becomes_one_node() -> None:
    whole = effective_rule(product({"any": [STAGE, YEARS]}))
    assert whole == AllOf((AnyOf((parse(STAGE, EMPTY), parse(YEARS, EMPTY))), AMOUNT, TERM))


def test_the_empty_rule_leaves_the_limits() -> None:
    assert effective_rule(product({})) == AllOf((AMOUNT, TERM))


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"term_min": 0, "term_max": 0}, AllOf((AMOUNT,))),
        ({"amount_min": Decimal(0), "amount_max": Decimal(0)}, AllOf((TERM,))),
        ({"term_min": 0, "term_max": 0, "amount_min": Decimal(0), "amount_max": Decimal(0)}, AllOf(())),
    ],
)
def test_a_greatest_of_zero_is_no_limit(values: dict[str, Any], left: AllOf) -> None:
    assert effective_rule(product({}, **values)) == left


@pytest.mark.parametrize(("term", "state"), [(5, State.UNMET), (6, State.MET), (7, State.UNMET), (None, State.UNKNOWN)])
def test_a_term_of_no_width_admits_exactly_that_term(term: int | None, state: State) -> None:
    facts = {"amount": Decimal(100)} | ({} if term is None else {"term": Decimal(term)})
    assert judge(effective_rule(product({})), facts, EMPTY).state is state


def test_a_rule_as_deep_and_long_as_a_rule_may_be_still_takes_limits() -> None:
    deep: object = {"any": [{"all": [{"any": [{"all": [STAGE] * 64}]}]}]}
    whole = with_limits(parse(deep, EMPTY), amount_min=Decimal(100), amount_max=Decimal(500), term_min=6, term_max=6)
    assert whole == AllOf((parse(deep, EMPTY), AMOUNT, TERM))
