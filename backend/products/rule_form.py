"""A rule while somebody writes it: a tree of drafts, as flat form fields and as a rule's JSON. Pure.

A draft may lack what a rule must have: conditions without a value, groups without conditions. Its state is in the
form's fields, named by the node's place: `n` is the root, `n0` its first node, `n0-2` the third node of that one;
`n0-2.op` is a field of it. The places give the order.

A group `none` is written `{"not": node}` where it has one node and `{"not": {"any": nodes}}` where it has more, so that
every rule has exactly one draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from backend.common.typed_numbers import plain_number
from backend.eligibility.attributes import ATTRIBUTES, UNITS, Attribute, Kind, Label, Unit
from backend.eligibility.facts import EXACT, canonical
from backend.eligibility.nodes import OPS, AllOf, AnyOf, Condition, NotOf, Op, Rule, child_path
from backend.eligibility.rule import RuleError, parse, read
from backend.eligibility.vocabulary import Vocabulary

Place = tuple[int, ...]
"""Where a node stands: the positions that lead to it from the root, which is ()."""
Fields = Mapping[str, Sequence[str]]
ROOT: Place = ()
MONEY_UNIT = "wan_yuan"
"""What amounts are written in at first, as the field counts them."""
_FINEST = 4
"""Decimals of an amount in `MONEY_UNIT` up to which it is shown in it; a finer one is shown in the base unit."""
_DEEPEST = 10
"""Places that the form reads. No rule comes near; whoever sends more is not the form."""
_ID = re.compile(r"n(?:[0-9]{1,3}(?:-[0-9]{1,3})*)?")


class GroupKind(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DraftCondition:
    """`attribute` is a key of the registry or empty, `op` then fits it. `low` is the number of `at_least` and `at_most`
    as well; numbers are text as typed, in `unit`. `flag` is `true`, `false` or empty."""

    attribute: str = ""
    op: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    codes: tuple[str, ...] = ()
    flag: str = ""

    @property
    def complete(self) -> bool:
        attribute = ATTRIBUTES.get(self.attribute)
        if attribute is None:
            return False
        match attribute.kind:
            case Kind.NUMBER:
                return bool(self.low.strip()) and (self.op != Op.BETWEEN or bool(self.high.strip()))
            case Kind.FLAG:
                return bool(self.flag)
            case _:
                return bool(self.codes)


@dataclass(frozen=True, slots=True)
class DraftGroup:
    kind: GroupKind
    nodes: tuple[Draft, ...] = ()


Draft = DraftCondition | DraftGroup
EMPTY_DRAFT = DraftGroup(GroupKind.ALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a node. `part` is the piece of the condition at fault (`value`, `value[1]`, `op`), empty for
    the node itself; `code` is that of RuleError."""

    code: str
    message: Label
    part: str = ""
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A draft as a rule's JSON, without what is incomplete. `places`: path in the JSON → the node written there.
    `left_out`: incomplete conditions and empty groups."""

    rule: dict[str, object]
    places: Mapping[str, Place]
    left_out: int


@dataclass(frozen=True, slots=True)
class Checked:
    """`rule` is what the complete part of a draft says; None where that part has faults."""

    written: Written
    rule: Rule | None
    faults: Mapping[Place, Fault] = field(default_factory=dict)


def node_id(place: Place) -> str:
    return "n" + "-".join(map(str, place))


def place_of(text: str) -> Place | None:
    """The place that an id names; None where it is no id."""
    if not _ID.fullmatch(text):
        return None
    return tuple(int(position) for position in text[1:].split("-")) if len(text) > 1 else ROOT


def walk(draft: Draft, place: Place = ROOT) -> Iterator[tuple[Place, Draft]]:
    """Every node with its place, in the order of reading."""
    yield place, draft
    if isinstance(draft, DraftGroup):
        for position, node in enumerate(draft.nodes):
            yield from walk(node, (*place, position))


def condition_count(draft: Draft) -> int:
    return sum(isinstance(node, DraftCondition) for _place, node in walk(draft))


def depth(draft: Draft) -> int:
    """How deep groups nest, counted as `rule.parse` counts them."""
    if isinstance(draft, DraftCondition):
        return 0
    inner = max(map(depth, draft.nodes), default=0)
    if draft.kind is not GroupKind.NONE:
        return 1 + inner
    if len(draft.nodes) == 1:
        return 0 if isinstance(draft.nodes[0], DraftCondition) else 1 + inner
    return 2 + inner


def draft_of(rule: Rule) -> Draft:
    """The draft that is written as `rule` again."""
    match rule:
        case Condition():
            return _draft_condition(rule)
        case AllOf(nodes):
            return DraftGroup(GroupKind.ALL, tuple(map(draft_of, nodes)))
        case AnyOf(nodes):
            return DraftGroup(GroupKind.ANY, tuple(map(draft_of, nodes)))
        case NotOf(AnyOf(nodes)) if len(nodes) > 1:
            return DraftGroup(GroupKind.NONE, tuple(map(draft_of, nodes)))
        case NotOf(node):
            return DraftGroup(GroupKind.NONE, (draft_of(node),))


def units_of(attribute: Attribute) -> tuple[Unit, ...]:
    """The units in which a number of this attribute may be given."""
    if attribute.unit is None:
        return ()
    dimension = UNITS[attribute.unit].dimension
    return tuple(unit for unit in UNITS.values() if unit.dimension == dimension)


def fields_of(draft: Draft) -> dict[str, list[str]]:
    """The form's fields that hold the draft."""
    fields: dict[str, list[str]] = {}
    for place, node in walk(draft):
        name = node_id(place)
        if isinstance(node, DraftGroup):
            fields[f"{name}.node"] = [node.kind.value]
            continue
        given = {
            "node": ["condition"],
            "attribute": [node.attribute],
            "was": [node.attribute],
            "op": [node.op],
            "low": [node.low],
            "high": [node.high],
            "unit": [node.unit],
            "codes": list(node.codes),
            "flag": [node.flag],
        }
        fields |= {f"{name}.{key}": values for key, values in given.items() if values and values != [""]}
    return fields


