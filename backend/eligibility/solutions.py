"""The cheapest way to meet a rule: a search over conjunctions of exact sets of values.

A rule, negations pushed to its conditions, is a formula of literals (an attribute lies in a set), `And` and `Or`. The
search keeps a box (attribute → set) and the `Or`s still open. It lets every literal narrow the box, drops branches that
contradict it, and branches on the smallest `Or`, depth first. The cost of a box never falls as it narrows, so a box
that costs as much as the best solution is left (branch and bound).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.eligibility.attributes import ATTRIBUTES, Attribute
from backend.eligibility.domains import (
    Codes,
    Domain,
    Numbers,
    Point,
    admitted,
    distance,
    join,
    meet,
    nearest_point,
    universe,
)
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule
from backend.eligibility.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition of the rule and whether it is to be met or unmet."""

    condition: Condition
    met: bool


@dataclass(frozen=True, slots=True)
class Literal:
    attribute: Attribute
    domain: Domain
    reasons: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Formula, ...]


Formula = Literal | And | Or
Box = Mapping[str, Domain]
Points = Mapping[str, Point]
Cost = tuple[int, int, int, int]
"""Compared in this order: known attributes to change · all attributes to change or learn · those among the known that
neither the company nor time can change · the sum of the distances. What can be had by asking is never had by changing:
an unknown verdict that learning alone can turn asks for data, not for changes."""


def formula_of(rule: Rule, vocabulary: Vocabulary, met: bool = True) -> Formula:
    """What makes `rule` met (or unmet)."""
    match rule:
        case Condition(attribute):
            reasons = (Wanted(rule, met),)
            literals = tuple(Literal(attribute, domain, reasons) for domain in admitted(rule, vocabulary, met))
            return literals[0] if len(literals) == 1 else Or(literals)
        case NotOf(node):
            return formula_of(node, vocabulary, not met)
        case AllOf(nodes) | AnyOf(nodes):
            parts = [formula_of(node, vocabulary, met) for node in nodes]
            return _conjunction(parts) if isinstance(rule, AllOf) is met else _disjunction(parts)


def _conjunction(parts: list[Formula]) -> Formula:
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def _disjunction(parts: list[Formula]) -> Formula:
    """Literals of one attribute become one, where their sets join: one branch less to try."""
    literals: dict[str, Literal] = {}
    rest: list[Formula] = []
    for part in parts:
        for branch in part.parts if isinstance(part, Or) else (part,):
            if not isinstance(branch, Literal) or not isinstance(branch.domain, (Numbers, Codes)):
                rest.append(branch)
                continue
            key = branch.attribute.key
            known = literals.get(key)
            if known is not None:
                branch = Literal(branch.attribute, join(known.domain, branch.domain), known.reasons + branch.reasons)
            literals[key] = branch
    branches = (*literals.values(), *rest)
    return branches[0] if len(branches) == 1 else Or(branches)


def holds(formula: Formula, points: Points) -> bool:
    """Whether the known facts meet the formula; a literal on an unknown one is not met."""
    match formula:
        case Literal(attribute, domain):
            point = points.get(attribute.key)
            return point is not None and point in domain
        case And(parts):
            return all(holds(part, points) for part in parts)
        case Or(parts):
            return any(holds(part, points) for part in parts)


@dataclass(frozen=True, slots=True)
class Solution:
    """Facts that meet the formula. `points` changes and completes the facts found."""

    cost: Cost
    points: Points


