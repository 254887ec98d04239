"""How many of today's open needs a rule reaches, and whom a change of it lets in or leaves out.

Sums only: see `market`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from backend.eligibility.columns import MET, UNMET, states
from backend.eligibility.nodes import Rule
from backend.matching.market import open_market
from backend.packs.queries import held


@dataclass(frozen=True, slots=True)
class Reach:
    """Open needs that meet a rule, and those that meet it or may, once what is missing is known."""

    eligible: int
    possible: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Open needs that meet the rule after the change and did not before, and the reverse."""

    enter: int
    leave: int


@held()
def reaches(rules: Mapping[int, Rule], *, today: date) -> dict[int, Reach]:
    """For each whole rule, with its product's limits. Raises PackMissing."""
    market = open_market(today)
    found = {}
    for key, rule in rules.items():
        state = states(rule, market.columns, market.vocabulary)
        found[key] = Reach(int(np.count_nonzero(state == MET)), int(np.count_nonzero(state != UNMET)))
    return found


@held()
def rule_moves(before: Rule, after: Rule, *, today: date) -> Moves:
    """Both rules whole, with the product's limits. Raises PackMissing."""
    market = open_market(today)
    was, will = (states(rule, market.columns, market.vocabulary) == MET for rule in (before, after))
    return Moves(enter=int(np.count_nonzero(will & ~was)), leave=int(np.count_nonzero(was & ~will)))
