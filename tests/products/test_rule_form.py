"""Laws of the rule editor's tree: nothing is lost between rule, draft and form, and no action breaks the tree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from backend.eligibility.attributes import ATTRIBUTES, Kind
from backend.eligibility.nodes import MAX_CONDITIONS, MAX_DEPTH, OPS, Rule
from backend.eligibility.rule import RuleError, parse, read, to_json
from backend.eligibility.vocabulary import EMPTY
from backend.products.rule_actions import Action, Do, action_of, allowed, apply, node_at
from backend.products.rule_form import (
    EMPTY_DRAFT,
    ROOT,
    Draft,
    DraftCondition,
    DraftGroup,
    GroupKind,
    check,
    condition_count,
    depth,
    draft_from_fields,
    draft_of,
    fields_of,
    fitted,
    incomplete,
    node_id,
    place_of,
    same,
    walk,
    written,
)
from tests.property.strategies import KEYS, VOCABULARY, rules, rules_json

ALL, ANY, NONE = GroupKind.ALL, GroupKind.ANY, GroupKind.NONE
BLANK = DraftCondition()


@st.composite
def conditions(draw: st.DrawFn) -> DraftCondition:
    """Conditions as a form may hold them, finished or not."""
    key = draw(st.sampled_from((*KEYS, "")))
    if not key:
        return BLANK
    text = st.sampled_from(("", "0", "12.5", "1,200", "abc", "-3"))
    codes = st.lists(st.sampled_from(("n1", "A", "growth", "gone")), max_size=3).map(tuple)
    op = draw(st.sampled_from(OPS[ATTRIBUTES[key].kind])).value
    given_ = DraftCondition(
        key, op, draw(text), draw(text), draw(st.sampled_from(("yuan", "wan_yuan", "percent", ""))), draw(codes),
        draw(st.sampled_from(("", "true", "false"))),
    )  # fmt: skip
    return fitted(given_)


def drafts(max_depth: int = MAX_DEPTH) -> SearchStrategy[Draft]:
    node: SearchStrategy[Draft] = conditions()
    for _ in range(max_depth):
        nodes = st.lists(node, max_size=3).map(tuple)
        node = st.one_of(conditions(), st.builds(DraftGroup, st.sampled_from(GroupKind), nodes))
    return node


def actions(draft: Draft) -> SearchStrategy[Action]:
    places = [place for place, _node in walk(draft)]
    return st.builds(Action, st.sampled_from(Do), st.sampled_from(places))


@given(rules())
def test_a_rule_comes_back_from_the_form_as_it_went_in(rule: Rule) -> None:
    draft = draft_of(rule)
    returned = draft_from_fields(fields_of(draft))
    assert returned == draft
    said = written(returned)
    assert said.left_out == 0
    assert to_json(parse(said.rule, VOCABULARY)) == to_json(rule)
    assert check(returned, VOCABULARY).rule == rule


@given(rules_json())
def test_every_rule_that_can_be_read_has_a_draft_of_the_same_depth(data: dict[str, object]) -> None:
    try:
        rule = read(data, EMPTY)
    except RuleError:
        return
    draft = draft_of(rule)
    assert read(written(draft).rule, EMPTY) == rule
    assert depth(draft) <= MAX_DEPTH


@given(drafts())
def test_the_form_holds_every_draft(draft: Draft) -> None:
    returned = draft_from_fields(fields_of(draft))
    assert returned == draft


def sound(draft: Draft) -> Draft:
    """The same tree with a condition that nothing is wrong with in every condition's place."""
    if isinstance(draft, DraftGroup):
        return replace(draft, nodes=tuple(sound(node) for node in draft.nodes))
    return draft_of(read({"attribute": "employees", "op": "at_least", "value": "1"}, EMPTY))


@given(drafts().map(sound))
def test_the_depth_is_the_one_that_the_parser_counts(draft: Draft) -> None:
    assume(not any(incomplete(node, place) for place, node in walk(draft)))
    code = ""
    try:
        read(written(draft).rule, EMPTY)
    except RuleError as error:
        code = error.code
    assert code == "too_deep" if depth(draft) > MAX_DEPTH else code != "too_deep"


@given(drafts())
def test_every_fault_and_every_gap_is_at_a_node_that_is_there(draft: Draft) -> None:
    checked = check(draft, VOCABULARY)
    places = dict(walk(draft))
    assert set(checked.faults) <= set(places)
    assert (checked.rule is None) == bool(checked.faults)
    assert checked.written.left_out == sum(incomplete(node, place) for place, node in places.items())


@given(st.data(), drafts(2))
def test_an_action_keeps_the_tree_well_formed(data: st.DataObject, draft: Draft) -> None:
    action = data.draw(actions(draft))
    done = apply(draft, action)
    assert depth(done.draft) <= max(MAX_DEPTH, depth(draft))
    assert condition_count(done.draft) <= MAX_CONDITIONS
    assert node_at(done.draft, done.focus) is not None
    assert draft_from_fields(fields_of(done.draft)) == done.draft
    if not allowed(draft, action):
        assert done.draft == draft


