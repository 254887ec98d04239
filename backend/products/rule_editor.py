"""The rule editor as its page shows it: each node with its choices, its marks and what its buttons may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Kind, Subject, Unit
from backend.eligibility.nodes import MAX_CONDITIONS, MAX_DEPTH, OPS, Op
from backend.eligibility.vocabulary import Vocabulary
from backend.products.rule_actions import Action, Do, allowed
from backend.products.rule_form import (
    ROOT,
    Checked,
    Draft,
    DraftCondition,
    DraftGroup,
    Fault,
    GroupKind,
    Place,
    condition_count,
    depth,
    incomplete,
    node_id,
    units_of,
)

_OPS: Mapping[Op, object] = {
    Op.IS: pgettext_lazy("comparison", "is"),
    Op.ONE_OF: pgettext_lazy("comparison", "is one of"),
    Op.ANY_OF: pgettext_lazy("comparison", "includes any of"),
    Op.ALL_OF: pgettext_lazy("comparison", "includes all of"),
    Op.AT_LEAST: pgettext_lazy("comparison", "at least"),
    Op.AT_MOST: pgettext_lazy("comparison", "at most"),
    Op.BETWEEN: pgettext_lazy("comparison", "between"),
    Op.WITHIN: pgettext_lazy("comparison", "lies within"),
}
_GROUPS: Mapping[GroupKind, object] = {
    GroupKind.ALL: gettext_lazy("All of these"),
    GroupKind.ANY: gettext_lazy("Any one of these"),
    GroupKind.NONE: gettext_lazy("None of these may hold"),
}
_JOINTS: Mapping[GroupKind, object] = {
    GroupKind.ALL: pgettext_lazy("between conditions", "and"),
    GroupKind.ANY: pgettext_lazy("between conditions", "or"),
    GroupKind.NONE: pgettext_lazy("between conditions", "nor"),
}
_SUBJECTS: Mapping[Subject, object] = {
    Subject.COMPANY: gettext_lazy("Of the company"),
    Subject.NEED: gettext_lazy("Of the need"),
}

BLANK = DraftCondition()


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool
    inner: tuple[Choice, ...] = ()

    @property
    def chosen_within(self) -> int:
        return sum(one.chosen + one.chosen_within for one in self.inner)

    @property
    def opened(self) -> bool:
        """A branch is shown open where something in it is chosen, or where it is all there is."""
        return self.chosen_within > 0 or len(self.inner) == 1 or any(one.opened for one in self.inner)


@dataclass(frozen=True, slots=True)
class Button:
    """`reason`: why it cannot be done, empty where it can."""

    value: str
    label: str
    icon: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node. `inputs`: number, flag, code, codes, tree, or empty where no attribute is chosen. `mark` says what is
    still missing, `fault` what is wrong. `joint` stands before it. `chosen`: the codes chosen, in words; the
    list of all is `opened` where none is, and where the comparison has just changed."""

    id: str
    group: bool
    focus: bool
    mark: str
    fault: str
    joint: str
    buttons: tuple[Button, ...]
    kinds: tuple[Choice, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    add: tuple[Button, ...] = ()
    condition: DraftCondition = BLANK
    name: str = ""
    attributes: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    ops: tuple[Choice, ...] = ()
    inputs: str = ""
    units: tuple[Choice, ...] = ()
    codes: tuple[Choice, ...] = ()
    chosen: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class EditorView:
    root: NodeView
    conditions: int
    depth: int
    faults: tuple[tuple[str, str, str], ...]
    """(node id, what it is, what is wrong), in the order of reading."""
    most_conditions: int = MAX_CONDITIONS
    most_depth: int = MAX_DEPTH


def editor_view(
    draft: Draft,
    checked: Checked,
    *,
    language: str,
    vocabulary: Vocabulary,
    focus: Place | None = None,
    at: Place | None = None,
    all_marks: bool = False,
) -> EditorView:
    """`focus`: the node to go on with, `at`: the one whose attribute or comparison was changed. `all_marks`: say of
    every unfinished node what is missing as a fault, as after trying to save."""
    builder = _Builder(draft, checked, language, vocabulary, focus, at)
    root = builder.node(draft, ROOT, "")
    faults = tuple(
        (node.id, node.name, node.fault or node.mark) for node in _flat(root) if node.fault or (all_marks and node.mark)
    )
    return EditorView(root, condition_count(draft), depth(draft), faults)


def _flat(node: NodeView) -> Iterable[NodeView]:
    yield node
    for inner in node.nodes:
        yield from _flat(inner)


class _Builder:
    def __init__(
        self,
        draft: Draft,
        checked: Checked,
        language: str,
        vocabulary: Vocabulary,
        focus: Place | None,
        at: Place | None,
    ) -> None:
        self.draft = draft
        self.checked = checked
        self.language = language
        self.vocabulary = vocabulary
        self.focus = focus
        self.at = at

    def node(self, node: Draft, place: Place, joint: str) -> NodeView:
        fault = self.checked.faults.get(place)
        if isinstance(node, DraftGroup):
            return self.group(node, place, joint, "" if fault is None else self.said(fault, None))
        return self.condition(node, place, joint, fault)

    def group(self, node: DraftGroup, place: Place, joint: str, fault: str) -> NodeView:
        inner_joint = str(_JOINTS[node.kind])
        adding = (
            self.button(Do.ADD_CONDITION, place, _("Add a condition"), "plus"),
            self.button(Do.ADD_GROUP, place, _("Add a group"), "group"),
        )
        return NodeView(
            id=node_id(place),
            group=True,
            focus=place == self.focus,
            mark=_("This group is empty: add a condition or remove it.") if incomplete(node, place) else "",
            fault=fault,
            joint=joint,
            buttons=(*self.moves(place), *self.ungrouping(node, place)),
            kinds=tuple(Choice(kind.value, str(label), kind is node.kind) for kind, label in _GROUPS.items()),
            nodes=tuple(
                self.node(inner, (*place, number), inner_joint if number else "")
                for number, inner in enumerate(node.nodes)
            ),
            add=adding,
            name=_("Group"),
        )

    def condition(self, node: DraftCondition, place: Place, joint: str, fault: Fault | None) -> NodeView:
        attribute = ATTRIBUTES.get(node.attribute)
        mark = ""
        if attribute is None:
            mark = _("Choose what is compared.")
        elif not node.complete:
            mark = _missing_value(attribute, node)
        return NodeView(
            id=node_id(place),
            group=False,
            focus=place == self.focus,
            mark=mark,
            fault="" if fault is None else self.said(fault, attribute),
            joint=joint,
            buttons=(*self.moves(place), self.button(Do.REMOVE, place, _("Remove"), "remove")),
            add=(self.button(Do.ADD_CONDITION, place, _("Add a condition"), "plus"),) if place == ROOT else (),
            condition=node,
            name=attribute.label.in_language(self.language) if attribute else _("New condition"),
            attributes=self.attributes(node.attribute),
            ops=self.ops(attribute, node.op),
            inputs=_inputs(attribute, node.op),
            units=self.units(attribute, node.unit),
            codes=self.codes(attribute, node.codes),
            chosen=self.chosen(attribute, node.codes),
            opened=not node.codes or place == self.at,
        )

    def attributes(self, chosen: str) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
        return tuple(
            (
                str(label),
                tuple(
                    Choice(one.key, one.label.in_language(self.language), one.key == chosen)
                    for one in ATTRIBUTES.values()
                    if one.subject is subject
                ),
            )
            for subject, label in _SUBJECTS.items()
        )

    def ops(self, attribute: Attribute | None, chosen: str) -> tuple[Choice, ...]:
        known = OPS[attribute.kind] if attribute is not None and attribute.kind is not Kind.FLAG else ()
        return tuple(Choice(op.value, str(_OPS[op]), op == chosen) for op in known)

    def units(self, attribute: Attribute | None, chosen: str) -> tuple[Choice, ...]:
        known = units_of(attribute) if attribute is not None else ()
        return tuple(
            Choice(unit.key, unit_text(unit, self.language, self.vocabulary), unit.key == chosen) for unit in known
        )

    def codes(self, attribute: Attribute | None, chosen: tuple[str, ...]) -> tuple[Choice, ...]:
        """The vocabulary's codes as a tree; chosen ones that it lacks come last, so that none is lost unseen."""
        if attribute is None or attribute.scheme is None:
            return ()
        known = self.vocabulary.terms(attribute.scheme)
        lost = [code for code in chosen if code not in known]
        gone = (Choice(code, _("%(code)s (no such code)") % {"code": code}, True) for code in lost)
        return (*self.branch(attribute.scheme, None, frozenset(chosen)), *gone)

    def chosen(self, attribute: Attribute | None, codes: tuple[str, ...]) -> str:
        if attribute is None or attribute.scheme is None:
            return ""
        order = self.vocabulary.positions(attribute.scheme)
        ranked = sorted(codes, key=lambda code: (order.get(code, len(order)), code))
        labels = [self.vocabulary.label(attribute.scheme, code).in_language(self.language) for code in ranked]
        return ("、" if self.language.startswith("zh") else ", ").join(labels)

    def branch(self, scheme: str, above: str | None, chosen: frozenset[str]) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                term.code,
                term.label.in_language(self.language),
                term.code in chosen,
                self.branch(scheme, term.code, chosen),
            )
            for term in self.vocabulary.children(scheme, above)
        )

    def moves(self, place: Place) -> tuple[Button, ...]:
        moving = (
            (self.button(Do.UP, place, _("Move up"), "up"), self.button(Do.DOWN, place, _("Move down"), "down"))
            if place
            else ()
        )
        return (*moving, self.button(Do.WRAP, place, _("Put into a group of its own"), "group"))

    def ungrouping(self, node: DraftGroup, place: Place) -> tuple[Button, ...]:
        if place == ROOT:
            return () if len(node.nodes) > 1 else (self.button(Do.UNWRAP, place, _("Dissolve the group"), "ungroup"),)
        return (
            self.button(Do.UNWRAP, place, _("Dissolve the group"), "ungroup"),
            self.button(Do.REMOVE, place, _("Remove"), "remove"),
        )

    def button(self, do: Do, place: Place, label: str, icon: str) -> Button:
        action = Action(do, place)
        return Button(str(action), label, icon, "" if allowed(self.draft, action) else self.refusal(do))

    def refusal(self, do: Do) -> str:
        """Why an action cannot be done here."""
        if do in (Do.ADD_CONDITION, Do.ADD_GROUP) and condition_count(self.draft) >= MAX_CONDITIONS:
            return _("A rule has at most %(number)s conditions.") % {"number": MAX_CONDITIONS}
        if do in (Do.ADD_CONDITION, Do.ADD_GROUP, Do.WRAP):
            return _("Groups nest at most %(number)s deep.") % {"number": MAX_DEPTH}
        if do is Do.UNWRAP:
            return _("There is nothing in it to keep.")
        return _("It stands at the end already.")

    def said(self, fault: Fault, attribute: Attribute | None) -> str:
        """The fault in the words of somebody who fills in a form."""
        if fault.code == "wrong_type" and attribute is not None and attribute.kind is Kind.NUMBER:
            return _("Give a number, such as 500 or 12.5.")
        message = fault.message.in_language(self.language)
        message = message[:1].upper() + message[1:]
        ended = message if message.endswith(("。", ".")) else message + _(".")
        if not fault.suggestion or fault.code == "wrong_op":
            return ended
        scheme = attribute.scheme if attribute is not None else None
        nearest = self.vocabulary.label(scheme, fault.suggestion) if scheme else None
        shown = nearest.in_language(self.language) if nearest else fault.suggestion
        return _("%(message)s Did you mean %(suggestion)s?") % {"message": ended, "suggestion": shown}


