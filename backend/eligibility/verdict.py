"""The reference reading of a rule: three-valued (Kleene) judgement of the facts of one (company, need).

A missing fact makes a condition unknown, never unmet. `all` is as bad as its worst node, `any` as good as its best,
`not` turns met and unmet round and leaves unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from backend.eligibility.attributes import Attribute, Facts, Kind, Value
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule, child_path
from backend.eligibility.phrases import finding, requirement
from backend.eligibility.vocabulary import Vocabulary


class State(IntEnum):
    """Ordered from bad to good, so that `all` is the minimum and `any` the maximum."""

    UNMET = 0
    UNKNOWN = 1
    MET = 2

    @property
    def key(self) -> str:
        """`unmet`, `unknown` or `met`: the stable name in JSON."""
        return self.name.lower()

    def negated(self) -> State:
        return _NEGATED[self]


_NEGATED = {State.UNMET: State.MET, State.UNKNOWN: State.UNKNOWN, State.MET: State.UNMET}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One node's judgement. `path` is the node's path in the rule's JSON; the root's is empty.

    `state` is the node's own. `negated` says that an odd number of `not` stands above it, so that the rule wants
    the opposite. `found` is the fact that a condition met, None where it is unknown.
    """

    path: str
    state: State
    node: Rule
    negated: bool = False
    children: tuple[Verdict, ...] = ()
    found: Value | None = None

    @property
    def asked(self) -> Condition:
        """The condition of a leaf; TypeError on a group."""
        if isinstance(self.node, Condition):
            return self.node
        raise TypeError(f"{self.path or 'the rule'} is a group")

    @property
    def attribute(self) -> Attribute:
        return self.asked.attribute

    @property
    def effective(self) -> State:
        """The state as the rule sees it, every `not` above taken into account."""
        return self.state.negated() if self.negated else self.state

    def leaves(self) -> Iterator[Verdict]:
        """The judgement of every condition, in the rule's order."""
        if isinstance(self.node, Condition):
            yield self
        for child in self.children:
            yield from child.leaves()


def judge(rule: Rule, facts: Facts, vocabulary: Vocabulary) -> Verdict:
    """Judge `facts` (normalised, see `facts.normalise`) by `rule`, keeping every node's state and what was found."""
    return _judge(rule, facts, vocabulary, "", False)


def _judge(rule: Rule, facts: Facts, vocabulary: Vocabulary, path: str, negated: bool) -> Verdict:
    match rule:
        case Condition(attribute):
            found = facts.get(attribute.key)
            return Verdict(path, condition_state(rule, found, vocabulary), rule, negated, found=found)
        case NotOf(node):
            child = _judge(node, facts, vocabulary, child_path(path, "not"), not negated)
            return Verdict(path, child.state.negated(), rule, negated, (child,))
        case AllOf(nodes) | AnyOf(nodes):
            name = "all" if isinstance(rule, AllOf) else "any"
            children = tuple(
                _judge(node, facts, vocabulary, child_path(path, name, index), negated)
                for index, node in enumerate(nodes)
            )
            states = [child.state for child in children]
            state = min(states, default=State.MET) if isinstance(rule, AllOf) else max(states, default=State.UNMET)
            return Verdict(path, state, rule, negated, children)


def state_of(rule: Rule, facts: Facts, vocabulary: Vocabulary) -> State:
    """`judge(…).state` without building the tree: for judging many at once."""
    match rule:
        case Condition(attribute):
            return condition_state(rule, facts.get(attribute.key), vocabulary)
        case NotOf(node):
            return state_of(node, facts, vocabulary).negated()
        case AllOf(nodes):
            worst = State.MET
            for node in nodes:
                state = state_of(node, facts, vocabulary)
                if state is State.UNMET:
                    return state
                worst = min(worst, state)
            return worst
        case AnyOf(nodes):
            best = State.UNMET
            for node in nodes:
                state = state_of(node, facts, vocabulary)
                if state is State.MET:
                    return state
                best = max(best, state)
            return best


def condition_state(condition: Condition, found: Value | None, vocabulary: Vocabulary) -> State:
    """One condition against one fact; None is an unknown fact. A fact of the wrong type raises TypeError."""
    if found is None:
        return State.UNKNOWN
    return State.MET if _holds(condition, found, vocabulary) else State.UNMET


def _holds(condition: Condition, found: Value, vocabulary: Vocabulary) -> bool:
    attribute = condition.attribute
    match attribute.kind:
        case Kind.FLAG if isinstance(found, bool):
            return found == condition.value
        case Kind.NUMBER if not isinstance(found, (bool, str, frozenset)):
            low, high = condition.bounds
            return (low is None or found >= low) and (high is None or found <= high)
        case Kind.CODE | Kind.TREE if isinstance(found, str):
            if condition.op is Op.WITHIN:
                path = vocabulary.path(attribute.scheme or "", found)
                return not condition.codes.isdisjoint(path)
            return found in condition.codes
        case Kind.CODES if isinstance(found, frozenset):
            if condition.op is Op.ALL_OF:
                return condition.codes <= found
            return not condition.codes.isdisjoint(found)
    raise TypeError(f"{attribute.key}: {found!r} is no {attribute.kind} value")


def phrase(leaf: Verdict, language: str, vocabulary: Vocabulary) -> str:
    """A leaf in words: what the rule asks, and what was found. `成立满2年，现为3.5年`.

    A `not` above the leaf is part of what is asked. Chinese for a language that begins with `zh`, else English.
    """
    asked = requirement(leaf.asked, not leaf.negated, language, vocabulary)
    found = finding(leaf.attribute, leaf.found, language, vocabulary)
    return sentence(leaf.attribute, leaf.effective, asked, found, language)


def sentence(attribute: Attribute, effective: State, asked: str, found: str, language: str) -> str:
    """The two halves of a `phrase`, each said already, put together."""
    if not language.startswith("zh"):
        return f"{asked}; {found}"
    if attribute.kind is not Kind.FLAG:
        return f"{asked}，{found}"
    return asked if effective is State.MET else f"要求{asked}，{found}"