@given(st.data(), drafts(3))
def test_down_undoes_up_and_up_undoes_down(data: st.DataObject, draft: Draft) -> None:
    assume(depth(draft) <= MAX_DEPTH)
    place = data.draw(st.sampled_from([place for place, _node in walk(draft)]))
    for there, back in ((Do.UP, Do.DOWN), (Do.DOWN, Do.UP)):
        moved = apply(draft, Action(there, place))
        if allowed(draft, Action(there, place)):
            assert apply(moved.draft, Action(back, moved.focus)).draft == draft
            assert node_at(moved.draft, moved.focus) == node_at(draft, place)


@given(st.data(), drafts(2))
def test_unwrapping_undoes_wrapping_and_removing_undoes_adding(data: st.DataObject, draft: Draft) -> None:
    place = data.draw(st.sampled_from([place for place, _node in walk(draft)]))
    wrapped = apply(draft, Action(Do.WRAP, place))
    if wrapped.draft != draft:
        assert apply(wrapped.draft, Action(Do.UNWRAP, place)).draft == draft
    added = apply(draft, Action(Do.ADD_CONDITION, place))
    if isinstance(node_at(draft, place), DraftGroup) and added.draft != draft:
        assert apply(added.draft, Action(Do.REMOVE, added.focus)).draft == draft


@given(st.data(), drafts(2))
def test_no_action_loses_a_condition_but_removing(data: st.DataObject, draft: Draft) -> None:
    action = data.draw(actions(draft).filter(lambda one: one.do is not Do.REMOVE))
    before = [node for _place, node in walk(draft) if isinstance(node, DraftCondition)]
    after = [node for _place, node in walk(apply(draft, action).draft) if isinstance(node, DraftCondition)]
    fresh = len(after) - len(before)
    assert fresh in ((0, 1) if action.do in (Do.ADD_CONDITION, Do.ADD_GROUP) else (0,))
    assert sorted(map(repr, after)) == sorted(map(repr, [*before, *[BLANK] * fresh]))


@pytest.mark.parametrize("place", [(), (0,), (3, 11, 0)])
def test_an_id_names_its_place(place: tuple[int, ...]) -> None:
    assert place_of(node_id(place)) == place


@pytest.mark.parametrize("text", ["", "m", "n-1", "n1-", "n0.op", "n1--2", "n9999"])
def test_what_is_no_id_names_no_place(text: str) -> None:
    assert place_of(text) is None


@pytest.mark.parametrize("text", ["", "explode:n0", "up:x", "save"])
def test_what_is_no_action_is_none(text: str) -> None:
    assert action_of(text) is None


def test_the_order_of_codes_says_nothing_and_that_of_conditions_does() -> None:
    def draft(*codes: str, more: tuple[Draft, ...] = ()) -> Draft:
        return DraftGroup(GroupKind.ALL, (DraftCondition("themes", "any_of", codes=codes), *more))

    assert same(draft("green", "digital"), draft("digital", "green"))
    assert not same(draft("green"), draft("digital", "green"))
    assert not same(draft("green"), draft("green", more=(DraftCondition(),)))
    assert not same(DraftCondition(), draft())


def test_a_button_names_its_action() -> None:
    assert action_of("add-condition:n0-1") == Action(Do.ADD_CONDITION, (0, 1))
    assert str(Action(Do.WRAP, (2,))) == "wrap:n2"


def test_none_of_several_is_written_as_not_any() -> None:
    flag, other = fitted(DraftCondition("high_tech", flag="true")), fitted(DraftCondition("gazelle", flag="true"))
    one = {"attribute": "high_tech", "op": "is", "value": True}
    two = {"attribute": "gazelle", "op": "is", "value": True}
    assert written(DraftGroup(NONE, (flag,))).rule == {"not": one}
    assert written(DraftGroup(NONE, (flag, other))).rule == {"not": {"any": [one, two]}}
    assert written(DraftGroup(NONE, (DraftGroup(ALL, (flag, other)),))).rule == {"not": {"all": [one, two]}}
    assert written(DraftGroup(NONE, (flag, BLANK))).rule == {"not": one}


def test_another_attribute_keeps_what_still_fits() -> None:
    revenue = DraftCondition("annual_revenue", "between", "500", "900", "wan_yuan")
    assert fitted(replace(revenue, attribute="net_profit"), "annual_revenue") == replace(
        revenue, attribute="net_profit"
    )
    assert fitted(replace(revenue, attribute="employees"), "annual_revenue") == DraftCondition(
        "employees", "between", unit="person"
    )
    assert fitted(replace(revenue, attribute="high_tech"), "annual_revenue") == DraftCondition("high_tech", "is")
    assert fitted(replace(revenue, attribute="no such"), "annual_revenue") == BLANK
    assert fitted(DraftCondition("annual_revenue")) == DraftCondition("annual_revenue", "at_least", unit="wan_yuan")