def unit_text(unit: Unit, language: str, vocabulary: Vocabulary) -> str:
    """A unit as it is chosen: 万元, 10,000 yuan; money in the pack's own currency."""
    if unit.dimension != "money":
        return unit.label.in_language(language)
    name, factor = vocabulary.currency.in_language(language), int(unit.factor)
    if language.startswith("zh"):
        return {10_000: "万", 100_000_000: "亿"}.get(factor, "") + name
    if factor < 1_000_000:
        return name if factor == 1 else f"{factor:,} {name}"
    return f"{factor // 1_000_000} million {name}"


def _missing_value(attribute: Attribute, node: DraftCondition) -> str:
    match attribute.kind:
        case Kind.NUMBER if node.op == Op.BETWEEN:
            return _("Give both numbers.")
        case Kind.NUMBER:
            return _("Give a number.")
        case Kind.FLAG:
            return _("Choose yes or no.")
        case _:
            return _("Choose a value.") if node.op == Op.IS else _("Choose one value or more.")


def _inputs(attribute: Attribute | None, op: str) -> str:
    if attribute is None:
        return ""
    match attribute.kind:
        case Kind.NUMBER:
            return "number"
        case Kind.FLAG:
            return "flag"
        case _ if op == Op.IS:
            return "code"
        case Kind.TREE:
            return "tree"
        case _:
            return "codes"
