"""All readings of a rule agree; the verdict is the reference."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from backend.eligibility.attributes import ATTRIBUTES, Facts, Kind, Value
from backend.eligibility.domains import value_of
from backend.eligibility.envelope import document_fields, envelope, need_query
from backend.eligibility.facts import facts_from_json, value_to_json
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule, conditions
from backend.eligibility.query import met, need_document_part, need_fields, possible, product_fields, unmet
from backend.eligibility.rule import RuleError, parse, read, to_json
from backend.eligibility.satisfiable import find_contradiction, witness
from backend.eligibility.shortfall import phrase_change, shortfall
from backend.eligibility.verdict import State, condition_state, judge, phrase, state_of
from tests.property.reference import matches
from tests.property.strategies import (
    MONOTONE_KEYS,
    MOVED,
    VOCABULARY,
    conditions_json,
    facts,
    monotone_rules,
    rules,
    rules_json,
)

TODAY = date(2026, 11, 24)
NUMBERS = ("annual_revenue", "net_profit", "debt_ratio", "innovation_score", "years_in_business")
FEW = ("region", "high_tech", "collateral", "annual_revenue")


def _read(attribute: str, op: str, value: object) -> Rule:
    return read({"attribute": attribute, "op": op, "value": value}, VOCABULARY)


@given(rules())
def test_a_rule_written_and_read_again_is_itself(rule: Rule) -> None:
    written = to_json(rule)
    assert parse(written, VOCABULARY) == rule
    assert to_json(parse(written, VOCABULARY)) == written


@given(rules(), facts())
def test_the_quick_verdict_and_every_leaf_agree_with_the_tree(rule: Rule, known: Facts) -> None:
    verdict = judge(rule, known, VOCABULARY)
    assert state_of(rule, known, VOCABULARY) is verdict.state
    leaves = list(verdict.leaves())
    assert [(leaf.path, leaf.asked) for leaf in leaves] == list(conditions(rule))
    for leaf in leaves:
        assert leaf.found == known.get(leaf.attribute.key)
        assert leaf.state is condition_state(leaf.asked, leaf.found, VOCABULARY)
        for language in ("zh-hans", "en"):
            words = phrase(leaf, language, VOCABULARY)
            assert words
            assert "None" not in words


@given(rules(), facts())
def test_queries_find_exactly_what_the_verdict_says(rule: Rule, known: Facts) -> None:
    document = need_document_part(known, VOCABULARY)
    state = judge(rule, known, VOCABULARY).state
    event(state.key)
    assert matches(met(rule), document) is (state is State.MET)
    assert matches(unmet(rule), document) is (state is State.UNMET)
    assert matches(possible(rule), document) is (state is not State.UNMET)
    assert matches(met(NotOf(rule)), document) is (state is State.UNMET)
    assert document.keys() <= {field.name for field in need_fields()}


@given(rules(), facts())
def test_the_envelope_loses_no_possible_pair(rule: Rule, known: Facts) -> None:
    state = judge(rule, known, VOCABULARY).state
    assume(state is not State.UNMET)
    query = need_query(known, VOCABULARY)
    for vocabulary in (None, VOCABULARY):
        assert matches(query, document_fields(envelope(rule, vocabulary)))


@given(rules(), facts())
@example(
    AllOf((AnyOf((
        AllOf((_read("region", "within", ["n1"]), _read("region", "within", ["n12"]))),
        _read("years_in_business", "at_least", "3"),
    )),)),
    {"years_in_business": Decimal(1)},
)  # fmt: skip
def test_the_envelope_loses_no_possible_pair_after_a_code_has_moved(rule: Rule, known: Facts) -> None:
    """Filed under one tree of regions, judged and indexed under another."""
    assume(judge(rule, known, MOVED).state is not State.UNMET)
    assert matches(need_query(known, MOVED), document_fields(envelope(rule, MOVED)))


@given(rules(), facts())
def test_the_envelope_with_allowance_loses_nothing_that_so_few_changes_would_admit(rule: Rule, known: Facts) -> None:
    lacking = shortfall(rule, known, VOCABULARY, TODAY)
    assert lacking is not None
    changes = len(lacking.unmet)
    for vocabulary in (None, VOCABULARY):
        document = document_fields(envelope(rule, vocabulary))
        assert document.keys() == {field.name for field in product_fields()}
        assert matches(need_query(known, VOCABULARY, allow_unmet=changes), document)


@given(conditions_json(NUMBERS), facts(NUMBERS))
def test_a_condition_on_a_number_is_enveloped_exactly(data: dict[str, object], known: Facts) -> None:
    condition = read(data, VOCABULARY)
    rule: Rule
    for rule in (condition, NotOf(condition)):
        if isinstance(rule, NotOf) and data["op"] == "between":
            continue  # two intervals: the hull of them is everything
        document = document_fields(envelope(rule))
        expected = judge(rule, known, VOCABULARY).state is not State.UNMET
        assert matches(need_query(known, VOCABULARY), document) is expected


@given(monotone_rules(), facts(MONOTONE_KEYS), facts(MONOTONE_KEYS))
def test_strengthening_facts_never_turns_met_into_unmet(rule: Rule, known: Facts, other: Facts) -> None:
    stronger = {key: _stronger(value, other.get(key)) for key, value in known.items()}
    before, after = state_of(rule, known, VOCABULARY), state_of(rule, stronger, VOCABULARY)
    assert after >= before


@given(rules(), facts(), facts())
def test_learning_a_fact_never_turns_a_decided_verdict(rule: Rule, known: Facts, other: Facts) -> None:
    before = state_of(rule, known, VOCABULARY)
    assume(before is not State.UNKNOWN)
    assert state_of(rule, {**other, **known}, VOCABULARY) is before


@given(rules(), facts())
def test_an_applied_shortfall_makes_the_rule_met(rule: Rule, known: Facts) -> None:
    lacking = shortfall(rule, known, VOCABULARY, TODAY)
    assert lacking is not None
    assert lacking.least
    event(f"{len(lacking.changes)} changes")
    assert state_of(rule, lacking.facts_after, VOCABULARY) is State.MET
    changed = {key for key, value in lacking.facts_after.items() if known.get(key) != value}
    assert {change.attribute.key for change in lacking.changes} == changed
    assert (lacking.changes == ()) is (state_of(rule, known, VOCABULARY) is State.MET)
    for change in lacking.changes:
        assert change.found == known.get(change.attribute.key)
        assert change.wanted
        assert "None" not in phrase_change(change, "en", VOCABULARY) + phrase_change(change, "zh", VOCABULARY)


@settings(max_examples=60)
@given(rules(FEW), facts(FEW))
def test_a_shortfall_is_the_least(rule: Rule, known: Facts) -> None:
    lacking = shortfall(rule, known, VOCABULARY, TODAY)
    assert lacking is not None
    choices = _choices(rule)
    cost = (len(lacking.unmet), len(lacking.changes))
    for count in range(len(choices) + 1):
        for keys in combinations(choices, count):
            if (sum(key in known for key in keys), count) < cost:
                for values in product(*(choices[key] for key in keys)):
                    after = {**known, **dict(zip(keys, values, strict=True))}
                    assert state_of(rule, after, VOCABULARY) is not State.MET


@given(rules(), facts(), facts())
def test_what_learning_alone_can_turn_asks_for_no_change(rule: Rule, known: Facts, other: Facts) -> None:
    assume(state_of(rule, {**other, **known}, VOCABULARY) is State.MET)
    lacking = shortfall(rule, known, VOCABULARY, TODAY)
    assert lacking is not None
    assert lacking.unmet == ()
    assert bool(lacking.unknown) is (state_of(rule, known, VOCABULARY) is not State.MET)


@settings(max_examples=60)
@given(rules_json(FEW))
@example({"all": [
    {"any": [{"attribute": "annual_revenue", "op": "at_most", "value": 1},
             {"attribute": "annual_revenue", "op": "at_least", "value": 5}]},
    {"attribute": "annual_revenue", "op": "between", "value": [2, 3]},
]})  # fmt: skip
def test_a_rule_is_refused_as_contradictory_exactly_if_a_part_of_it_is(data: dict[str, object]) -> None:
    rule = read(data, VOCABULARY)
    fault = find_contradiction(rule, VOCABULARY)
    possible_parts = [_brute_force(part) for part in _groups(rule)]
    assert (fault is None) is all(possible_parts)
    if fault is None:
        assert parse(data, VOCABULARY) == rule
        return
    with pytest.raises(RuleError) as refusal:
        parse(data, VOCABULARY)
    assert refusal.value.path == fault.path
    assert refusal.value.code in ("empty_interval", "never_met")


@given(rules())
def test_somebody_meets_every_accepted_rule(rule: Rule) -> None:
    solution = witness(rule, VOCABULARY)
    assert solution is not None
    known = {key: value_of(ATTRIBUTES[key], point) for key, point in solution.points.items()}
    assert state_of(rule, known, VOCABULARY) is State.MET


@given(rules(), facts(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_does_not_matter(rule: Rule, known: Facts, dice: random.Random) -> None:
    shuffled = _shuffled(rule, dice)
    assert judge(shuffled, known, VOCABULARY).state is judge(rule, known, VOCABULARY).state
    mine, theirs = shortfall(rule, known, VOCABULARY, TODAY), shortfall(shuffled, known, VOCABULARY, TODAY)
    assert mine is not None
    assert theirs is not None
    assert len(mine.changes) == len(theirs.changes)
    document = need_document_part(known, VOCABULARY)
    assert matches(possible(shuffled), document) is matches(possible(rule), document)


@given(facts())
def test_facts_written_and_read_again_are_themselves(known: Facts) -> None:
    written: dict[str, dict[str, object]] = {"company": {}, "need": {}}
    for key, value in known.items():
        attribute = ATTRIBUTES[key]
        written[attribute.subject][key] = {"value": value_to_json(attribute, value), "source": "declared"}
    assert facts_from_json(written["company"], written["need"], VOCABULARY) == known


def _stronger(value: Value, other: Value | None) -> Value:
    if isinstance(value, Decimal) and isinstance(other, Decimal):
        return max(value, other)
    if isinstance(value, frozenset) and isinstance(other, frozenset):
        return value | other
    return value


def _shuffled(rule: Rule, dice: random.Random) -> Rule:
    match rule:
        case Condition():
            return rule
        case NotOf(node):
            return NotOf(_shuffled(node, dice))
        case AllOf(nodes) | AnyOf(nodes):
            turned = [_shuffled(node, dice) for node in nodes]
            dice.shuffle(turned)
            return type(rule)(tuple(turned))


def _groups(rule: Rule) -> list[Rule]:
    """The rule and every group in it."""
    match rule:
        case Condition():
            return [rule]
        case NotOf(node):
            return [rule, *_groups(node)]
        case AllOf(nodes) | AnyOf(nodes):
            return [rule, *(group for node in nodes for group in _groups(node))]


def _choices(rule: Rule) -> dict[str, list[Value]]:
    """For every attribute of the rule, values of every class that the rule tells apart."""
    choices: dict[str, list[Value]] = {}
    for _, condition in conditions(rule):
        attribute = condition.attribute
        terms = VOCABULARY.terms(attribute.scheme or "")
        match attribute.kind:
            case Kind.NUMBER:
                known = choices.setdefault(attribute.key, [Decimal(0), Decimal(10**9)])
                tick = attribute.from_ticks(1)
                near = (bound + step for bound in condition.bounds if bound is not None for step in (-tick, 0, tick))
                known.extend(number for number in near if number >= 0 and number not in known)
            case Kind.FLAG:
                choices[attribute.key] = [True, False]
            case Kind.CODES:
                subsets = (combinations(sorted(terms), size) for size in range(len(terms) + 1))
                choices[attribute.key] = [frozenset(codes) for sizes in subsets for codes in sizes]
            case _:
                choices[attribute.key] = list(terms)
    return choices


def _brute_force(rule: Rule) -> bool:
    choices = _choices(rule)
    return any(
        state_of(rule, dict(zip(choices, values, strict=True)), VOCABULARY) is State.MET
        for values in product(*choices.values())
    )
