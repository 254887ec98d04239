"""What a company's data open, and one product's conditions as a company meets them, against the verdict."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.common.errors import Conflict
from backend.companies.facts import facts_of
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Facts, Subject
from backend.eligibility.nodes import conditions
from backend.eligibility.single import company_part
from backend.eligibility.verdict import State, judge
from backend.matching import offers
from backend.matching.context import Context, context
from backend.matching.profile import opened_by_data, verdict_on
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.rules import effective_rule
from tests.demo_market import Market
from tests.matching.test_advice import at_least, only, published, tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are given out again after a rollback, so what a test had judged must not be remembered."""
    monkeypatch.setattr(offers, "_bench", None)


def company_number(number: int) -> Company:
    return Company.objects.order_by("pk")[number]


def facts_on(asked: Context, company: Company, need: Need | None = None) -> Facts:
    return facts_of(company, need, today=asked.today, vocabulary=asked.vocabulary, size_table=asked.sizes)


@pytest.mark.parametrize("number", [0, 3, 40, 77, 150, 201])
def test_the_counts_are_those_of_judging_every_product(market: Market, number: int) -> None:
    company = company_number(number)
    asked = context(market.platform, market.today, "en")
    facts = facts_on(asked, company)
    rules = {id: company_part(rule) for id, rule in published().items()}
    states = {id: judge(rule, facts, asked.vocabulary).state for id, rule in rules.items()}
    opened = opened_by_data(company, viewer=market.platform, today=market.today, language="en")
    assert opened.products == len(rules)
    assert opened.possible == sum(state is not State.UNMET for state in states.values())
    assert opened.met == sum(state is State.MET for state in states.values())
    of_company = {key for key, attribute in ATTRIBUTES.items() if attribute.subject is Subject.COMPANY}
    assert [one.attribute for one in sorted(opened.data, key=lambda one: list(ATTRIBUTES).index(one.attribute))] == [
        key for key in ATTRIBUTES if key in of_company - facts.keys()
    ]
    open_rules = {id: rule for id, rule in rules.items() if states[id] is State.UNKNOWN}
    for one in opened.data:
        key = one.attribute
        values = tried(ATTRIBUTES[key], rules, None, asked.vocabulary)
        alone = [
            id
            for id, rule in open_rules.items()
            if any(judge(rule, {**facts, key: value}, asked.vocabulary).state is State.MET for value in values)
        ]
        assert one.alone == len(alone)
        assert one.alone <= one.up_to <= one.asked
    asks = [
        {condition.attribute.key for _, condition in conditions(rule)} & of_company for rule in published().values()
    ]
    assert {one.attribute: one.asked for one in opened.data} == {
        one.attribute: sum(one.attribute in keys for keys in asks) for one in opened.data
    }
    known = sum(len(keys & facts.keys()) for keys in asks)
    assert opened.completeness == 100 * known // sum(map(len, asks))


@pytest.mark.usefixtures("own_bench")
def test_what_decides_what_is_enough_alone_and_what_is_left_out(market: Market) -> None:
    grade: dict[str, object] = {"attribute": "tax_grade", "op": "one_of", "value": ["A", "B"]}
    pledged: dict[str, object] = {"attribute": "collateral", "op": "any_of", "value": ["real_estate"]}
    only(
        market,
        {"all": [grade, at_least("amount", "1000")]},
        {"all": [grade, at_least("net_profit", "0")]},
        {"any": [grade, at_least("employees", "10")]},
        {"any": [grade, pledged]},
        {"all": [grade, at_least("employees", "100")]},
        {"any": [{"all": [grade, at_least("employees", "100")]}, at_least("net_profit", "0")]},
    )
    company = company_number(3)
    company.facts = {"employees": {"value": "12"}}
    opened = opened_by_data(company, viewer=market.bureau, today=market.today, language="en")
    assert (opened.products, opened.possible, opened.met) == (6, 5, 2)
    first, second = opened.data[:2]
    assert (first.attribute, first.asked, first.up_to, first.alone) == ("net_profit", 2, 2, 1)
    assert (second.attribute, second.asked, second.up_to, second.alone) == ("tax_grade", 6, 2, 1)
    assert {(one.up_to, one.alone) for one in opened.data[2:]} == {(0, 0)}
    assert second.missing.how == "Look it up and download it in the electronic tax office, under tax credit"
    assert opened.completeness == 100 * 3 // 11
    size = next(one for one in opened.data if one.attribute == "size_class")
    assert size.stated_by == ("industry", "annual_revenue", "total_assets")


def test_the_number_of_queries_does_not_grow_with_products(market: Market) -> None:
    company = company_number(3)
    opened_by_data(company, viewer=market.platform, today=market.today)
    with CaptureQueriesContext(connection) as queries:
        opened_by_data(company, viewer=market.platform, today=market.today)
    assert len(queries) == 3


def test_with_a_need_a_product_says_what_its_matches_say(market: Market) -> None:
    need = Need.objects.select_related("company").order_by("pk")[3]
    matches = products_for(need, viewer=market.platform, today=market.today, language="en", limit=200)
    for group, state in ((matches.eligible, "met"), (matches.missing, "unknown"), (matches.almost, "unmet")):
        assert group
        for match in group:
            found = verdict_on(
                match.product, company=need.company, need=need,
                viewer=market.platform, today=market.today, language="en",
            )  # fmt: skip
            assert (found.state, match.state) == (state, state)
            assert (found.findings, found.of_need) == (match.findings, ())
            assert (found.missing, found.gaps, found.earliest) == (match.missing, match.gaps, match.earliest)
            assert found.cost == match.cost


def test_without_a_need_only_the_company_is_judged(market: Market) -> None:
    company = company_number(40)
    asked = context(market.platform, market.today, "en")
    facts = facts_on(asked, company)
    states = set()
    for product in Product.objects.filter(status="published").select_related("institution"):
        rule = effective_rule(product)
        found = verdict_on(product, company=company, viewer=market.platform, today=market.today, language="en")
        states.add(found.state)
        assert found.state == judge(company_part(rule), facts, asked.vocabulary).state.key
        asked_of = [condition.attribute for _path, condition in conditions(rule)]
        assert len(found.findings) == sum(attribute.subject is Subject.COMPANY for attribute in asked_of)
        assert len(found.of_need) == sum(attribute.subject is Subject.NEED for attribute in asked_of)
        named = {one.attribute for one in found.missing} | {one.attribute for one in found.gaps}
        assert all(ATTRIBUTES[key].subject is Subject.COMPANY for key in named)
        assert found.cost is None
        if found.state == "unknown":
            assert found.missing
            assert not found.gaps
    assert states == {"met", "unknown", "unmet"}


@pytest.mark.usefixtures("own_bench")
def test_a_product_whose_rule_cannot_be_read_says_so(market: Market) -> None:
    (product,) = only(market, {"attribute": "gone", "op": "is", "value": "x"})
    with pytest.raises(Conflict) as refused:
        verdict_on(product, company=company_number(3), viewer=market.platform, today=market.today)
    assert refused.value.code == "broken_rule"