def draft_from_fields(fields: Fields) -> Draft:
    """The draft in a form. What does not fit together, after another attribute or comparison was chosen, is left out;
    fields that belong to no node are passed over."""
    return _read_node(fields, ROOT) or EMPTY_DRAFT


def fitted(condition: DraftCondition, was: str | None = None) -> DraftCondition:
    """The condition with a comparison and inputs that fit its attribute. `was`: the attribute that the inputs were
    given for; a number keeps its value in the same dimension, codes in the same vocabulary."""
    attribute = ATTRIBUTES.get(condition.attribute)
    if attribute is None:
        return DraftCondition()
    before = attribute if was is None else ATTRIBUTES.get(was)
    ops = OPS[attribute.kind]
    op = condition.op if condition.op in tuple(ops) else ops[0].value
    plain = DraftCondition(attribute=attribute.key, op=op)
    match attribute.kind:
        case Kind.NUMBER:
            units = [unit.key for unit in units_of(attribute)]
            first = MONEY_UNIT if MONEY_UNIT in units else attribute.unit or ""
            unit = condition.unit if condition.unit in units else first
            if before is None or [unit.key for unit in units_of(before)] != units:
                return replace(plain, unit=unit)
            return replace(plain, low=condition.low, high=condition.high if op == Op.BETWEEN else "", unit=unit)
        case Kind.FLAG:
            keeps = before is attribute and condition.flag in ("true", "false")
            return replace(plain, flag=condition.flag if keeps else "")
        case _:
            codes = condition.codes if before is not None and before.scheme == attribute.scheme else ()
            codes = tuple(dict.fromkeys(code for code in codes if code))
            return replace(plain, codes=codes[:1] if op == Op.IS else codes)


def written(draft: Draft) -> Written:
    places: dict[str, Place] = {}
    whole = _pruned(draft, ROOT)
    rule = {} if whole is None else _write(whole, "", places)
    left_out = sum(incomplete(node, place) for place, node in walk(draft))
    return Written({} if rule == {"all": []} else rule, places or {"": ROOT}, left_out)


def incomplete(node: Draft, place: Place) -> bool:
    """Is something still to be filled in here? A rule without any condition is whole: it admits everybody."""
    if isinstance(node, DraftCondition):
        return not node.complete
    return not node.nodes and place != ROOT


def check(draft: Draft, vocabulary: Vocabulary) -> Checked:
    """The rule that the complete part of the draft says, or every condition's own fault; where each condition is right
    by itself, the fault of the whole at the node that it lies in."""
    said = written(draft)
    faults: dict[Place, Fault] = {}
    for place, node in walk(draft):
        if isinstance(node, DraftCondition) and node.complete:
            try:
                read(_condition_json(node), vocabulary)
            except RuleError as error:
                faults[place] = Fault(error.code, error.message, error.path, error.suggestion)
    if faults:
        return Checked(said, None, faults)
    try:
        return Checked(said, parse(said.rule, vocabulary))
    except RuleError as error:
        place, part = _located(error.path, said.places)
        return Checked(said, None, {place: Fault(error.code, error.message, part, error.suggestion)})


