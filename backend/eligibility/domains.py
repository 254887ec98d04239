"""Exact sets of values of one attribute: what a condition, its negation or several of them together admit.

Numbers are ticks, flags the codes `true` and `false`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from backend.eligibility.attributes import Attribute, Kind, Value
from backend.eligibility.facts import TICKS_LIMIT
from backend.eligibility.nodes import Condition, Op
from backend.eligibility.vocabulary import Vocabulary

Point = int | str | frozenset[str]
"""A fact as it is compared here: ticks, a code, or a set of codes."""

_FLAGS = frozenset(("true", "false"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Ticks in `spans`: (low, high) with both ends included, ascending, neither touching nor overlapping."""

    spans: tuple[tuple[int, int], ...]

    @property
    def empty(self) -> bool:
        return not self.spans

    def __contains__(self, point: Point) -> bool:
        return isinstance(point, int) and any(low <= point <= high for low, high in self.spans)

    def nearest_span(self, point: int) -> tuple[int, int]:
        """The span with the tick closest to `point`; the lower one of two equally close."""
        return min(self.spans, key=lambda span: (max(span[0] - point, point - span[1], 0), span))


@dataclass(frozen=True, slots=True)
class Codes:
    """One of `codes` or, where `others`, any code but them."""

    codes: frozenset[str]
    others: bool = False

    @property
    def empty(self) -> bool:
        return not self.codes and not self.others

    def __contains__(self, point: Point) -> bool:
        return isinstance(point, str) and (point in self.codes) is not self.others

    @property
    def inverse(self) -> Codes:
        return Codes(self.codes, not self.others)


@dataclass(frozen=True, slots=True)
class Members:
    """Sets of codes that hold all `required` codes and none of the `forbidden` ones."""

    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        return not self.required.isdisjoint(self.forbidden)

    def __contains__(self, point: Point) -> bool:
        return isinstance(point, frozenset) and self.required <= point and self.forbidden.isdisjoint(point)


Domain = Numbers | Codes | Members


def meet(first: Domain, second: Domain) -> Domain:
    """The values in both. Sets of different kinds raise TypeError."""
    match first, second:
        case Numbers(mine), Numbers(theirs):
            spans = ((max(a, c), min(b, d)) for a, b in mine for c, d in theirs)
            return numbers(span for span in spans if span[0] <= span[1])
        case Codes(mine_codes, mine_others), Codes(their_codes, their_others):
            if mine_others and their_others:
                return Codes(mine_codes | their_codes, others=True)
            if their_others:
                return Codes(mine_codes - their_codes)
            return Codes(their_codes - mine_codes if mine_others else mine_codes & their_codes)
        case Members(), Members():
            return Members(first.required | second.required, first.forbidden | second.forbidden)
    raise TypeError(f"{first} and {second} are of different kinds")


def join(first: Domain, second: Domain) -> Domain:
    """The values in either. `Members` have no join, sets of different kinds neither: TypeError."""
    match first, second:
        case Numbers(mine), Numbers(theirs):
            return numbers((*mine, *theirs))
        case Codes(), Codes():
            neither = meet(first.inverse, second.inverse)
            if isinstance(neither, Codes):
                return neither.inverse
    raise TypeError(f"{first} and {second} cannot be joined")


def numbers(spans: Iterable[tuple[int, int]]) -> Numbers:
    """Overlapping and touching spans are merged: between two neighbouring ticks there is no value."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return Numbers(tuple(merged))


def admitted(condition: Condition, vocabulary: Vocabulary, wanted: bool) -> tuple[Domain, ...]:
    """The values with which `condition` is met (`wanted`) or unmet: the union of the sets returned."""
    attribute = condition.attribute
    match attribute.kind:
        case Kind.NUMBER:
            low, high = condition.tick_bounds
            least = -TICKS_LIMIT if low is None else low
            greatest = TICKS_LIMIT if high is None else high
            if wanted:
                return (numbers([(least, greatest)]),)
            outside = ((-TICKS_LIMIT, least - 1), (greatest + 1, TICKS_LIMIT))
            return (numbers(span for span in outside if span[0] <= span[1]),)
        case Kind.FLAG:
            return (Codes(frozenset(("true" if condition.value is wanted else "false",))),)
        case Kind.CODE | Kind.TREE:
            codes = condition.codes
            if condition.op is Op.WITHIN:
                codes = frozenset().union(*(vocabulary.descendants(attribute.scheme or "", code) for code in codes))
            return (Codes(codes, others=not wanted),)
        case Kind.CODES:
            codes = condition.codes
            together = (condition.op is Op.ALL_OF) is wanted
            parts = [codes] if together else [frozenset((code,)) for code in sorted(codes)]
            return tuple(Members(required=part) if wanted else Members(forbidden=part) for part in parts)


def universe(attribute: Attribute, vocabulary: Vocabulary, found: Point | None) -> Domain:
    """Every value that the attribute can take, and the one found, whatever it is."""
    match attribute.kind:
        case Kind.NUMBER:
            low = -TICKS_LIMIT if attribute.minimum is None else attribute.ticks(attribute.minimum)
            high = TICKS_LIMIT if attribute.maximum is None else attribute.ticks(attribute.maximum)
            whole = numbers([(low, high)])
            return join(whole, numbers([(found, found)])) if isinstance(found, int) else whole
        case Kind.FLAG:
            return Codes(_FLAGS)
        case Kind.CODE | Kind.TREE:
            scheme = attribute.scheme or ""
            if not vocabulary.knows(scheme):
                return Codes(frozenset(), others=True)
            codes = vocabulary.codes(scheme)
            return Codes(codes | {found} if isinstance(found, str) and found not in codes else codes)
        case Kind.CODES:
            return Members()


def point_of(attribute: Attribute, value: Value) -> Point:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return attribute.ticks(value)
        case _:
            return value


def value_of(attribute: Attribute, point: Point) -> Value:
    """The reverse of `point_of`."""
    if isinstance(point, int):
        return attribute.from_ticks(point)
    return point == "true" if attribute.kind is Kind.FLAG else point


def nearest_point(domain: Domain, attribute: Attribute, found: Point | None) -> Point:
    """The value in `domain`, not empty and within the universe, that asks for the least change of `found`.

    Of an unknown fact: the bound that was asked for (the least number that is enough, else the greatest that is
    allowed), the first code in order, or the smallest set.
    """
    match domain:
        case Numbers(spans):
            if isinstance(found, int):
                low, high = domain.nearest_span(found)
                return min(max(found, low), high)
            least = -TICKS_LIMIT if attribute.minimum is None else attribute.ticks(attribute.minimum)
            return spans[-1][0] if spans[-1][0] > least else spans[0][1] if spans[0][1] < TICKS_LIMIT else max(least, 0)
        case Codes(codes, others):
            if found is not None and found in domain:
                return found
            if not others:
                return min(codes)
            return next(code for code in (f"other-{number}" for number in range(len(codes) + 1)) if code not in codes)
        case Members(required, forbidden):
            return ((found if isinstance(found, frozenset) else frozenset()) | required) - forbidden


def distance(domain: Domain, found: Point) -> int:
    """How far `found` is from `domain`, to choose among equally many changes: per mille of the number found, one
    for a code, the codes to add and to drop of a set. Never smaller for a smaller domain."""
    match domain:
        case Numbers() if isinstance(found, int):
            low, high = domain.nearest_span(found)
            return max(low - found, found - high, 0) * 1000 // max(abs(found), 1)
        case Members(required, forbidden) if isinstance(found, frozenset):
            return len(required - found) + len(forbidden & found)
    return 0 if found in domain else 1
