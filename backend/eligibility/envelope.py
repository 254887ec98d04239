"""What a rule says of each attribute alone: the interval or tokens outside of which it cannot be met.

Products are indexed by their envelopes, and a need asks for the products whose envelopes hold its facts. An envelope
may admit too much, never too little: it loses no fact with which the rule can be met or unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Kind, Value
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule
from backend.eligibility.query import flag_token
from backend.eligibility.vocabulary import Vocabulary
from search.query import All, AtLeast, Covers, Everything, Query, Terms
from search.schema import FieldValue

UNLIMITED = "*"
EXACT_MARK = "="


@dataclass(frozen=True, slots=True)
class Interval:
    """Ticks, both ends included; None is an open end."""

    low: int | None
    high: int | None

    @property
    def empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high


@dataclass(frozen=True, slots=True)
class Codes:
    """Tokens of which a fact must have one: a code; of a TREE `X` for X and all below it, `=X` for X alone; of CODES
    one of the set's members."""

    tokens: frozenset[str]

    @property
    def empty(self) -> bool:
        return not self.tokens


Limit = Interval | Codes
Envelope = Mapping[str, Limit]
"""Attribute key → limit. An attribute that is absent has none. An empty limit: the rule cannot be met at all."""


def envelope(rule: Rule, vocabulary: Vocabulary | None = None) -> Envelope:
    """The envelope of `rule`. With the vocabulary, limits of a TREE met together are narrowed exactly."""
    return _envelope(rule, vocabulary, True)


def _envelope(rule: Rule, vocabulary: Vocabulary | None, wanted: bool) -> dict[str, Limit]:
    """Of the facts with which `rule` is not unmet (`wanted`) or not met."""
    match rule:
        case Condition(attribute):
            limit = _limit(rule, wanted)
            return {} if limit is None else {attribute.key: limit}
        case NotOf(node):
            return _envelope(node, vocabulary, not wanted)
        case AllOf(nodes) | AnyOf(nodes):
            parts = [_envelope(node, vocabulary, wanted) for node in nodes]
            return _together(parts, vocabulary) if isinstance(rule, AllOf) is wanted else _either(parts)


def _limit(condition: Condition, wanted: bool) -> Limit | None:
    attribute = condition.attribute
    match attribute.kind:
        case Kind.NUMBER:
            low, high = condition.tick_bounds
            if wanted:
                return Interval(low, high)
            if low is None and high is not None:
                return Interval(high + 1, None)
            return Interval(None, low - 1) if high is None and low is not None else None
        case Kind.FLAG:
            return Codes(frozenset((flag_token(condition.value is wanted),)))
    if not wanted:
        return None
    match condition.op:
        case Op.ALL_OF:
            return Codes(frozenset((min(condition.codes),)))
        case Op.IS | Op.ONE_OF if attribute.kind is Kind.TREE:
            return Codes(frozenset(EXACT_MARK + code for code in condition.codes))
    return Codes(condition.codes)


def _together(parts: list[dict[str, Limit]], vocabulary: Vocabulary | None) -> dict[str, Limit]:
    limits: dict[str, Limit] = {}
    for part in parts:
        for key, limit in part.items():
            limits[key] = _meet(ATTRIBUTES[key], limits[key], limit, vocabulary) if key in limits else limit
    return limits


def _either(parts: list[dict[str, Limit]]) -> dict[str, Limit]:
    """An attribute is limited where every branch limits it. A branch that no known fact meets counts as well: while
    the fact is unknown, it is possible."""
    if not parts:
        return {}
    limits = parts[0]
    for part in parts[1:]:
        limits = {key: _join(limit, part[key]) for key, limit in limits.items() if key in part}
    return limits


def _meet(attribute: Attribute, first: Limit, second: Limit, vocabulary: Vocabulary | None) -> Limit:
    match first, second:
        case Interval(), Interval():
            lows = [low for low in (first.low, second.low) if low is not None]
            highs = [high for high in (first.high, second.high) if high is not None]
            return Interval(max(lows, default=None), min(highs, default=None))
        case Codes(mine), Codes(theirs):
            if attribute.kind is Kind.CODES:
                return min(first, second, key=lambda codes: len(codes.tokens))
            if attribute.kind is Kind.TREE:
                return Codes(frozenset(_tree_meet(attribute.scheme or "", mine, theirs, vocabulary)))
            return Codes(mine & theirs)
    raise TypeError(f"{first} and {second} are of different kinds")


def _tree_meet(
    scheme: str, mine: frozenset[str], theirs: frozenset[str], vocabulary: Vocabulary | None
) -> Iterator[str]:
    """The tokens of the codes that a token of each side admits. Without a vocabulary, one of two codes may stand
    above the other: one of them is kept."""
    for first in mine:
        for second in theirs:
            exact = [token for token in (first, second) if token.startswith(EXACT_MARK)]
            if first == second:
                yield first
            elif len(exact) == 2:
                continue
            elif vocabulary is None:
                yield exact[0] if exact else first
            else:
                code, other = first.removeprefix(EXACT_MARK), second.removeprefix(EXACT_MARK)
                if first not in exact and code in vocabulary.path(scheme, other):
                    yield second
                elif second not in exact and other in vocabulary.path(scheme, code):
                    yield first


def _join(first: Limit, second: Limit) -> Limit:
    match first, second:
        case Interval(), Interval():
            low = None if first.low is None or second.low is None else min(first.low, second.low)
            high = None if first.high is None or second.high is None else max(first.high, second.high)
            return Interval(low, high)
        case Codes(mine), Codes(theirs):
            return Codes(mine | theirs)
    raise TypeError(f"{first} and {second} are of different kinds")


def document_fields(limits: Envelope) -> dict[str, FieldValue]:
    """The product document's fields, one for every attribute of the registry; no limit is written out in full, and
    an empty limit is no value, which no known fact finds."""
    fields: dict[str, FieldValue] = {}
    for key, attribute in ATTRIBUTES.items():
        match limits.get(key):
            case None:
                fields[key] = (None, None) if attribute.kind is Kind.NUMBER else [UNLIMITED]
            case Interval(low, high) as interval:
                fields[key] = None if interval.empty else (low, high)
            case Codes(tokens):
                fields[key] = sorted(tokens) or None
    return fields


def need_query(facts: Facts, vocabulary: Vocabulary, allow_unmet: int = 0) -> Query:
    """The products whose envelopes hold the facts, all but at most `allow_unmet` of them. Unknown facts ask nothing.

    Finds every product whose rule is not unmet by the facts and, with `allow_unmet`, every product whose rule so
    many changed attributes would make met.
    """
    clauses = tuple(_clause(ATTRIBUTES[key], value, vocabulary) for key, value in sorted(facts.items()))
    if len(clauses) <= allow_unmet:
        return Everything()
    return AtLeast(len(clauses) - allow_unmet, clauses) if allow_unmet else All(clauses)


def _clause(attribute: Attribute, value: Value, vocabulary: Vocabulary) -> Query:
    match value:
        case Decimal():
            return Covers(attribute.key, attribute.ticks(value))
        case bool():
            tokens: tuple[str, ...] = (flag_token(value),)
        case frozenset():
            tokens = tuple(sorted(value))
        case str() if attribute.kind is Kind.TREE:
            tokens = (*vocabulary.path(attribute.scheme or "", value), EXACT_MARK + value)
        case _:
            tokens = (value,)
    return Terms(attribute.key, (*tokens, UNLIMITED))