@dataclass(frozen=True, slots=True)
class _Placed:
    """A node of the complete part, with its place in the whole draft."""

    place: Place
    node: DraftCondition | GroupKind
    inner: tuple[_Placed, ...] = ()


def _pruned(draft: Draft, place: Place) -> _Placed | None:
    if isinstance(draft, DraftCondition):
        return _Placed(place, draft) if draft.complete else None
    inner = (_pruned(node, (*place, position)) for position, node in enumerate(draft.nodes))
    kept = tuple(one for one in inner if one is not None)
    return _Placed(place, draft.kind, kept) if kept else None


def _write(placed: _Placed, path: str, places: dict[str, Place]) -> dict[str, object]:
    places[path] = placed.place
    if isinstance(placed.node, DraftCondition):
        return _condition_json(placed.node)
    if placed.node is not GroupKind.NONE:
        name = placed.node.value
        return {name: [_write(one, child_path(path, name, number), places) for number, one in enumerate(placed.inner)]}
    path = child_path(path, "not")
    if len(placed.inner) == 1:
        return {"not": _write(placed.inner[0], path, places)}
    places[path] = placed.place
    inner = [_write(one, child_path(path, "any", number), places) for number, one in enumerate(placed.inner)]
    return {"not": {"any": inner}}


def _located(path: str, places: Mapping[str, Place]) -> tuple[Place, str]:
    """The node that a fault's path leads to, and what is left of the path."""
    found = max((known for known in places if path == known or path.startswith((f"{known}.", f"{known}["))), key=len,
                default="")  # fmt: skip
    return places.get(found, ROOT), path[len(found) :].lstrip(".")


def _condition_json(node: DraftCondition) -> dict[str, object]:
    attribute = ATTRIBUTES[node.attribute]
    said: dict[str, object] = {"attribute": node.attribute, "op": node.op}
    match attribute.kind:
        case Kind.NUMBER:
            low, high = plain_number(node.low), plain_number(node.high)
            said |= {"value": [low, high] if node.op == Op.BETWEEN else low, "unit": node.unit}
        case Kind.FLAG:
            said["value"] = node.flag == "true"
        case _:
            said["value"] = node.codes[0] if node.op == Op.IS else list(node.codes)
    return said


def _draft_condition(condition: Condition) -> DraftCondition:
    attribute = condition.attribute
    draft = DraftCondition(attribute=attribute.key, op=condition.op.value)
    match attribute.kind:
        case Kind.NUMBER:
            low, high = condition.bounds
            bounds = [bound for bound in (low, high) if bound is not None]
            unit = _shown_in(attribute, bounds)
            texts = [canonical(EXACT.divide(bound, unit.factor)) for bound in bounds]
            return replace(draft, low=texts[0], high=texts[1] if len(texts) > 1 else "", unit=unit.key)
        case Kind.FLAG:
            return replace(draft, flag="true" if condition.value is True else "false")
        case _:
            return replace(draft, codes=tuple(sorted(condition.codes)))


def _shown_in(attribute: Attribute, bounds: Sequence[Decimal]) -> Unit:
    for unit in units_of(attribute):
        if unit.key == MONEY_UNIT:
            scaled = [EXACT.divide(bound, unit.factor) for bound in bounds]
            if all(number == round(number, _FINEST) for number in scaled):
                return unit
    return UNITS[attribute.unit or "item"]


def _read_node(fields: Fields, place: Place) -> Draft | None:
    name = node_id(place)
    kind = _first(fields, f"{name}.node")
    if kind == "condition":
        condition = DraftCondition(
            attribute=_first(fields, f"{name}.attribute"),
            op=_first(fields, f"{name}.op"),
            low=_first(fields, f"{name}.low"),
            high=_first(fields, f"{name}.high"),
            unit=_first(fields, f"{name}.unit"),
            codes=tuple(fields.get(f"{name}.codes", ())),
            flag=_first(fields, f"{name}.flag"),
        )
        return fitted(condition, _first(fields, f"{name}.was"))
    if kind not in tuple(GroupKind):
        return None
    nodes: list[Draft] = []
    while len(place) < _DEEPEST and (node := _read_node(fields, (*place, len(nodes)))) is not None:
        nodes.append(node)
    return DraftGroup(GroupKind(kind), tuple(nodes))


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")
