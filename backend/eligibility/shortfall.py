"""The smallest change of the facts that makes a rule met: what is missing, by how much, and until when.

Least is, in this order: known attributes to change (asking is less than changing); attributes to change or to learn;
among the known ones those that neither the company nor time changes; the distance. Values are the nearest that are
enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Value
from backend.eligibility.domains import Codes, Domain, Members, Numbers, Point, point_of, universe, value_of
from backend.eligibility.domains import meet as meet_domains
from backend.eligibility.facts import TICKS_LIMIT, earliest_date_of_age
from backend.eligibility.nodes import Condition, Rule
from backend.eligibility.phrases import finding, requirement, value_text
from backend.eligibility.satisfiable import witness
from backend.eligibility.solutions import Literal, Points, Search, Wanted, formula_of, literals_at
from backend.eligibility.verdict import State, state_of
from backend.eligibility.vocabulary import Vocabulary

BUDGET = 2_000
"""Boxes tried for the least change. Beyond, the best found so far is given, or else the facts that showed at parsing
that the rule can be met: still a change that makes it met, perhaps not the least."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Numbers from `low` to `high` in the attribute's unit, both included; None is an open end."""

    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that must be changed or, where `found` is None, learnt.

    `needed`: NUMBER the bounds nearest to what was found · CODE, TREE, FLAG (`true`, `false`) every permitted code,
    None where any but those of the conditions will do · CODES the codes that the set must hold; `excess` are those
    that it must drop.
    `wanted`: the conditions behind it. `value`: the nearest that is enough. `gap`: `value` less `found`, in the
    attribute's unit. `earliest`: when waiting alone brings a NUMBER that grows with time there.
    """

    attribute: Attribute
    wanted: tuple[Wanted, ...]
    found: Value | None
    needed: Bounds | frozenset[str] | None
    excess: frozenset[str]
    value: Value
    gap: Decimal | None
    improvable: bool
    earliest: date | None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(wanted.condition for wanted in self.wanted)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """`changes` in the registry's order. `facts_after` are the facts with every change made; they meet the rule.
    `least` is false where the search stopped at its budget."""

    changes: tuple[Change, ...]
    facts_after: Facts
    least: bool = True

    @property
    def unknown(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.found is None)

    @property
    def unmet(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.found is not None)

    @property
    def earliest(self) -> date | None:
        """The day from which the rule is met if nothing else changes; None unless only time is missing."""
        dates = [change.earliest for change in self.changes]
        return max((day for day in dates if day is not None), default=None) if None not in dates else None


def shortfall(rule: Rule, facts: Facts, vocabulary: Vocabulary, today: date) -> Shortfall | None:
    """The least change of `facts` (normalised) that makes `rule` met. None: nothing does."""
    if state_of(rule, facts, vocabulary) is State.MET:
        return Shortfall((), facts)
    formula = formula_of(rule, vocabulary)
    found: dict[str, Point] = {key: point_of(ATTRIBUTES[key], value) for key, value in facts.items()}
    search = Search(found, vocabulary, BUDGET)
    solution = search.run(formula)
    if solution is not None:
        points = solution.points
    else:
        fallback = None if search.complete else witness(rule, vocabulary)
        if fallback is None:
            return None
        points = {**found, **fallback.points}
    literals: dict[str, list[Literal]] = {}
    for literal in literals_at(formula, points, found):
        literals.setdefault(literal.attribute.key, []).append(literal)
    changes = tuple(
        _change(attribute, literals[key], found, points, vocabulary, today)
        for key, attribute in ATTRIBUTES.items()
        if key in literals and found.get(key) != points[key]
    )
    return Shortfall(changes, {**facts, **{change.attribute.key: change.value for change in changes}}, search.complete)


def within_reach(changes: Iterable[Change]) -> bool:
    """Can the company, or time alone, make each of these changes?"""
    return all(change.improvable or change.earliest is not None for change in changes)


def _change(
    attribute: Attribute,
    literals: list[Literal],
    found: Points,
    points: Points,
    vocabulary: Vocabulary,
    today: date,
) -> Change:
    was, becomes = found.get(attribute.key), points[attribute.key]
    domain = universe(attribute, vocabulary, was)
    for literal in literals:
        domain = meet_domains(domain, literal.domain)
    wanted = dict.fromkeys(
        reason for literal in literals if was is None or was not in literal.domain for reason in literal.reasons
    )
    before = None if was is None else value_of(attribute, was)
    after = value_of(attribute, becomes)
    gap = after - before if isinstance(after, Decimal) and isinstance(before, Decimal) else None
    return Change(
        attribute,
        tuple(wanted),
        before,
        _needed(attribute, domain, becomes),
        domain.forbidden & was if isinstance(domain, Members) and isinstance(was, frozenset) else frozenset(),
        after,
        gap,
        attribute.improvable,
        earliest_date_of_age(before, after, today)
        if attribute.grows_with_time and isinstance(before, Decimal) and isinstance(after, Decimal) and after > before
        else None,
    )


def _needed(attribute: Attribute, domain: Domain, becomes: Point) -> Bounds | frozenset[str] | None:
    match domain:
        case Numbers() if isinstance(becomes, int):
            low, high = domain.nearest_span(becomes)
            least = -TICKS_LIMIT if attribute.minimum is None else attribute.ticks(attribute.minimum)
            return Bounds(
                None if low <= least else attribute.from_ticks(low),
                None if high >= TICKS_LIMIT else attribute.from_ticks(high),
            )
        case Codes(codes, others):
            return None if others else codes
        case Members(required):
            return required
    raise TypeError(f"{attribute.key}: {becomes!r} is not in {domain}")


def phrase_change(change: Change, language: str, vocabulary: Vocabulary) -> str:
    """What is asked, what was found, the gap, and the day that waiting brings it:
    `年营业收入不低于500万元，现为320万元，还差180万元`."""
    zh = language.startswith("zh")
    asked = [requirement(wanted.condition, wanted.met, language, vocabulary) for wanted in change.wanted]
    parts = [("；" if zh else ", ").join(asked), finding(change.attribute, change.found, language, vocabulary)]
    if change.gap is not None:
        gap = value_text(change.attribute, abs(change.gap), language, vocabulary)
        if change.gap > 0:
            parts.append(f"还差{gap}" if zh else f"{gap} short")
        else:
            parts.append(f"超出{gap}" if zh else f"{gap} over")
    if change.earliest is not None:
        day = change.earliest
        parts.append(f"{day.year}年{day.month}月{day.day}日起满足" if zh else f"met from {day.isoformat()}")
    return ("，" if zh else "; ").join(parts)
