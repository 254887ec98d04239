"""Rules compiled for judging hundreds of candidates a request: the state alone, no verdict tree.

`Compiled(rule).read(facts)` gives the state that `verdict.judge` would give (a test on generated rules and facts
holds the two together), and how many of the rule's requirements, the nodes of its outermost `all`, are met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Facts, Kind, Value
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule, conditions
from backend.eligibility.shortfall import Change, Shortfall, shortfall, within_reach
from backend.eligibility.single import deciding
from backend.eligibility.verdict import State
from backend.eligibility.vocabulary import Vocabulary

Check = Callable[[Facts], int]
"""Facts → 0, 1 or 2: the value of the `State`."""

_PLACES = {key: place for place, key in enumerate(ATTRIBUTES)}
_SHORTFALLS_KEPT = 1_000
_NOTHING = Shortfall((), {})

_UNMET, _UNKNOWN, _MET = State.UNMET.value, State.UNKNOWN.value, State.MET.value


@dataclass(frozen=True, slots=True)
class Distance:
    """What separates facts from a rule: known ones to change, unknown ones to learn, and whether the company, or time
    alone, can make each of the changes."""

    unmet: int
    unknown: int
    within_reach: bool


class Compiled:
    """A rule as a tuple of checks. Safe to share; facts must be normalised, as for `judge`."""

    __slots__ = ("_checks", "_parts", "asked", "attributes")

    def __init__(self, rule: Rule, vocabulary: Vocabulary) -> None:
        nodes = rule.nodes if isinstance(rule, AllOf) else (rule,)
        self._checks = tuple(compile_check(node, vocabulary) for node in nodes)
        self._parts = tuple(_Part(some, vocabulary) for some in _parts(nodes))
        self.asked = len(self._checks)
        self.attributes = frozenset(key for part in self._parts for key in part.keys)

    def read(self, facts: Facts) -> tuple[State, int]:
        """(the rule's state, the number of requirements met)."""
        met, refused = 0, False
        for check in self._checks:
            state = check(facts)
            if state == _MET:
                met += 1
            elif state == _UNMET:
                refused = True
        return State.UNMET if refused else State.MET if met == self.asked else State.UNKNOWN, met

    def alone(self, facts: Facts) -> Rule | None:
        """The one part of the rule that stands between the facts and it. None where nothing does, or more than one
        part: parts share no attribute, so that no single fact is enough then."""
        waiting: _Part | None = None
        for part in self._parts:
            if part.check(facts) != _MET:
                if waiting is not None:
                    return None
                waiting = part
        return None if waiting is None else waiting.rule

    def deciding(self, facts: Facts) -> frozenset[str]:
        """As `eligibility.single.deciding` of the whole rule."""
        found: frozenset[str] = frozenset()
        for part in self._parts:
            state = part.check(facts)
            if state == _UNMET:
                return frozenset()
            if state == _UNKNOWN:
                found |= part.deciding(facts)
        return found

    def distance(self, facts: Facts, today: date) -> Distance | None:
        """How far `shortfall` would say that the facts are, without working out the changes where a requirement is a
        condition of its own. None: nothing makes the rule met."""
        unmet = unknown = 0
        within_reach = True
        for part in self._parts:
            found = part.distance(facts, today)
            if found is None:
                return None
            unmet += found.unmet
            unknown += found.unknown
            within_reach = within_reach and found.within_reach
        return Distance(unmet, unknown, within_reach)

    def shortfall(self, facts: Facts, today: date) -> Shortfall | None:
        """As `eligibility.shortfall.shortfall` of the whole rule: what its parts fall short of, put together. They
        share no attribute, so that the least change of each is the least of all."""
        changes: list[Change] = []
        least = True
        for part in self._parts:
            short = part.shortfall(facts, today)
            if short is None:
                return None
            changes += short.changes
            least = least and short.least
        if len(changes) > 1:
            changes.sort(key=lambda change: _PLACES[change.attribute.key])
        return Shortfall(tuple(changes), {**facts, **{one.attribute.key: one.value for one in changes}}, least)


_HERE = Distance(0, 0, True)
_TO_LEARN = Distance(0, 1, True)
_TO_CHANGE = {reachable: Distance(1, 0, reachable) for reachable in (True, False)}


class _Part:
    """Requirements that share attributes with each other and with no other: their shortfall depends on the facts of
    these attributes alone, and is remembered for them."""

    __slots__ = ("_day", "_known", "_vocabulary", "check", "keys", "rule")

    def __init__(self, nodes: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self.rule: Rule = nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))
        self._vocabulary = vocabulary
        self.check = compile_check(self.rule, vocabulary)
        self.keys = tuple(sorted(_keys(self.rule)))
        self._day: date | None = None
        self._known: dict[tuple[Value | None, ...], Shortfall | None] = {}

    def deciding(self, facts: Facts) -> frozenset[str]:
        """For a part whose state is unknown."""
        if isinstance(self.rule, Condition):
            return frozenset(self.keys)
        return deciding(self.rule, facts, self._vocabulary)

    def distance(self, facts: Facts, today: date) -> Distance | None:
        state = self.check(facts)
        if state == _MET:
            return _HERE
        rule = self.rule
        if isinstance(rule, Condition) and not rule.attribute.grows_with_time:
            return _TO_LEARN if state == _UNKNOWN else _TO_CHANGE[rule.attribute.improvable]
        short = self.shortfall(facts, today)
        if short is None:
            return None
        return Distance(len(short.unmet), len(short.unknown), within_reach(short.unmet))

    def shortfall(self, facts: Facts, today: date) -> Shortfall | None:
        if self.check(facts) == _MET:
            return _NOTHING
        values = tuple(facts.get(key) for key in self.keys)
        known = self._known
        if self._day != today or len(known) >= _SHORTFALLS_KEPT:
            known = {}
            self._day, self._known = today, known
        if values not in known:
            given = {key: value for key, value in zip(self.keys, values, strict=True) if value is not None}
            known[values] = shortfall(self.rule, given, self._vocabulary, today)
        return known[values]


