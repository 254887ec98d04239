"""What stands beside the rule editor: the rule in a sentence, and what it would find among the open needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.eligibility.phrases import rule_text
from backend.eligibility.rule import Rule, RuleError
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.impact import Impact, Requirement, rule_impact
from backend.matching.reach import Moves, rule_moves
from backend.products.models import Product
from backend.products.rule_form import Checked, node_id
from backend.products.rules import effective_rule, with_limits


@dataclass(frozen=True, slots=True)
class Bar:
    """A requirement. `node` is the id of what says it in the editor, empty for a limit of the product; `share` and
    `alone_share` are whole per cent of the open needs, rounded up so that something is seen of the few."""

    requirement: Requirement
    node: str
    share: int
    alone_share: int
    narrowest: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """`moves` compares with the rule on file; None where that one cannot be read any more."""

    sentence: str
    impact: Impact
    bars: tuple[Bar, ...]
    moves: Moves | None
    left_out: int


def panel_of(product: Product, checked: Checked, *, today: date, language: str, vocabulary: Vocabulary) -> Panel | None:
    """None where the draft's complete part has faults: nothing can be said of it. Raises PackMissing."""
    rule = checked.rule
    if rule is None:
        return None
    impact = rule_impact(
        rule,
        amount_min=product.amount_min,
        amount_max=product.amount_max,
        term_min=product.term_min,
        term_max=product.term_max,
        today=today,
        language=language,
    )
    said = [one for one in impact.requirements if one.part != "rule" or checked.written.rule]
    bars = tuple(_bar(one, impact, checked) for one in said)
    sentence = rule_text(rule, language, vocabulary)
    return Panel(
        sentence=sentence[:1].upper() + sentence[1:],
        impact=impact,
        bars=tuple(sorted(bars, key=lambda bar: -bar.requirement.excludes)),
        moves=moves_of(product, rule, today=today),
        left_out=checked.written.left_out,
    )


def moves_of(product: Product, rule: Rule, *, today: date) -> Moves | None:
    """Who enters and leaves where `rule` takes the place of the product's own."""
    try:
        before = effective_rule(product)
    except RuleError:
        return None
    after = with_limits(
        rule,
        amount_min=product.amount_min,
        amount_max=product.amount_max,
        term_min=product.term_min,
        term_max=product.term_max,
    )
    return rule_moves(before, after, today=today)


def _bar(one: Requirement, impact: Impact, checked: Checked) -> Bar:
    place = checked.written.places.get(one.path) if one.part == "rule" else None
    return Bar(
        requirement=one,
        node="" if place is None else node_id(place),
        share=_share(one.excludes, impact.market.needs),
        alone_share=_share(one.alone, impact.market.needs),
        narrowest=one is impact.narrowest,
    )


def _share(part: int, whole: int) -> int:
    return int(-(-Decimal(part * 100) // whole)) if whole else 0
