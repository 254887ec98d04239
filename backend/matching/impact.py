"""What a rule does to the market of today, requirement by requirement: for who writes the rule, while it is written.

All that is given are sums over the open needs, and no need can be told from them that search would not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from backend.eligibility.columns import MET, UNMET, Exclusion, exclusions
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule
from backend.eligibility.phrases import rule_text
from backend.eligibility.rule import parse
from backend.matching.market import Summary, open_market
from backend.packs.queries import current_pack, held
from backend.products.rules import with_limits


@dataclass(frozen=True, slots=True)
class Requirement:
    """`part` is `rule` for a requirement of the rule itself, which stands at `path` in its JSON (empty: the rule is
    this one requirement), else `amount` or `term`: a limit of the product, which has no path.

    `excludes`: open needs that do not meet it · `alone`: those that nothing else excludes, so that they would become
    possible without it · `unknown`: needs of which the data to tell are missing.
    """

    part: str
    path: str
    text: str
    excludes: int
    alone: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Impact:
    """`market`: all open needs · `eligible`: those that meet the rule · `possible`: those that meet it or may, once
    what is missing is known. `narrowest`: the requirement that alone excludes most, the first of equals; None where
    none excludes a need alone. Amounts are in `currency`."""

    market: Summary
    eligible: Summary
    possible: Summary
    requirements: tuple[Requirement, ...]
    narrowest: Requirement | None
    currency: str


@held()
def rule_impact(
    rule: Rule | Mapping[str, object],
    *,
    amount_min: Decimal,
    amount_max: Decimal,
    term_min: int,
    term_max: int,
    today: date,
    language: str = "zh-hans",
) -> Impact:
    """What a product with this rule and these limits (a greatest value of 0: none) would find among the open needs.

    Raises RuleError where the rule's JSON is refused, and PackMissing.
    """
    market = open_market(today)
    words = market.vocabulary
    own = rule if isinstance(rule, (Condition, AllOf, AnyOf, NotOf)) else parse(rule, words)
    whole = with_limits(own, amount_min=amount_min, amount_max=amount_max, term_min=term_min, term_max=term_max)
    states, found = exclusions(whole, market.columns, words)
    counted = len(own.nodes) if isinstance(own, AllOf) else 1
    requirements = tuple(
        _requirement(one, own, place < counted, rule_text(one.node, language, words)) for place, one in enumerate(found)
    )
    narrowest = max(requirements, key=lambda one: one.alone, default=None)
    return Impact(
        market=market.summary(np.ones(market.size, np.bool_)),
        eligible=market.summary(states == MET),
        possible=market.summary(states != UNMET),
        requirements=requirements,
        narrowest=narrowest if narrowest is not None and narrowest.alone else None,
        currency=current_pack().currency,
    )


def _requirement(found: Exclusion, own: Rule, of_rule: bool, text: str) -> Requirement:
    part, path = "rule", found.path if isinstance(own, AllOf) else ""
    if not of_rule and isinstance(found.node, Condition):
        part, path = found.node.attribute.key, ""
    return Requirement(part, path, text, found.excludes, found.alone, found.unknown)
