"""What a rule does to the market, against the verdict of every need."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from backend.companies.facts import facts_of
from backend.eligibility.nodes import AllOf, Rule
from backend.eligibility.phrases import rule_text
from backend.eligibility.rule import RuleError, parse, read, to_json
from backend.eligibility.verdict import State, state_of
from backend.matching.impact import Impact, rule_impact
from backend.matching.market import Summary
from backend.needs.models import Need
from backend.packs.queries import size_table, vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule
from tests.demo_market import Market

pytestmark = pytest.mark.django_db
NO_LIMITS: dict[str, Any] = {"amount_min": Decimal(0), "amount_max": Decimal(0), "term_min": 0, "term_max": 0}
OLD = {"attribute": "years_in_business", "op": "at_least", "value": "3"}


@pytest.fixture(scope="module")
def companies() -> int:
    return 120


def _judged(rule: Rule, market: Market) -> list[tuple[Need, list[State]]]:
    """Every open need with the states of the rule's requirements."""
    words, sizes = vocabulary(), size_table(market.today)
    parts = rule.nodes if isinstance(rule, AllOf) else (rule,)
    found = []
    for need in Need.objects.filter(status="open").select_related("company").order_by("pk"):
        facts = facts_of(need.company, need, today=market.today, vocabulary=words, size_table=sizes)
        found.append((need, [state_of(part, facts, words) for part in parts]))
    return found


def _summary(needs: Iterable[Need]) -> Summary:
    chosen = list(needs)
    borrowed = {need.company_id: need.company.facts.get("has_ever_borrowed") for need in chosen}
    return Summary(
        needs=len(chosen),
        demand=sum((need.amount or Decimal(0) for need in chosen), Decimal("0.00")),
        companies=len(borrowed),
        first_time=len([one for one in borrowed.values() if one and one["value"] is False]),
        first_time_unknown=list(borrowed.values()).count(None),
    )


def _agrees(impact: Impact, rule: Rule, market: Market) -> None:
    judged = _judged(rule, market)
    assert impact.market == _summary(need for need, _ in judged)
    assert impact.eligible == _summary(need for need, states in judged if min(states, default=State.MET) == State.MET)
    assert impact.possible == _summary(need for need, states in judged if State.UNMET not in states)
    for place, one in enumerate(impact.requirements):
        refused = [states for _, states in judged if states[place] is State.UNMET]
        assert one.excludes == len(refused)
        assert one.alone == len([states for states in refused if states.count(State.UNMET) == 1])
        assert one.unknown == len([states for _, states in judged if states[place] is State.UNKNOWN])
    alone = [one.alone for one in impact.requirements]
    if impact.narrowest is None:
        assert max(alone, default=0) == 0
    else:
        assert impact.narrowest is impact.requirements[alone.index(max(alone))]


def test_the_impact_of_every_published_product_is_that_of_its_verdicts(market: Market) -> None:
    products = Product.objects.filter(status="published").order_by("pk")[::8]
    assert len(products) > 10
    for product in products:
        impact = rule_impact(
            product.rule, amount_min=product.amount_min, amount_max=product.amount_max,
            term_min=product.term_min, term_max=product.term_max, today=market.today,
        )  # fmt: skip
        whole = effective_rule(product)
        _agrees(impact, whole, market)
        assert impact.currency == "CNY"
        nodes = whole.nodes if isinstance(whole, AllOf) else (whole,)
        assert [one.text for one in impact.requirements] == [rule_text(node, "zh-hans", vocabulary()) for node in nodes]


def test_requirements_lead_to_the_rule_as_it_was_written_or_to_a_limit(market: Market) -> None:
    rule = {"all": [OLD, {"not": {"attribute": "high_tech", "op": "is", "value": True}}]}
    limits: dict[str, Any] = {
        "amount_min": Decimal(0), "amount_max": Decimal(3_000_000), "term_min": 1, "term_max": 24
    }  # fmt: skip
    impact = rule_impact(rule, **limits, today=market.today, language="en")
    assert [(one.part, one.path, one.text) for one in impact.requirements] == [
        ("rule", "all[0]", "at least 3 years in business"),
        ("rule", "all[1]", "not: high-tech enterprise"),
        ("amount", "", "amount from 0 yuan to 3 million yuan"),
        ("term", "", "term from 1 month to 24 months"),
    ]
    single = rule_impact(OLD, **limits, today=market.today, language="zh-hans")
    assert [(one.part, one.path, one.text) for one in single.requirements] == [
        ("rule", "", "成立满3年"),
        ("amount", "", "融资金额在0元至300万元之间"),
        ("term", "", "融资期限在1个月至24个月之间"),
    ]


def test_a_rule_without_conditions_admits_everybody(market: Market) -> None:
    impact = rule_impact({}, **NO_LIMITS, today=market.today)
    assert impact.requirements == ()
    assert impact.narrowest is None
    assert impact.eligible == impact.possible == impact.market
    _agrees(impact, AllOf(()), market)
    limited = rule_impact({}, **(NO_LIMITS | {"term_max": 12}), today=market.today)
    assert [(one.part, one.path) for one in limited.requirements] == [("term", "")]


def test_a_single_group_is_one_requirement(market: Market) -> None:
    rule = read({"any": [OLD, {"attribute": "high_tech", "op": "is", "value": True}]}, vocabulary())
    impact = rule_impact(rule, **NO_LIMITS, today=market.today)
    assert [(one.part, one.path, one.text) for one in impact.requirements] == [
        ("rule", "", "成立满3年，或是高新技术企业")
    ]
    _agrees(impact, rule, market)
    assert rule_impact(to_json(rule), **NO_LIMITS, today=market.today) == impact


def test_a_wrong_rule_is_refused_with_the_path_of_its_fault(market: Market) -> None:
    wrong = {"all": [OLD, {"attribute": "annual_revenu", "op": "at_least", "value": "1"}]}
    with pytest.raises(RuleError) as refusal:
        rule_impact(wrong, **NO_LIMITS, today=market.today)
    assert (refusal.value.path, refusal.value.code) == ("all[1].attribute", "unknown_attribute")
    assert parse(OLD, vocabulary())
