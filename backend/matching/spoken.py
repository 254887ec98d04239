"""Every condition of a rule with what was found, in words, for many facts: what does not depend on the facts is said
once. `judge` and `phrase` of `backend.eligibility.verdict` give the same one at a time; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backend.eligibility.attributes import Attribute, Facts, Value
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule, child_path
from backend.eligibility.phrases import finding, requirement
from backend.eligibility.verdict import State, sentence
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.compiled import Check, compile_check
from backend.matching.results import Finding

_KEYS = {state.value: state.key for state in State}
_KEPT = 50_000


class FoundWords:
    """What was found, said once for each value of an attribute; the texts are forgotten when there are many."""

    def __init__(self, language: str, vocabulary: Vocabulary) -> None:
        self._language = language
        self._vocabulary = vocabulary
        self._said: dict[tuple[str, Value | None], str] = {}

    def say(self, attribute: Attribute, found: Value | None) -> str:
        key = (attribute.key, found)  # within one attribute all values are of one type, so that equal ones read alike
        text = self._said.get(key)
        if text is None:
            if len(self._said) >= _KEPT:
                self._said.clear()
            text = self._said[key] = finding(attribute, found, self._language, self._vocabulary)
        return text


@dataclass(frozen=True, slots=True)
class _Group:
    check: Check
    negated: bool


@dataclass(frozen=True, slots=True)
class _Leaf:
    """`above`: places of the groups that it lies in."""

    path: str
    attribute: Attribute
    check: Check
    negated: bool
    asked: str
    above: tuple[int, ...]


class SpokenRule:
    """A rule's conditions in one language. Safe to share."""

    def __init__(self, rule: Rule, language: str, vocabulary: Vocabulary, words: FoundWords) -> None:
        self._language = language
        self._vocabulary = vocabulary
        self._words = words
        self._groups: list[_Group] = []
        self._leaves = tuple(self._read(rule, "", False, ()))

    def findings(self, facts: Facts) -> tuple[Finding, ...]:
        """What stands in the way first, then what is unknown, what is met, and what does not matter because an
        alternative to it does better; each in the rule's order."""
        states = [_turned(group.check(facts), group.negated) for group in self._groups]
        found = []
        for leaf in self._leaves:
            state = _turned(leaf.check(facts), leaf.negated)
            settled = any(states[place] > state for place in leaf.above)
            found.append((settled, state, leaf))
        found.sort(key=lambda one: one[:2])
        return tuple(self._finding(leaf, state, settled, facts) for settled, state, leaf in found)

    def _finding(self, leaf: _Leaf, state: int, settled: bool, facts: Facts) -> Finding:
        attribute = leaf.attribute
        words = self._words.say(attribute, facts.get(attribute.key))
        text = sentence(attribute, State(state), leaf.asked, words, self._language)
        return Finding(leaf.path, attribute.key, _KEYS[state], text, settled)

    def _read(self, rule: Rule, path: str, negated: bool, above: tuple[int, ...]) -> Iterator[_Leaf]:
        match rule:
            case Condition(attribute):
                asked = requirement(rule, not negated, self._language, self._vocabulary)
                yield _Leaf(path, attribute, compile_check(rule, self._vocabulary), negated, asked, above)
            case NotOf(node):
                yield from self._read(node, child_path(path, "not"), not negated, above)
            case AllOf(nodes) | AnyOf(nodes):
                name = "all" if isinstance(rule, AllOf) else "any"
                inside = (*above, len(self._groups))
                self._groups.append(_Group(compile_check(rule, self._vocabulary), negated))
                for index, node in enumerate(nodes):
                    yield from self._read(node, child_path(path, name, index), negated, inside)


def _turned(state: int, negated: bool) -> int:
    return State.MET.value - state if negated else state
