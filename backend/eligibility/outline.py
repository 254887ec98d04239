"""A rule as a nested list in plain words: what a page shows of a product's conditions. The tree is the rule's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule, child_path
from backend.eligibility.phrases import requirement
from backend.eligibility.vocabulary import Vocabulary


class Joint(StrEnum):
    """How the parts of a group count together. A condition has no parts."""

    CONDITION = "condition"
    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Outline:
    """A condition with its `text`, or a group of `parts`. `path` is that of the node in the rule's JSON; for a
    condition that of its finding. `negated`: the text says the opposite of the condition."""

    joint: Joint
    path: str
    text: str = ""
    attribute: str = ""
    negated: bool = False
    parts: tuple[Outline, ...] = ()

    def leaves(self) -> Iterator[Outline]:
        if self.joint is Joint.CONDITION:
            yield self
        for part in self.parts:
            yield from part.leaves()


def outline(rule: Rule, language: str, vocabulary: Vocabulary) -> Outline:
    """Each condition of the rule once. `not` reads as the opposite of one condition, as none of several alternatives,
    and of several that would have to hold together as one of their opposites."""
    return _Reader(language, vocabulary).read(rule, "", negated=False)


@dataclass(frozen=True, slots=True)
class _Reader:
    language: str
    vocabulary: Vocabulary

    def read(self, rule: Rule, path: str, *, negated: bool) -> Outline:
        match rule:
            case Condition(attribute):
                said = requirement(rule, not negated, self.language, self.vocabulary)
                return Outline(Joint.CONDITION, path, said, attribute.key, negated)
            case NotOf(AnyOf() as group) if not negated:
                return self._group(Joint.NONE, group, path, child_path(path, "not"), negated=False)
            case NotOf(node):
                return self.read(node, child_path(path, "not"), negated=not negated)
            case AllOf():
                return self._group(Joint.ANY if negated else Joint.ALL, rule, path, path, negated=negated)
            case AnyOf():
                return self._group(Joint.ALL if negated else Joint.ANY, rule, path, path, negated=negated)

    def _group(self, joint: Joint, group: AllOf | AnyOf, path: str, inside: str, *, negated: bool) -> Outline:
        name = "all" if isinstance(group, AllOf) else "any"
        parts = (
            self.read(node, child_path(inside, name, place), negated=negated) for place, node in enumerate(group.nodes)
        )
        return Outline(joint, path, negated=negated, parts=tuple(parts))