def test_another_comparison_keeps_what_still_fits() -> None:
    revenue = DraftCondition("annual_revenue", "at_most", "500", "900", "wan_yuan")
    assert fitted(revenue) == replace(revenue, high="")
    stages = DraftCondition("stage", "is", codes=("growth", "mature"))
    assert fitted(stages) == replace(stages, codes=("growth",))


def test_amounts_are_shown_in_ten_thousands_where_that_is_short() -> None:
    def shown(value: str) -> DraftCondition:
        node = draft_of(read({"attribute": "amount", "op": "at_least", "value": value}, EMPTY))
        assert isinstance(node, DraftCondition)
        return node

    assert (shown("5000000").low, shown("5000000").unit) == ("500", "wan_yuan")
    assert (shown("12345.67").low, shown("12345.67").unit) == ("12345.67", "yuan")


@pytest.mark.parametrize(("typed", "wanted"), [("1,200", "1200"), ("５００", "500"), (" 12.5 ", "12.5"), (".5", "0.5")])
def test_numbers_may_be_typed_as_people_do(typed: str, wanted: str) -> None:
    rule = written(DraftCondition("annual_revenue", "at_least", typed, unit="wan_yuan")).rule
    assert rule == {"attribute": "annual_revenue", "op": "at_least", "value": wanted, "unit": "wan_yuan"}


def test_every_faulty_condition_is_named_and_then_the_contradiction() -> None:
    low = DraftCondition("annual_revenue", "at_least", "900", unit="wan_yuan")
    wrong = replace(low, low="much")
    found = check(DraftGroup(ALL, (wrong, BLANK, DraftGroup(ANY, (wrong,)))), VOCABULARY)
    assert {place: (fault.code, fault.part) for place, fault in found.faults.items()} == {
        (0,): ("wrong_type", "value"),
        (2, 0): ("wrong_type", "value"),
    }
    high = DraftCondition("annual_revenue", "at_most", "100", unit="wan_yuan")
    found = check(DraftGroup(ALL, (BLANK, low, high)), VOCABULARY)
    assert {place: fault.code for place, fault in found.faults.items()} == {(2,): "empty_interval"}


def test_the_nearest_right_code_is_named() -> None:
    found = check(DraftGroup(ALL, (DraftCondition("stage", "one_of", codes=("growth", "matur")),)), VOCABULARY)
    fault = found.faults[(0,)]
    assert (fault.code, fault.part, fault.suggestion) == ("unknown_code", "value[1]", "mature")


def test_limits_are_held() -> None:
    full = DraftGroup(ALL, (BLANK,) * MAX_CONDITIONS)
    assert not allowed(full, Action(Do.ADD_CONDITION))
    assert not allowed(full, Action(Do.ADD_GROUP))
    deep: Draft = BLANK
    for _ in range(MAX_DEPTH):
        deep = DraftGroup(ALL, (deep,))
    assert not allowed(deep, Action(Do.WRAP, ROOT))
    assert allowed(deep, Action(Do.UNWRAP, (0,)))
    none = DraftGroup(ALL, (DraftGroup(ANY, (DraftGroup(ALL, (DraftGroup(NONE, (BLANK,)),)),)),))
    assert depth(none) == MAX_DEPTH - 1
    assert not allowed(none, Action(Do.ADD_CONDITION, (0, 0, 0)))


def test_actions_on_a_rule_of_one_condition() -> None:
    flag = fitted(DraftCondition("high_tech", flag="true"))
    assert apply(flag, Action(Do.ADD_CONDITION)).draft == DraftGroup(ALL, (flag, BLANK))
    assert apply(flag, Action(Do.REMOVE)).draft == EMPTY_DRAFT
    assert not allowed(flag, Action(Do.UP))
    assert apply(flag, Action(Do.WRAP)).draft == DraftGroup(ALL, (flag,))


def test_what_the_form_cannot_have_sent_is_passed_over() -> None:
    deep = {f"{node_id((0,) * level)}.node": ["all"] for level in range(300)}
    assert max(len(place) for place, _node in walk(draft_from_fields(deep))) == 10
    assert draft_from_fields({"n.node": ["what"], "n0.node": ["all"]}) == EMPTY_DRAFT
    assert draft_from_fields({}) == EMPTY_DRAFT
    assert ATTRIBUTES["high_tech"].kind is Kind.FLAG
    odd = {"n.node": ["condition"], "n.attribute": ["high_tech"], "n.was": ["high_tech"], "n.flag": ["maybe"]}
    assert draft_from_fields(odd) == DraftCondition("high_tech", "is")
