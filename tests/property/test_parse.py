"""`parse` meets anything: it gives a rule or a RuleError, and agrees with its JSON Schema."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.nodes import Rule
from backend.eligibility.rule import RuleError, json_schema, parse, read, to_json
from backend.eligibility.vocabulary import Vocabulary
from tests.property.strategies import VOCABULARY, rules, rules_json

SCHEMA = json_schema(VOCABULARY)
VALIDATOR = Draft202012Validator(SCHEMA)
PATH = re.compile(r"((all|any)\[\d+\]|not|all|any|attribute|op|unit|value(\[\d+\])?)(\.|$)")

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(
    [*ATTRIBUTES, "at_least", "is", "within", "any_of", "between", "yuan", "seed", "12.5", "1e9", "NaN", "-0", "٣"]
)  # fmt: skip
names = st.sampled_from(["all", "any", "not", "attribute", "op", "value", "unit"]) | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=30,
)


def _outcome(parse: Callable[[object, Vocabulary], Rule], data: object) -> Rule | RuleError:
    try:
        return parse(data, VOCABULARY)
    except RuleError as error:
        return error


def _assert_read_or_refused(data: object) -> None:
    outcome = _outcome(parse, data)
    if not isinstance(outcome, RuleError):
        assert parse(to_json(outcome), VOCABULARY) == outcome
        return
    assert outcome.code.isidentifier()
    assert outcome.message.zh
    assert outcome.message.en
    rest = outcome.path
    while rest:
        step = PATH.match(rest)
        assert step, outcome.path
        rest = rest[step.end() :]


@given(anything)
def test_anything_is_read_or_refused_with_a_path(data: object) -> None:
    _assert_read_or_refused(data)


@given(rules_json(), st.data())
def test_a_damaged_rule_is_read_or_refused_with_a_path(rule: dict[str, object], draw: st.DataObject) -> None:
    damaged = copy.deepcopy(rule)
    places: list[tuple[object, object]] = []
    _collect(damaged, places)
    if not places:
        return
    holder, key = draw.draw(st.sampled_from(places))
    holder[key] = draw.draw(anything)
    _assert_read_or_refused(damaged)


def _collect(data: object, places: list[tuple[object, object]]) -> None:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        places.append((data, key))
        _collect(value, places)


def test_the_schema_is_a_schema() -> None:
    assert meta.is_valid(SCHEMA)
    assert meta.is_valid(json_schema())


@given(rules_json(max_depth=4))
def test_what_is_read_fits_the_schema_and_normal_forms_too(data: dict[str, object]) -> None:
    outcome = _outcome(read, data)
    if isinstance(outcome, RuleError):
        assert outcome.code == "too_deep"
        assert not VALIDATOR.is_valid(data)
    else:
        VALIDATOR.validate(data)
        VALIDATOR.validate(to_json(outcome))


@given(anything)
def test_what_the_schema_refuses_is_refused(data: object) -> None:
    if not VALIDATOR.is_valid(data):
        with pytest.raises(RuleError):
            parse(data, VOCABULARY)


@given(rules())
def test_equal_rules_have_equal_hashes(rule: Rule) -> None:
    again = parse(to_json(rule), VOCABULARY)
    assert hash(again) == hash(rule)
