"""Compiled rules judge as the reference reading does."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility.attributes import ATTRIBUTES, Value
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule
from backend.eligibility.shortfall import shortfall, within_reach
from backend.eligibility.verdict import State, judge
from backend.matching.compiled import Compiled, Distance
from tests.matching.cases import VOCABULARY

TODAY = date(2026, 11, 23)
REGIONS = list(VOCABULARY.terms("regions"))
numbers = st.integers(0, 40).map(lambda n: Decimal(n) / 2)
codes = {
    "region": REGIONS,
    "stage": ["seed", "startup", "growth", "mature"],
    "collateral": ["real_estate", "deposit", "x"],
}


def subset(key: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(codes[key]), min_size=1)


conditions: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        Condition,
        st.sampled_from([ATTRIBUTES["years_in_business"], ATTRIBUTES["debt_ratio"]]),
        st.sampled_from([Op.AT_LEAST, Op.AT_MOST]),
        numbers,
    ),
    st.builds(lambda a, b: Condition(ATTRIBUTES["amount"], Op.BETWEEN, (min(a, b), max(a, b))), numbers, numbers),
    st.builds(lambda code: Condition(ATTRIBUTES["region"], Op.IS, code), st.sampled_from(REGIONS)),
    st.builds(lambda some: Condition(ATTRIBUTES["region"], Op.WITHIN, some), subset("region")),
    st.builds(lambda some: Condition(ATTRIBUTES["stage"], Op.ONE_OF, some), subset("stage")),
    st.builds(
        lambda op, some: Condition(ATTRIBUTES["collateral"], op, some),
        st.sampled_from([Op.ANY_OF, Op.ALL_OF]),
        subset("collateral"),
    ),
    st.builds(lambda yes: Condition(ATTRIBUTES["high_tech"], Op.IS, yes), st.booleans()),
)
rules = st.recursive(
    conditions,
    lambda nodes: st.one_of(
        st.lists(nodes, min_size=1, max_size=4).map(lambda some: AllOf(tuple(some))),
        st.lists(nodes, min_size=1, max_size=4).map(lambda some: AnyOf(tuple(some))),
        nodes.map(NotOf),
    ),
    max_leaves=10,
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "years_in_business": numbers,
        "debt_ratio": numbers,
        "amount": numbers,
        "region": st.sampled_from([*REGIONS, "gone"]),
        "stage": st.sampled_from(codes["stage"]),
        "collateral": st.frozensets(st.sampled_from(codes["collateral"])),
        "high_tech": st.booleans(),
    },
)


@settings(max_examples=400)
@given(st.one_of(rules, st.just(AllOf(()))), facts)
def test_the_compiled_rule_agrees_with_the_verdict(rule: Rule, known: dict[str, Value]) -> None:
    compiled = Compiled(rule, VOCABULARY)
    verdict = judge(rule, known, VOCABULARY)
    requirements = verdict.children if isinstance(rule, AllOf) else (verdict,)
    met = [child.state for child in requirements].count(State.MET)
    assert compiled.read(known) == (verdict.state, met)
    assert compiled.asked == len(requirements)


@pytest.mark.parametrize(("key", "value"), [("amount", "1"), ("collateral", "deposit")])
def test_a_fact_of_the_wrong_type_is_a_fault(key: str, value: Value) -> None:
    asked = (Decimal(1), Decimal(2)) if key == "amount" else frozenset({"deposit"})
    op = Op.BETWEEN if key == "amount" else Op.ANY_OF
    with pytest.raises(TypeError, match=key):
        Compiled(Condition(ATTRIBUTES[key], op, asked), VOCABULARY).read({key: value})


@settings(max_examples=600)
@given(st.one_of(rules, st.lists(rules, min_size=2, max_size=5).map(lambda some: AllOf(tuple(some)))), facts)
def test_the_shortfall_of_the_parts_is_that_of_the_rule(rule: Rule, known: dict[str, Value]) -> None:
    compiled = Compiled(rule, VOCABULARY)
    whole = shortfall(rule, known, VOCABULARY, TODAY)
    for _ in range(2):  # the second time it is remembered
        assert compiled.shortfall(known, TODAY) == whole


@settings(max_examples=600)
@given(st.one_of(rules, st.lists(rules, min_size=2, max_size=5).map(lambda some: AllOf(tuple(some)))), facts)
def test_the_distance_is_that_of_the_shortfall(rule: Rule, known: dict[str, Value]) -> None:
    whole = shortfall(rule, known, VOCABULARY, TODAY)
    expected = None if whole is None else Distance(len(whole.unmet), len(whole.unknown), within_reach(whole.unmet))
    assert Compiled(rule, VOCABULARY).distance(known, TODAY) == expected


def test_a_remembered_shortfall_belongs_to_its_day() -> None:
    old = Condition(ATTRIBUTES["years_in_business"], Op.AT_LEAST, Decimal(3))
    compiled = Compiled(AllOf((old,)), VOCABULARY)
    known: dict[str, Value] = {"years_in_business": Decimal(2)}
    for day in (TODAY, TODAY + timedelta(days=40)):
        found = compiled.shortfall(known, day)
        assert found is not None
        assert found == shortfall(old, known, VOCABULARY, day)
        assert found.earliest is not None
        assert found.earliest > day
