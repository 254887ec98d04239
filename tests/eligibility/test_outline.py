"""A rule in plain words: its own tree, every condition once."""

from __future__ import annotations

from hypothesis import given

from backend.eligibility.nodes import AllOf, Rule, conditions
from backend.eligibility.outline import Joint, Outline, outline
from backend.eligibility.phrases import requirement
from backend.eligibility.rule import parse
from tests.property.strategies import VOCABULARY, rules

TECH = {"attribute": "high_tech", "op": "is", "value": True}
REVENUE = {"attribute": "annual_revenue", "op": "at_least", "value": "5000000", "unit": "yuan"}
PATENTS = {"attribute": "invention_patents", "op": "at_least", "value": "2", "unit": "item"}


@given(rules())
def test_every_condition_occurs_exactly_once_in_its_own_words(rule: Rule) -> None:
    leaves = list(outline(rule, "en", VOCABULARY).leaves())
    wanted = dict(conditions(rule))
    assert [leaf.path for leaf in leaves] == list(wanted)
    for leaf in leaves:
        assert leaf.text == requirement(wanted[leaf.path], not leaf.negated, "en", VOCABULARY)
        assert leaf.attribute == wanted[leaf.path].attribute.key


def shape(data: object) -> object:
    def of(node: Outline) -> object:
        return (node.joint.value, [of(part) for part in node.parts]) if node.parts else node.text

    return of(outline(parse(data, VOCABULARY), "en", VOCABULARY))


def test_not_of_alternatives_is_none_of_them() -> None:
    assert shape({"all": [REVENUE, {"not": {"any": [TECH, PATENTS]}}]}) == (
        "all",
        [
            "annual revenue of at least 5 million yuan",
            ("none", ["high-tech enterprise", "at least 2 invention patents"]),
        ],
    )


def test_not_of_several_together_is_one_of_their_opposites() -> None:
    assert shape({"not": {"all": [TECH, PATENTS]}}) == (
        "any",
        ["not: high-tech enterprise", "fewer than 2 invention patents"],
    )
    assert shape({"not": TECH}) == "not: high-tech enterprise"


def test_the_empty_rule_has_no_parts() -> None:
    found = outline(AllOf(()), "en", VOCABULARY)
    assert (found.joint, found.parts, list(found.leaves())) == (Joint.ALL, (), [])