def _keys(rule: Rule) -> frozenset[str]:
    return frozenset(condition.attribute.key for _, condition in conditions(rule))


def _parts(nodes: Sequence[Rule]) -> list[list[Rule]]:
    """The nodes in groups that share no attribute, each in the order of the nodes."""
    groups: list[tuple[frozenset[str], list[int]]] = []
    for place, node in enumerate(nodes):
        keys, places = _keys(node), [place]
        rest = []
        for group in groups:
            if group[0].isdisjoint(keys):
                rest.append(group)
            else:
                keys, places = keys | group[0], sorted(places + group[1])
        groups = [*rest, (keys, places)]
    return [[nodes[place] for place in places] for _, places in groups]


def compile_check(rule: Rule, vocabulary: Vocabulary) -> Check:
    match rule:
        case Condition():
            return _condition(rule, vocabulary)
        case NotOf(node):
            check = compile_check(node, vocabulary)
            return lambda facts: _MET - check(facts)
        case AllOf(nodes):
            checks = tuple(compile_check(node, vocabulary) for node in nodes)
            return lambda facts: min((check(facts) for check in checks), default=_MET)
        case AnyOf(nodes):
            checks = tuple(compile_check(node, vocabulary) for node in nodes)
            return lambda facts: max((check(facts) for check in checks), default=_UNMET)


def _condition(condition: Condition, vocabulary: Vocabulary) -> Check:
    key, kind = condition.attribute.key, condition.attribute.kind
    if kind is Kind.NUMBER:
        return _number(key, *condition.bounds)
    if kind is Kind.FLAG:
        wanted = condition.value
        return lambda facts: _UNKNOWN if (found := facts.get(key)) is None else _MET if found == wanted else _UNMET
    codes = condition.codes
    if kind is Kind.CODES:
        return _code_set(key, codes, all_of=condition.op is Op.ALL_OF)
    if condition.op is Op.WITHIN:
        scheme = condition.attribute.scheme or ""
        codes = frozenset().union(*(vocabulary.descendants(scheme, code) for code in codes))
    return lambda facts: _UNKNOWN if (found := facts.get(key)) is None else _MET if found in codes else _UNMET


def _number(key: str, low: Decimal | None, high: Decimal | None) -> Check:
    def check(facts: Facts) -> int:
        found = facts.get(key)
        if found is None:
            return _UNKNOWN
        if not isinstance(found, Decimal):
            raise TypeError(f"{key}: {found!r} is no number")
        return _MET if (low is None or found >= low) and (high is None or found <= high) else _UNMET

    return check


def _code_set(key: str, codes: frozenset[str], *, all_of: bool) -> Check:
    def check(facts: Facts) -> int:
        found = facts.get(key)
        if found is None:
            return _UNKNOWN
        if not isinstance(found, frozenset):
            raise TypeError(f"{key}: {found!r} is no set of codes")
        return _MET if (codes <= found if all_of else not codes.isdisjoint(found)) else _UNMET

    return check
