"""Form fields of the registry: what a form shows first and gets back unchanged is the fact as it was stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Kind
from backend.eligibility.facts import value_from_json, value_to_json
from backend.eligibility.vocabulary import Vocabulary
from backend.site.attribute_fields import attribute_field, form_value, json_value, unit_label
from tests.property.strategies import VOCABULARY, values


def _codes(attribute: Attribute, vocabulary: Vocabulary) -> list[str]:
    """What a form offers: of a tree the ends, of a scheme without terms nothing."""
    scheme = attribute.scheme or ""
    return [code for code in vocabulary.terms(scheme) if not vocabulary.children(scheme, code)]


def _offered(attribute: Attribute) -> bool:
    return attribute.kind in (Kind.NUMBER, Kind.FLAG) or bool(_codes(attribute, VOCABULARY))


@st.composite
def stored(draw: st.DrawFn) -> tuple[Attribute, object]:
    """An attribute of the registry with a fact in its JSON form, or none."""
    attribute = draw(st.sampled_from([one for one in ATTRIBUTES.values() if _offered(one)]))
    found = values(attribute)
    if attribute.kind is Kind.TREE:
        found = st.sampled_from(_codes(attribute, VOCABULARY))
    return attribute, draw(st.none() | found.map(lambda value: value_to_json(attribute, value)))


@given(stored())
def test_a_stored_fact_comes_back_from_the_form(pair: tuple[Attribute, object]) -> None:
    attribute, data = pair
    field = attribute_field(attribute, language="en", vocabulary=VOCABULARY)
    shown: Any = form_value(attribute, data)
    back = json_value(attribute, field.clean(shown))
    if data is None:
        assert back is None
    else:
        assert value_from_json(attribute, back) == value_from_json(attribute, data)


def test_money_is_typed_in_ten_thousands() -> None:
    revenue = ATTRIBUTES["annual_revenue"]
    assert form_value(revenue, "5000000") == "500"
    assert json_value(revenue, Decimal("123.4567")) == "1234567"
    assert unit_label(revenue, "zh-hans", "CNY") == "万元"
    assert unit_label(revenue, "en", "CNY") == "10,000 yuan"


def test_none_of_these_is_a_fact_and_nothing_chosen_is_not() -> None:
    collateral = ATTRIBUTES["collateral"]
    assert json_value(collateral, ["-"]) == []
    assert json_value(collateral, []) is None
    assert form_value(collateral, []) == ["-"]


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("zh-hans", "1,000", 1000), ("zh-hans", "１，０００", 1000),
        ("zh-hans", "100万", 100), ("zh-hans", "100万元", 100),
        ("zh-hans", "1 200.5", Decimal("1200.5")), ("en", "1,000", 1000), ("en", "7", 7),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_type_it(language: str, typed: str, meant: Decimal) -> None:
    field = attribute_field(ATTRIBUTES["annual_revenue"], language=language, vocabulary=VOCABULARY)
    assert field.clean(typed) == meant


@pytest.mark.parametrize(("key", "typed"), [("annual_revenue", "12,3,4"), ("debt_ratio", "abc")])
def test_what_is_no_number_is_refused(key: str, typed: str) -> None:
    field = attribute_field(ATTRIBUTES[key], language="en", vocabulary=VOCABULARY)
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert [fault.code for fault in refused.value.error_list] == ["invalid"]
