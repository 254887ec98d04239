"""What `parse` refuses, where it points, and what it suggests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.rule import AllOf, AnyOf, Condition, NotOf, Op, RuleError, conditions, parse, to_json
from backend.eligibility.vocabulary import EMPTY
from tests.property.strategies import VOCABULARY

REVENUE: dict[str, Any] = {"attribute": "annual_revenue", "op": "at_least", "value": "500", "unit": "wan_yuan"}
TECH: dict[str, Any] = {"attribute": "high_tech", "op": "is", "value": True}


def _with(**changes: object) -> dict[str, Any]:
    return {**REVENUE, **changes}


def test_the_normal_form_is_in_base_units_with_sorted_codes() -> None:
    rule = parse(
        {
            "all": [
                REVENUE,
                {"attribute": "region", "op": "within", "value": "n1"},
                {"attribute": "collateral", "op": "any_of", "value": ["receivables", "equipment", "receivables"]},
                {"any": [TECH, {"not": {"attribute": "debt_ratio", "op": "between", "value": ["70.50", 90]}}]},
            ]
        },
        VOCABULARY,
    )
    assert to_json(rule) == {
        "all": [
            {"attribute": "annual_revenue", "op": "at_least", "value": "5000000", "unit": "yuan"},
            {"attribute": "region", "op": "within", "value": ["n1"]},
            {"attribute": "collateral", "op": "any_of", "value": ["equipment", "receivables"]},
            {
                "any": [
                    TECH,
                    {"not": {"attribute": "debt_ratio", "op": "between", "value": ["70.5", "90"], "unit": "percent"}},
                ]
            },
        ]
    }
    paths = [path for path, _ in conditions(rule)]
    assert paths == ["all[0]", "all[1]", "all[2]", "all[3].any[0]", "all[3].any[1].not"]
    assert isinstance(rule, AllOf)
    assert isinstance(rule.nodes[3], AnyOf)
    assert isinstance(rule.nodes[3].nodes[1], NotOf)
    assert rule.nodes[0] == Condition(ATTRIBUTES["annual_revenue"], Op.AT_LEAST, Decimal(5_000_000))


def test_the_empty_rule_admits_everybody() -> None:
    assert parse({}, EMPTY) == AllOf(())
    assert to_json(AllOf(())) == {}


REFUSED: list[tuple[str, object, str, str, str | None]] = [
    ("text", "rule", "", "not_a_node", None),
    ("null", None, "", "not_a_node", None),
    ("inner empty rule", {"all": [REVENUE, {}]}, "all[1]", "missing_key", "attribute"),
    ("misspelt attribute", {"all": [_with(attribute="anual_revenue")]}, "all[0].attribute", "unknown_attribute",
     "annual_revenue"),
    ("Chinese label", _with(attribute="年营业收入"), "attribute", "unknown_attribute", "annual_revenue"),
    ("part of a label", _with(attribute="营业收入增长"), "attribute", "unknown_attribute", "revenue_growth"),
    ("English label", _with(attribute="Debt Ratio"), "attribute", "unknown_attribute", "debt_ratio"),
    ("nothing like it", _with(attribute="zzzz"), "attribute", "unknown_attribute", None),
    ("attribute no text", _with(attribute=7), "attribute", "wrong_type", None),
    ("unknown op", _with(op="atleast"), "op", "unknown_op", "at_least"),
    ("op of another kind", _with(op="within"), "op", "wrong_op", None),
    ("op of a flag", {**TECH, "op": "one_of"}, "op", "wrong_op", "is"),
    ("misspelt unit", _with(unit="wanyuan"), "unit", "wrong_unit", "wan_yuan"),
    ("unit of another dimension", _with(unit="month"), "unit", "wrong_unit", "wan_yuan"),
    ("unit of no dimension", {"attribute": "term", "op": "at_least", "value": 1, "unit": "zz"}, "unit", "wrong_unit",
     "month"),
    ("misspelt base unit", _with(unit="yaun"), "unit", "wrong_unit", "yuan"),
    ("misspelt multiple", _with(unit="yiyuan"), "unit", "wrong_unit", "yi_yuan"),
    ("multiple that is not there", _with(unit="million_yuan"), "unit", "wrong_unit", "wan_yuan"),
    ("Chinese multiple that is not there", _with(unit="千元"), "unit", "wrong_unit", "wan_yuan"),
    ("Chinese unit", _with(unit="亿元"), "unit", "wrong_unit", "yi_yuan"),
    ("unit no text", _with(unit=5), "unit", "wrong_unit", "yuan"),
    ("unit where there is none", {**TECH, "unit": "yuan"}, "unit", "wrong_unit", None),
    ("float", _with(value=0.5), "value", "wrong_type", None),
    ("boolean for a number", _with(value=True), "value", "wrong_type", None),
    ("exponent", _with(value="5e3"), "value", "wrong_type", None),
    ("not a number", _with(value="NaN"), "value", "wrong_type", None),
    ("below the range", _with(value="-1"), "value", "out_of_range", None),
    ("above the range", {"attribute": "max_equity_sold", "op": "at_most", "value": "100.01"}, "value", "out_of_range",
     None),
    ("too large for the index", _with(value="999999999999999999"), "value", "out_of_range", None),
    ("too precise", {"attribute": "years_in_business", "op": "at_least", "value": "1.25"}, "value", "too_precise",
     "1.2"),
    ("fen in wan", _with(value="0.0000015"), "value", "too_precise", "0.000002"),
    ("turned interval", _with(op="between", value=["5", "4"]), "value", "empty_interval", None),
    ("interval of one", _with(op="between", value=["5"]), "value", "wrong_type", None),
    ("interval with a float", _with(op="between", value=["5", 6.5]), "value[1]", "wrong_type", None),
    ("flag as text", {**TECH, "value": "true"}, "value", "wrong_type", None),
    ("unknown code", {"attribute": "stage", "op": "is", "value": "grow"}, "value", "unknown_code", "growth"),
    ("label for a code", {"attribute": "stage", "op": "one_of", "value": ["seed", "mature号"]}, "value[1]",
     "unknown_code", "mature"),
    ("token for a code", {"attribute": "zone", "op": "is", "value": "*"}, "value", "unknown_code", None),
    ("no codes", {"attribute": "stage", "op": "one_of", "value": []}, "value", "empty_list", None),
    ("one code for many", {"attribute": "stage", "op": "one_of", "value": "seed"}, "value", "wrong_type", None),
    ("many codes for one", {"attribute": "stage", "op": "is", "value": ["seed"]}, "value", "wrong_type", None),
    ("extra key", _with(vaule="5"), "", "extra_key", None),
    ("misspelt key", {"attribute": "zone", "op": "is", "valeu": "x"}, "", "extra_key", "value"),
    ("missing value", {"any": [{"attribute": "zone", "op": "is"}]}, "any[0]", "missing_key", "value"),
    ("two groups in one", {"all": [TECH], "any": [TECH]}, "", "extra_key", None),
    ("group no list", {"all": TECH}, "all", "not_a_list", None),
    ("empty group", {"all": [TECH, {"any": []}]}, "all[1].any", "empty_group", None),
    ("not over a list", {"not": [TECH]}, "not", "not_a_node", None),
    ("interval emptied by all", {"all": [TECH, REVENUE, _with(op="at_most", value="499.99")]}, "all[2]",
     "empty_interval", None),
    ("interval emptied across groups",
     {"all": [REVENUE, {"any": [TECH, {"all": [TECH, {"all": [_with(op="at_most", value=1), REVENUE]}]}]}]},
     "all[1].any[1].all[1].all[1]", "empty_interval", None),
    ("gap between two intervals",
     {"all": [{"any": [_with(op="at_most", value=1), _with(value=5)]}, _with(op="between", value=[2, 3])]}, "all[1]",
     "empty_interval", None),
    ("not of everything", {"all": [TECH, {"not": _with(value=0)}]}, "all[1]", "empty_interval", None),
    ("district outside of its region",
     {"all": [{"attribute": "region", "op": "within", "value": "s"},
              {"attribute": "region", "op": "is", "value": "n1"}]}, "all[1]", "never_met", None),
    ("every code forbidden", {"not": {"attribute": "stage", "op": "one_of",
                                      "value": ["seed", "startup", "growth", "mature"]}}, "", "never_met", None),
    ("a flag both ways", {"all": [TECH, {"not": TECH}]}, "all[1]", "never_met", None),
    ("a set with and without", {"all": [
        {"attribute": "themes", "op": "all_of", "value": ["green", "rural"]},
        {"not": {"attribute": "themes", "op": "any_of", "value": ["rural"]}}]}, "all[1]", "never_met", None),
]  # fmt: skip


@pytest.mark.parametrize(("data", "path", "code", "suggestion"), [case[1:] for case in REFUSED],
                         ids=[case[0] for case in REFUSED])  # fmt: skip
def test_a_faulty_rule_is_refused_with_path_code_and_suggestion(
    data: object, path: str, code: str, suggestion: str | None
) -> None:
    with pytest.raises(RuleError) as refusal:
        parse(data, VOCABULARY)
    assert (refusal.value.path, refusal.value.code, refusal.value.suggestion) == (path, code, suggestion)
    assert refusal.value.message.zh
    assert refusal.value.message.en


def test_groups_nest_four_deep_and_a_negated_condition_is_no_level() -> None:
    deepest: dict[str, object] = {"all": [{"any": [{"not": {"all": [TECH, {"not": REVENUE}]}}]}]}
    assert to_json(parse(deepest, VOCABULARY))["all"]
    with pytest.raises(RuleError) as refusal:
        parse({"all": [deepest]}, VOCABULARY)
    assert (refusal.value.path, refusal.value.code) == ("all[0].all[0].any[0].not", "too_deep")


def test_sixty_four_conditions_are_the_most() -> None:
    assert len(list(conditions(parse({"any": [TECH] * 64}, VOCABULARY)))) == 64
    with pytest.raises(RuleError) as refusal:
        parse({"any": [{"all": [TECH] * 32}, {"all": [TECH] * 33}]}, VOCABULARY)
    assert (refusal.value.path, refusal.value.code) == ("any[1].all[32]", "too_many_conditions")


def test_an_unknown_scheme_accepts_any_well_formed_code() -> None:
    rule = parse({"attribute": "zone", "op": "one_of", "value": ["east-2", "C39"]}, EMPTY)
    assert to_json(rule) == {"attribute": "zone", "op": "one_of", "value": ["C39", "east-2"]}


def test_messages_name_the_attribute_in_both_languages() -> None:
    with pytest.raises(RuleError) as refusal:
        parse(_with(value="-1"), EMPTY)
    assert refusal.value.message.zh == "年营业收入不能小于0"
    assert refusal.value.message.en == "Annual revenue is at least 0"
    assert str(refusal.value) == "value: Annual revenue is at least 0"
