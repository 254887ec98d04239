"""What the buttons of the rule editor do to a draft. Pure: a tree and an action give another tree.

No action makes a rule deeper or longer than rules may be; `allowed` says beforehand which would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from backend.eligibility.nodes import MAX_CONDITIONS, MAX_DEPTH
from backend.products.rule_form import (
    EMPTY_DRAFT,
    ROOT,
    Draft,
    DraftCondition,
    DraftGroup,
    GroupKind,
    Place,
    condition_count,
    depth,
    node_id,
    place_of,
)


class Do(StrEnum):
    ADD_CONDITION = "add-condition"  # at the end of a group
    ADD_GROUP = "add-group"  # at the end of a group, with a condition to fill in
    UP = "up"  # one step earlier in the order of reading, into and out of groups
    DOWN = "down"
    WRAP = "wrap"  # a group around the node
    UNWRAP = "unwrap"  # the group's nodes take its place
    REMOVE = "remove"
    REFRESH = "refresh"  # nothing but reading the form again


@dataclass(frozen=True, slots=True)
class Action:
    do: Do
    place: Place = ROOT

    def __str__(self) -> str:
        return f"{self.do.value}:{node_id(self.place)}"


@dataclass(frozen=True, slots=True)
class Done:
    """`focus`: the node to go on with."""

    draft: Draft
    focus: Place


def action_of(text: str) -> Action | None:
    """The action that a button's value names; None where it names none."""
    name, _colon, node = text.partition(":")
    place = place_of(node or "n")
    return Action(Do(name), place) if name in tuple(Do) and place is not None else None


def apply(draft: Draft, action: Action) -> Done:
    """The draft after the action; the draft as it was where the action cannot be done."""
    return _done(draft, action) or Done(draft, action.place if node_at(draft, action.place) else ROOT)


def allowed(draft: Draft, action: Action) -> bool:
    """Would the action be done?"""
    return _done(draft, action) is not None


def node_at(draft: Draft, place: Place) -> Draft | None:
    for position in place:
        if not isinstance(draft, DraftGroup) or position >= len(draft.nodes):
            return None
        draft = draft.nodes[position]
    return draft


def _done(draft: Draft, action: Action) -> Done | None:
    node = node_at(draft, action.place)
    if node is None:
        return None
    done = _ACTIONS[action.do](draft, node, action.place)
    return done if done is not None and _fits(done.draft, draft) else None


def _fits(draft: Draft, before: Draft) -> bool:
    """Within the limits, or at least no further beyond them than before."""
    return depth(draft) <= max(MAX_DEPTH, depth(before)) and condition_count(draft) <= max(
        MAX_CONDITIONS, condition_count(before)
    )


def _add_condition(draft: Draft, node: Draft, place: Place) -> Done | None:
    return _added(draft, node, place, DraftCondition())


def _add_group(draft: Draft, node: Draft, place: Place) -> Done | None:
    """Of the other kind than the group that it stands in: one of the same kind would change nothing."""
    added = _added(draft, node, place, DraftGroup(_other(node), (DraftCondition(),)))
    return added and Done(added.draft, (*added.focus, 0))


def _added(draft: Draft, node: Draft, place: Place, new: Draft) -> Done | None:
    """A condition that is the whole rule is joined by the new node in a group."""
    if isinstance(node, DraftGroup):
        group = replace(node, nodes=(*node.nodes, new))
    elif place == ROOT:
        group = DraftGroup(GroupKind.ALL, (node, new))
    else:
        return None
    return Done(_put(draft, place, (group,)), (*place, len(group.nodes) - 1))


def _wrap(draft: Draft, node: Draft, place: Place) -> Done | None:
    parent = node_at(draft, place[:-1]) if place else node
    kind = _other(parent) if parent is not None else GroupKind.ALL
    return Done(_put(draft, place, (DraftGroup(kind, (node,)),)), place)