class Search:
    """One search from the facts found (none: any solution is as good as its number of attributes).

    After `run`, `best` is the cheapest solution, or the cheapest met before `budget` boxes were tried; `complete`
    tells which. `best` is None and `complete` true: there is no solution.
    """

    def __init__(self, found: Points, vocabulary: Vocabulary, budget: int, *, first_only: bool = False) -> None:
        self.found = found
        self.vocabulary = vocabulary
        self.budget = budget
        self.first_only = first_only
        self.best: Solution | None = None
        self.complete = True
        self._universes: dict[str, Domain] = {}
        self.blocked: Attribute | None = None  # whose literals left no value, when last a box became empty

    def run(self, formula: Formula) -> Solution | None:
        box: dict[str, Domain] = {}
        open_: list[Or] = []
        if self._narrow(box, open_, formula):
            self._explore(box, open_)
        return self.best

    def _explore(self, box: dict[str, Domain], open_: list[Or]) -> None:
        if self.first_only and self.best is not None:
            return
        if self.budget <= 0:
            self.complete = False
            return
        self.budget -= 1
        propagated = self._propagate(box, open_)
        if propagated is None:
            return
        cost = self._cost(box)
        if self.best is not None and cost >= self.best.cost:
            return
        points = self._points(box)
        unmet = [group for group in propagated if not holds(group, points)]
        if not unmet:
            self.best = Solution(cost, points)
            return
        chosen = min(unmet, key=lambda group: len(group.parts))
        rest = [group for group in propagated if group is not chosen]
        branches: list[tuple[Cost, int, dict[str, Domain], list[Or]]] = []
        for position, part in enumerate(chosen.parts):
            narrowed, still_open = dict(box), list(rest)
            if self._narrow(narrowed, still_open, part):
                branches.append((self._cost(narrowed), position, narrowed, still_open))
        for _, _, narrowed, still_open in sorted(branches, key=lambda branch: branch[:2]):
            self._explore(narrowed, still_open)

    def _narrow(self, box: dict[str, Domain], open_: list[Or], formula: Formula) -> bool:
        """Add `formula` to the box (literals) and to the open groups; False where no value is left."""
        match formula:
            case Literal(attribute, domain):
                met = meet(self._domain(box, attribute), domain)
                if met.empty:
                    self.blocked = attribute
                    return False
                box[attribute.key] = met
                return True
            case Or():
                open_.append(formula)
                return True
            case And(parts):
                return all(self._narrow(box, open_, part) for part in parts)

    def _propagate(self, box: dict[str, Domain], open_: list[Or]) -> list[Or] | None:
        """Drop impossible branches and groups that hold in the whole box; the last branch left is taken. The box is
        narrowed in place. None where a group has no branch left."""
        pending = open_
        while True:
            kept: list[Or] = []
            taken = False
            for group in pending:
                parts = tuple(part for part in group.parts if self._possible(box, part))
                if not parts:
                    return None
                if len(parts) == 1:
                    taken = True
                    if not self._narrow(box, kept, parts[0]):
                        return None
                elif not any(self._entailed(box, part) for part in parts):
                    kept.append(group if len(parts) == len(group.parts) else Or(parts))
            if not taken:
                return kept
            pending = kept

    def _possible(self, box: Box, formula: Formula) -> bool:
        """False only where no value in the box meets the formula's own literals."""
        match formula:
            case Literal(attribute, domain):
                return not meet(self._domain(box, attribute), domain).empty
            case And(parts):
                return all(self._possible(box, part) for part in parts)
            case Or(parts):
                return any(self._possible(box, part) for part in parts)

    def _entailed(self, box: Box, formula: Formula) -> bool:
        """True where the box already asks for the formula; an attribute outside of the box may stay unknown."""
        match formula:
            case Literal(attribute, domain):
                mine = box.get(attribute.key)
                return mine is not None and meet(mine, domain) == mine
            case And(parts):
                return all(self._entailed(box, part) for part in parts)
            case Or(parts):
                return any(self._entailed(box, part) for part in parts)

    def _domain(self, box: Box, attribute: Attribute) -> Domain:
        mine = box.get(attribute.key) or self._universes.get(attribute.key)
        if mine is None:
            mine = universe(attribute, self.vocabulary, self.found.get(attribute.key))
            self._universes[attribute.key] = mine
        return mine

    def _cost(self, box: Box) -> Cost:
        changes = fixed = known = far = 0
        for key, domain in box.items():
            found = self.found.get(key)
            if found is None:
                changes += 1
            elif found not in domain:
                attribute = ATTRIBUTES[key]
                changes += 1
                fixed += not (attribute.improvable or attribute.grows_with_time)
                known += 1
                far += distance(domain, found)
        return known, changes, fixed, far

    def _points(self, box: Box) -> Points:
        points = dict(self.found)
        for key, domain in box.items():
            points[key] = nearest_point(domain, ATTRIBUTES[key], self.found.get(key))
        return points


def literals_at(formula: Formula, points: Points, found: Points) -> tuple[Literal, ...]:
    """Literals that hold at `points` and together make the formula true, as few as can be on changed attributes."""
    return _literals_at(formula, points, found)[1]


def _literals_at(formula: Formula, points: Points, found: Points) -> tuple[int, tuple[Literal, ...]]:
    match formula:
        case Literal(attribute):
            return int(points.get(attribute.key) != found.get(attribute.key)), (formula,)
        case And(parts):
            chosen = [_literals_at(part, points, found) for part in parts]
            return sum(count for count, _ in chosen), tuple(literal for _, some in chosen for literal in some)
        case Or(parts):
            holding = [_literals_at(part, points, found) for part in parts if holds(part, points)]
            return min(holding, key=lambda choice: choice[0])
