"""Rules compiled for judging hundreds of candidates a request: the state alone, no verdict tree.

`Compiled(rule).read(facts)` gives the state that `verdict.judge` would give (a test on generated rules and facts
holds the two together), and how many of the rule's requirements, the nodes of its outermost `all`, are met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from backend.eligibility.attributes import Facts, Kind
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule, conditions
from backend.eligibility.verdict import State
from backend.eligibility.vocabulary import Vocabulary

Check = Callable[[Facts], int]
"""Facts → 0, 1 or 2: the value of the `State`."""

_UNMET, _UNKNOWN, _MET = State.UNMET.value, State.UNKNOWN.value, State.MET.value


class Compiled:
    """A rule as a tuple of checks. Safe to share; facts must be normalised, as for `judge`."""

    __slots__ = ("_apart", "_checks", "_nodes", "asked")

    def __init__(self, rule: Rule, vocabulary: Vocabulary) -> None:
        self._nodes = rule.nodes if isinstance(rule, AllOf) else (rule,)
        self._checks = tuple(compile_check(node, vocabulary) for node in self._nodes)
        self._apart = _apart(self._nodes)
        self.asked = len(self._checks)

    def read(self, facts: Facts) -> tuple[State, int]:
        """(the rule's state, the number of requirements met)."""
        worst, met = _MET, 0
        for check in self._checks:
            state = check(facts)
            if state == _MET:
                met += 1
            elif state < worst:
                worst = state
        return State(worst), met

    def unmet(self, facts: Facts) -> int:
        """The number of requirements that are known not to be met."""
        return sum(check(facts) == _UNMET for check in self._checks)

    def open_part(self, facts: Facts) -> Rule:
        """The rule without the requirements that are met and share no attribute with another: nothing that the rest
        may want changed touches them, so a shortfall of the rest is one of the rule. `facts` do not meet the rule."""
        nodes = zip(self._nodes, self._checks, self._apart, strict=True)
        rest = tuple(node for node, check, apart in nodes if not (apart and check(facts) == _MET))
        return rest[0] if len(rest) == 1 else AllOf(rest)


def _apart(nodes: Sequence[Rule]) -> tuple[bool, ...]:
    """For each node whether no other names an attribute that it names."""
    named = [{condition.attribute.key for _, condition in conditions(node)} for node in nodes]
    often = Counter(key for keys in named for key in keys)
    return tuple(all(often[key] == 1 for key in keys) for keys in named)


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