def _unwrap(draft: Draft, node: Draft, place: Place) -> Done | None:
    if not isinstance(node, DraftGroup) or not node.nodes or (place == ROOT and len(node.nodes) > 1):
        return None
    return Done(_put(draft, place, node.nodes), place)


def _remove(draft: Draft, node: Draft, place: Place) -> Done | None:
    """The focus goes to what now stands in its place, else to what precedes it, else to the group."""
    if place == ROOT:
        return Done(EMPTY_DRAFT, ROOT)
    left = _put(draft, place, ())
    *above, last = place
    for focus in (place, (*above, last - 1)):
        if focus[-1] >= 0 and node_at(left, focus) is not None:
            return Done(left, focus)
    return Done(left, tuple(above))


def _up(draft: Draft, node: Draft, place: Place) -> Done | None:
    """Before what precedes it; into a group that precedes it, as its last; out of its group from the first place."""
    if place == ROOT:
        return None
    above, last = place[:-1], place[-1]
    if last == 0:
        return Done(_insert(_put(draft, place, ()), above, node), above) if above else None
    before = (*above, last - 1)
    group = node_at(draft, before)
    taken = _put(draft, place, ())
    if isinstance(group, DraftGroup):
        inside = (*before, len(group.nodes))
        moved = _insert(taken, inside, node)
        if _fits(moved, draft):
            return Done(moved, inside)
    return Done(_insert(taken, before, node), before)


def _down(draft: Draft, node: Draft, place: Place) -> Done | None:
    """The reverse of `up`."""
    if place == ROOT:
        return None
    above, last = place[:-1], place[-1]
    taken, after = _put(draft, place, ()), (*above, last + 1)
    group = node_at(draft, after)
    if group is None:
        outside = (*above[:-1], above[-1] + 1) if above else None
        return Done(_insert(taken, outside, node), outside) if outside else None
    if isinstance(group, DraftGroup):
        inside = (*place, 0)
        moved = _insert(taken, inside, node)
        if _fits(moved, draft):
            return Done(moved, inside)
    return Done(_insert(taken, after, node), after)


def _refresh(draft: Draft, node: Draft, place: Place) -> Done | None:
    return Done(draft, place)


_ACTIONS: dict[Do, Callable[[Draft, Draft, Place], Done | None]] = {
    Do.ADD_CONDITION: _add_condition,
    Do.ADD_GROUP: _add_group,
    Do.UP: _up,
    Do.DOWN: _down,
    Do.WRAP: _wrap,
    Do.UNWRAP: _unwrap,
    Do.REMOVE: _remove,
    Do.REFRESH: _refresh,
}


def _other(node: Draft) -> GroupKind:
    return GroupKind.ANY if isinstance(node, DraftGroup) and node.kind is GroupKind.ALL else GroupKind.ALL


def _put(draft: Draft, place: Place, nodes: tuple[Draft, ...]) -> Draft:
    """The draft with `nodes` instead of the node at `place`. The root has exactly one node."""
    if not place:
        return nodes[0]
    if not isinstance(draft, DraftGroup):
        raise ValueError(f"there is nothing at {place}")
    first, rest = place[0], place[1:]
    inner = (_put(draft.nodes[first], rest, nodes),) if rest else nodes
    return replace(draft, nodes=(*draft.nodes[:first], *inner, *draft.nodes[first + 1 :]))


def _insert(draft: Draft, place: Place, node: Draft) -> Draft:
    """The draft with `node` at `place`; what stood there and after it moves on."""
    if not isinstance(draft, DraftGroup) or not place:
        raise ValueError(f"nothing can be put at {place}")
    first, rest = place[0], place[1:]
    if rest:
        inner = _insert(draft.nodes[first], rest, node)
        return replace(draft, nodes=(*draft.nodes[:first], inner, *draft.nodes[first + 1 :]))
    return replace(draft, nodes=(*draft.nodes[:first], node, *draft.nodes[first:]))
