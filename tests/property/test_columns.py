"""The columnar reading judges every row as the verdict does."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility.attributes import ATTRIBUTES, Facts, Kind, Value
from backend.eligibility.columns import Columns, evaluate, exclusions, requirements, states
from backend.eligibility.levers import levers, ways
from backend.eligibility.nodes import AllOf, Condition, NotOf, Op, Rule, conditions
from backend.eligibility.rule import read
from backend.eligibility.verdict import State, state_of
from backend.eligibility.vocabulary import EMPTY, Vocabulary
from tests.property.strategies import KEYS, MOVED, VOCABULARY, rules, rules_json, values

FEW = ("region", "high_tech", "collateral", "annual_revenue")


def _stray(key: str) -> st.SearchStrategy[Value]:
    """A fact, and at times a code that has left the vocabulary."""
    match ATTRIBUTES[key].kind:
        case Kind.CODE | Kind.TREE:
            return st.one_of(values(ATTRIBUTES[key]), st.just("gone"))
        case Kind.CODES:
            return st.one_of(values(ATTRIBUTES[key]), st.just(frozenset({"gone"})), st.just(frozenset[str]()))
    return values(ATTRIBUTES[key])


def tables(keys: tuple[str, ...] = KEYS, most: int = 12) -> st.SearchStrategy[list[dict[str, Value]]]:
    """Facts of several rows, with gaps."""
    row = st.fixed_dictionaries({}, optional={key: _stray(key) for key in keys})
    return st.lists(row, max_size=most)


def _by_verdict(rule: Rule, rows: list[dict[str, Value]], vocabulary: Vocabulary = VOCABULARY) -> list[int]:
    return [state_of(rule, facts, vocabulary).value for facts in rows]


@given(rules(), tables())
def test_every_row_has_the_state_of_its_verdict(rule: Rule, rows: list[dict[str, Value]]) -> None:
    columns = Columns.of(rows)
    for vocabulary in (VOCABULARY, MOVED, EMPTY):
        expected = _by_verdict(rule, rows, vocabulary)
        assert states(rule, columns, vocabulary).tolist() == expected
        met, unmet = evaluate(rule, columns, vocabulary)
        assert met.tolist() == [state == State.MET for state in expected]
        assert unmet.tolist() == [state == State.UNMET for state in expected]


@given(rules_json(), tables())
def test_rules_that_nobody_can_meet_are_judged_alike(data: dict[str, object], rows: list[dict[str, Value]]) -> None:
    rule = read(data, VOCABULARY)
    assert states(rule, Columns.of(rows), VOCABULARY).tolist() == _by_verdict(rule, rows)


@given(rules(), tables())
def test_requirements_exclude_as_counted_one_by_one(rule: Rule, rows: list[dict[str, Value]]) -> None:
    found, counted = exclusions(rule, Columns.of(rows), VOCABULARY)
    assert found.tolist() == _by_verdict(rule, rows)
    parts = rule.nodes if isinstance(rule, AllOf) else (rule,)
    judged = [[state_of(part, facts, VOCABULARY) for part in parts] for facts in rows]
    assert [(one.path, one.node) for one in counted] == list(requirements(rule))
    assert [one.node for one in counted] == list(parts)
    for place, one in enumerate(counted):
        refused = [row for row in judged if row[place] is State.UNMET]
        assert one.excludes == len(refused)
        assert one.alone == len([row for row in refused if row.count(State.UNMET) == 1])
        assert one.unknown == len([row for row in judged if row[place] is State.UNKNOWN])


@given(tables(), tables())
def test_rows_come_back_as_they_were(some: list[dict[str, Value]], others: list[dict[str, Value]]) -> None:
    rows = some + others
    joined = Columns.of(some).joined(Columns.of(others))
    assert joined.size == len(rows)
    assert [joined.facts(row) for row in range(joined.size)] == rows
    assert [Columns.of(rows).facts(row) for row in range(len(rows))] == rows
    order = np.arange(len(rows))[::-2]
    taken = joined.take(order)
    assert [taken.facts(row) for row in range(taken.size)] == rows[::-2]


@given(rules(), tables(), tables())
def test_joined_and_taken_rows_keep_their_states(
    rule: Rule, some: list[dict[str, Value]], others: list[dict[str, Value]]
) -> None:
    joined = Columns.of(some).joined(Columns.of(others))
    expected = _by_verdict(rule, some + others)
    assert states(rule, joined, VOCABULARY).tolist() == expected
    assert states(rule, joined.take(np.arange(joined.size)[::-1]), VOCABULARY).tolist() == expected[::-1]


@given(rules(), tables())
def test_only_the_attributes_asked_for_are_kept(rule: Rule, rows: list[dict[str, Value]]) -> None:
    keys = {condition.attribute.key for _, condition in conditions(rule)}
    columns = Columns.of(rows, keys)
    assert states(rule, columns, VOCABULARY).tolist() == _by_verdict(rule, rows)
    assert [columns.facts(row) for row in range(columns.size)] == [
        {key: value for key, value in facts.items() if key in keys} for facts in rows
    ]


@settings(max_examples=60)
@given(rules(FEW), tables(FEW, most=4))
def test_a_lever_is_the_best_that_any_value_gives(rule: Rule, rows: list[dict[str, Value]]) -> None:
    found = levers(rule, Columns.of(rows), VOCABULARY)
    assert list(found) == list(dict.fromkeys(condition.attribute.key for _, condition in conditions(rule)))
    for key, best in found.items():
        expected = [
            max([state_of(rule, facts, VOCABULARY)]
                + [state_of(rule, {**facts, key: value}, VOCABULARY) for value in _choices(rule, key)])
            for facts in rows
        ]  # fmt: skip
        assert best.tolist() == expected


def _choices(rule: Rule, key: str) -> list[Value]:
    """Values of every class that the rule tells apart."""
    attribute = ATTRIBUTES[key]
    match attribute.kind:
        case Kind.NUMBER:
            bounds = [
                bound
                for _, condition in conditions(rule)
                if condition.attribute is attribute
                for bound in condition.bounds
                if bound is not None
            ]
            tick = attribute.from_ticks(1)
            near = {Decimal(0), *(bound + step for bound in bounds for step in (-tick, Decimal(0), tick))}
            return [number for number in near if number >= 0]
        case Kind.FLAG:
            return [True, False]
        case Kind.CODES:
            codes = sorted(VOCABULARY.terms(attribute.scheme or ""))
            chosen = range(1 << len(codes))
            return [frozenset(code for bit, code in enumerate(codes) if one >> bit & 1) for one in chosen]
    return list(VOCABULARY.terms(attribute.scheme or ""))


def test_ways_end_where_a_rule_has_too_many() -> None:
    attribute = ATTRIBUTES["zone"]
    sets = ATTRIBUTES["collateral"]
    asked = [Condition(sets, Op.ANY_OF, frozenset({f"c{number}"})) for number in range(12)]
    assert len(set(ways(sets, asked, EMPTY))) == 256
    each = [Condition(attribute, Op.IS, f"z{number}") for number in range(12)]
    assert len(set(ways(attribute, each, EMPTY))) == 13


def test_an_attribute_nobody_states_is_unknown() -> None:
    rule = Condition(ATTRIBUTES["amount"], Op.AT_LEAST, Decimal(1))
    columns = Columns.of([{}, {}])
    assert states(rule, columns, VOCABULARY).tolist() == [1, 1]
    assert states(NotOf(rule), columns, VOCABULARY).tolist() == [1, 1]
    assert columns.numbers("amount").known.tolist() == [False, False]
    assert columns.coded("region").ids.tolist() == [0, 0]
    assert columns.nbytes == 0


def test_many_distinct_values_need_wider_places() -> None:
    for count, width in ((255, 1), (256, 2), (65_535, 2), (65_536, 4)):
        rows: list[Facts] = [{"zone": f"z{number}"} for number in range(count)]
        columns = Columns.of(rows)
        assert columns.coded("zone").ids.itemsize == width
        last = Condition(ATTRIBUTES["zone"], Op.IS, f"z{count - 1}")
        assert np.flatnonzero(states(last, columns, EMPTY) == 2).tolist() == [count - 1]
    joined = Columns.of([{"zone": f"a{number}"} for number in range(200)]).joined(
        Columns.of([{"zone": f"b{number}"} for number in range(200)])
    )
    assert joined.coded("zone").ids.itemsize == 2
    assert joined.facts(399) == {"zone": "b199"}


@pytest.mark.parametrize(("key", "value"), [("amount", "1"), ("collateral", "deposit"), ("high_tech", "yes")])
def test_a_fact_of_the_wrong_type_is_a_fault(key: str, value: Value) -> None:
    with pytest.raises(TypeError, match=key):
        Columns.of([{key: value}])


def test_a_column_is_asked_for_by_its_kind() -> None:
    columns = Columns.of([{"amount": Decimal(1), "region": "n"}])
    for wrong in (lambda: columns.numbers("region"), lambda: columns.coded("amount"), lambda: columns.coded("term")):
        with pytest.raises(TypeError):
            wrong()
