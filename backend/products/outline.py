"""A rule as a list to read: one line a condition, groups with their lines beneath, every `not` said in the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule
from backend.eligibility.phrases import requirement
from backend.eligibility.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Line:
    """A condition's `text`, or a group: `any` says that one of its `lines` is enough."""

    text: str = ""
    any: bool = False
    lines: tuple[Line, ...] = ()


def outline(rule: Rule, language: str, vocabulary: Vocabulary) -> Sequence[Line]:
    """The lines of the whole rule, all of which must hold; none for a rule that admits everybody."""
    line = _line(rule, True, language, vocabulary)
    return line.lines if not line.any and not line.text else (line,)


def _line(rule: Rule, met: bool, language: str, vocabulary: Vocabulary) -> Line:
    match rule:
        case Condition():
            text = requirement(rule, met, language, vocabulary)
            return Line(text[:1].upper() + text[1:])
        case NotOf(node):
            return _line(node, not met, language, vocabulary)
        case AllOf(nodes) | AnyOf(nodes):
            lines = tuple(_line(node, met, language, vocabulary) for node in nodes)
            return lines[0] if len(lines) == 1 else Line(any=isinstance(rule, AnyOf) is met, lines=lines)
