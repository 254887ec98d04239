"""The tree that a rule is: conditions joined by all, any and not. `rule.py` parses it from JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from backend.eligibility.attributes import Attribute, Kind

MAX_DEPTH = 4
"""Groups within groups. `not` around a single condition is no level of its own."""
MAX_CONDITIONS = 64

Asked = bool | str | Decimal | tuple[Decimal, Decimal] | frozenset[str]
"""What a condition asks for, by its op: FLAG `is` bool · CODE, TREE `is` code · NUMBER bound in the base unit ·
`between` (low, high), both included · every other op a non-empty set of codes."""


class Op(StrEnum):
    IS = "is"
    ONE_OF = "one_of"
    ANY_OF = "any_of"
    ALL_OF = "all_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    WITHIN = "within"


OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.NUMBER: (Op.AT_LEAST, Op.AT_MOST, Op.BETWEEN),
    Kind.CODE: (Op.IS, Op.ONE_OF),
    Kind.TREE: (Op.WITHIN, Op.IS, Op.ONE_OF),
    Kind.CODES: (Op.ANY_OF, Op.ALL_OF),
    Kind.FLAG: (Op.IS,),
}


@dataclass(frozen=True, slots=True)
class Condition:
    attribute: Attribute
    op: Op
    value: Asked

    @property
    def codes(self) -> frozenset[str]:
        """The codes asked about: of `is` on a CODE or TREE, and of every op that takes a list."""
        if isinstance(self.value, str):
            return frozenset((self.value,))
        if isinstance(self.value, frozenset):
            return self.value
        raise TypeError(f"{self.attribute.key} {self.op} asks for no codes")

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the greatest number that a NUMBER condition admits; None is an open end."""
        if isinstance(self.value, tuple):
            return self.value
        if isinstance(self.value, Decimal):
            return (self.value, None) if self.op is Op.AT_LEAST else (None, self.value)
        raise TypeError(f"{self.attribute.key} {self.op} asks for no number")

    @property
    def tick_bounds(self) -> tuple[int | None, int | None]:
        """`bounds` in the attribute's ticks."""
        low, high = self.bounds
        return (
            None if low is None else self.attribute.ticks(low),
            None if high is None else self.attribute.ticks(high),
        )


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every node is met. Without nodes, which only the empty rule is, it admits everybody."""

    nodes: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    nodes: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    node: Rule


Rule = Condition | AllOf | AnyOf | NotOf


def child_path(path: str, name: str, index: int | None = None) -> str:
    """The path of a part of the node at `path`: `all[2].not.any[0]`. The root's path is empty."""
    step = name if index is None else f"{name}[{index}]"
    return f"{path}.{step}" if path else step


def conditions(rule: Rule, path: str = "") -> Iterator[tuple[str, Condition]]:
    """Every condition with its path, in the rule's order."""
    match rule:
        case Condition():
            yield path, rule
        case AllOf(nodes) | AnyOf(nodes):
            name = "all" if isinstance(rule, AllOf) else "any"
            for index, node in enumerate(nodes):
                yield from conditions(node, child_path(path, name, index))
        case NotOf(node):
            yield from conditions(node, child_path(path, "not"))
