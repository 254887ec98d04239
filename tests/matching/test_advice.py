"""The steps that help a need most are those that judging every product anew finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.companies.facts import with_size_class
from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Kind, Value
from backend.eligibility.nodes import Condition, Rule, conditions
from backend.eligibility.verdict import State, judge
from backend.eligibility.vocabulary import Vocabulary
from backend.matching import offers
from backend.matching.advice import Advice, AdviceKind, what_helps
from backend.matching.context import Context, context
from backend.matching.cost import CostRange
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.rules import effective_rule
from tests.demo_market import TODAY, Market
from tests.matching.loading import on_offer_on

pytestmark = pytest.mark.django_db
NEEDS = [0, 3, 40, 77, 150, 201]


@pytest.fixture
def own_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are given out again after a rollback, so what a test had judged must not be remembered."""
    monkeypatch.setattr(offers, "_bench", None)


def need_number(number: int) -> Need:
    return Need.objects.select_related("company").order_by("pk")[number]


def published() -> dict[int, Rule]:
    """The rules of what a company can have on the market's day."""
    return {product.pk: effective_rule(product) for product in on_offer_on(TODAY)}


def met(rules: dict[int, Rule], facts: Facts, vocabulary: Vocabulary) -> set[int]:
    return {id for id, rule in rules.items() if judge(rule, facts, vocabulary).state is State.MET}


def after(asked: Context, facts: Facts, key: str, value: Value) -> Facts:
    changed = {**facts, key: value}
    return changed if key == "size_class" else with_size_class(changed, asked.vocabulary, asked.sizes)


def tried(attribute: Attribute, rules: dict[int, Rule], found: Value | None, vocabulary: Vocabulary) -> set[Value]:
    """Values that tell all the rules' conditions on the attribute apart."""
    asked: list[Condition] = [
        condition
        for rule in rules.values()
        for _path, condition in conditions(rule)
        if condition.attribute.key == attribute.key
    ]
    match attribute.kind:
        case Kind.FLAG:
            return {True, False}
        case Kind.NUMBER:
            tick = Decimal(1).scaleb(-attribute.scale)
            bounds = {bound for condition in asked for bound in condition.bounds if bound is not None}
            values = {bound + step for bound in bounds for step in (-tick, Decimal(0), tick)}
            return {value for value in values if attribute.minimum is None or value >= attribute.minimum}
        case Kind.CODES:
            base = found if isinstance(found, frozenset) else frozenset()
            codes = {code for condition in asked for code in condition.codes}
            sets = [frozenset({code}) for code in codes] + [condition.codes for condition in asked]
            return {base | added for added in sets}
        case _:
            return set(vocabulary.codes(attribute.scheme or ""))


def brute_changes(asked: Context, facts: Facts, key: str, rules: dict[int, Rule]) -> Iterator[tuple[Value, set[int]]]:
    now = met(rules, facts, asked.vocabulary)
    for value in tried(ATTRIBUTES[key], rules, facts.get(key), asked.vocabulary):
        opened = met(rules, after(asked, facts, key, value), asked.vocabulary) - now
        if opened:
            yield value, opened


@pytest.mark.parametrize("number", NEEDS)
def test_each_step_opens_exactly_the_products_it_lists(market: Market, number: int) -> None:
    need = need_number(number)
    asked = context(market.platform, market.today, "en")
    facts, rules = asked.facts(need), published()
    now = met(rules, facts, asked.vocabulary)
    advised = what_helps(need, viewer=market.platform, today=market.today, language="en", limit=1_000)
    assert advised
    for one in advised:
        found = set(one.product_ids)
        assert len(found) == len(one.product_ids) > 0
        assert (one.missing is None) is (one.kind is not AdviceKind.STATE)
        assert one.text
        if one.kind is AdviceKind.STATE:
            assert one.attribute not in facts
            values = tried(ATTRIBUTES[one.attribute], rules, None, asked.vocabulary)
            states = (met(rules, {**facts, one.attribute: value}, asked.vocabulary) - now for value in values)
            assert found == set().union(*states)
            continue
        for value in one.values:
            assert found == met(rules, after(asked, facts, one.attribute, value), asked.vocabulary) - now
        for step in one.steps:
            opened = met(rules, after(asked, facts, one.attribute, step.value), asked.vocabulary) - now
            assert step.products == len(opened)


@pytest.mark.parametrize("number", NEEDS)
def test_no_attribute_that_opens_something_alone_is_forgotten(market: Market, number: int) -> None:
    need = need_number(number)
    asked = context(market.platform, market.today, "en")
    facts, rules = asked.facts(need), published()
    advised = what_helps(need, viewer=market.platform, today=market.today, limit=1_000)
    stated = {one.attribute for one in advised if one.kind is AdviceKind.STATE}
    changed = {one.attribute for one in advised if one.kind is AdviceKind.CHANGE}
    now = met(rules, facts, asked.vocabulary)
    for key, attribute in ATTRIBUTES.items():
        if key not in facts:
            values = tried(attribute, rules, None, asked.vocabulary)
            opens = any(met(rules, {**facts, key: value}, asked.vocabulary) - now for value in values)
            assert (key in stated) is opens, key
        elif attribute.improvable and attribute.key not in ("employees", "annual_revenue", "total_assets"):
            opens = any(True for _ in brute_changes(asked, facts, key, rules))
            assert (key in changed) is opens, key
            if attribute.kind is not Kind.NUMBER:
                listed = set().union(*(one.product_ids for one in advised if one.attribute == key))
                assert listed == set().union(*(opened for _, opened in brute_changes(asked, facts, key, rules)))


def test_what_the_company_can_do_comes_first_then_what_opens_most(market: Market) -> None:
    seen = set()
    for number in NEEDS:
        advised = what_helps(need_number(number), viewer=market.platform, today=market.today, limit=1_000)
        places = [(not one.in_hands, -len(one.products), one.kind is not AdviceKind.STATE) for one in advised]
        assert places == sorted(places)
        seen |= {one.kind for one in advised}
        first = what_helps(need_number(number), viewer=market.platform, today=market.today, limit=2)
        assert first == advised[:2]
    assert {AdviceKind.STATE, AdviceKind.CHANGE} <= seen


def only(market: Market, *rules: dict[str, object]) -> list[Product]:
    """The market with these products alone, one for each rule, without limits of amount and term."""
    products = list(Product.objects.filter(status="published").order_by("pk")[: len(rules)])
    Product.objects.exclude(pk__in=[product.pk for product in products]).update(status="retired")
    for product, rule in zip(products, rules, strict=True):
        product.rule = rule
        product.amount_min = product.amount_max = Decimal(0)
        product.term_min = product.term_max = 0
        product.version += 1
        product.save()
    return products


def with_company(need: Need, **facts: object) -> Need:
    need.company.facts = {key: {"value": value} for key, value in facts.items()}
    return need


def advised_on(need: Need, market: Market, language: str = "en") -> tuple[Advice, ...]:
    return what_helps(need, viewer=market.bureau, today=market.today, language=language)


def at_least(key: str, value: str) -> dict[str, object]:
    return {"attribute": key, "op": "at_least", "value": value}


@pytest.mark.usefixtures("own_bench")
def test_of_the_three_nearest_thresholds_the_one_that_opens_most_for_each_passed(market: Market) -> None:
    thresholds = ("4000000", "5000000", "5000000", "5000000", "8000000", "9000000")
    products = only(market, *(at_least("annual_revenue", value) for value in thresholds))
    need = with_company(need_number(3), annual_revenue="3200000")
    (one,) = advised_on(need, market)
    assert (one.kind, one.attribute, one.values, one.in_hands) == (
        "change",
        "annual_revenue",
        (Decimal(5_000_000),),
        True,
    )
    assert set(one.product_ids) == {product.pk for product in products[:4]}
    assert [(step.value, step.products) for step in one.steps] == [
        (Decimal(4_000_000), 1), (Decimal(5_000_000), 4), (Decimal(8_000_000), 5),
    ]  # fmt: skip
    assert one.gap is not None
    assert one.gap.gap == Decimal(1_800_000)
    assert one.text == "annual revenue of at least 5 million yuan; it has 3.2 million yuan; 1.8 million yuan short"


@pytest.mark.usefixtures("own_bench")
def test_more_and_less_are_two_steps(market: Market) -> None:
    less: dict[str, object] = {"attribute": "debt_ratio", "op": "at_most", "value": "60"}
    only(market, less, at_least("debt_ratio", "80"), {"not": less})
    advised = advised_on(with_company(need_number(3), debt_ratio="70"), market)
    assert [(one.values, len(one.products)) for one in advised] == [((Decimal(60),), 1), ((Decimal(80),), 1)]


@pytest.mark.usefixtures("own_bench")
def test_codes_that_do_as_well_are_one_step_and_worse_ones_none(market: Market) -> None:
    rules: list[dict[str, object]] = [
        {"attribute": "tax_grade", "op": "one_of", "value": grades}
        for grades in (["A", "B"], ["B", "A"], ["A", "B", "M"])
    ]
    only(market, *rules)
    (one,) = advised_on(with_company(need_number(3), tax_grade="C"), market)
    assert (one.values, len(one.products)) == (("A", "B"), 3)
    Product.objects.update(status="published")
    only(market, *rules, {"attribute": "tax_grade", "op": "is", "value": "A"})
    (one,) = advised_on(with_company(need_number(3), tax_grade="C"), market)
    assert (one.values, len(one.products)) == (("A",), 4)


@pytest.mark.usefixtures("own_bench")
def test_pledges_are_added_one_by_one(market: Market) -> None:
    def pledge(op: str, *codes: str) -> dict[str, object]:
        return {"attribute": "collateral", "op": op, "value": list(codes)}

    only(
        market,
        pledge("any_of", "real_estate", "receivables"),
        pledge("any_of", "receivables", "real_estate"),
        pledge("all_of", "inventory", "equipment"),
    )
    need = with_company(need_number(3))
    need.facts = {"collateral": {"value": ["equipment"]}}
    one, other = advised_on(need, market)
    assert (len(one.products), one.in_hands) == (2, True)
    assert one.values in {(frozenset({"equipment", code}),) for code in ("real_estate", "receivables")}
    assert (other.values, len(other.products)) == ((frozenset({"equipment", "inventory"}),), 1)


@pytest.mark.usefixtures("own_bench")
def test_an_unknown_datum_and_waiting(market: Market) -> None:
    first, second, _never = only(
        market,
        {"any": [{"attribute": "tax_grade", "op": "is", "value": "A"}, at_least("invention_patents", "1")]},
        at_least("years_in_business", "5"),
        {"all": [at_least("years_in_business", "5"), at_least("employees", "50")]},
    )
    need = with_company(need_number(3), invention_patents="1", employees="3")
    need.company.founded_on = market.today - timedelta(days=3 * 366)
    (wait,) = advised_on(need, market)
    assert (wait.kind, wait.product_ids, wait.in_hands) == (AdviceKind.WAIT, (second.pk,), False)
    assert wait.earliest is not None
    before, on_that_day = (
        context(market.platform, day, "en").facts(need)["years_in_business"]
        for day in (wait.earliest - timedelta(days=80), wait.earliest)
    )
    assert before < Decimal(5) <= on_that_day  # type: ignore[operator]
    need = with_company(need, employees="3")
    grade, patents, later = advised_on(need, market, "zh-hans")
    assert [grade.attribute, patents.attribute, later.attribute] == [
        "tax_grade",
        "invention_patents",
        "years_in_business",
    ]
    assert (grade.kind, grade.product_ids, grade.text) == (
        AdviceKind.STATE, (first.pk,), "登录电子税务局“纳税信用”栏目查询并下载",
    )  # fmt: skip
    assert (grade.values, grade.stated_by) == ((), ())


@pytest.mark.usefixtures("own_bench")
def test_a_step_that_moves_the_size_class_counts_what_that_opens_and_closes(market: Market) -> None:
    micro = {"attribute": "size_class", "op": "one_of", "value": ["micro"]}
    closed, opened = only(market, {"all": [at_least("employees", "20"), micro]}, at_least("employees", "20"))
    figures = {"industry": "34", "annual_revenue": "5000000", "total_assets": "5000000"}
    need = with_company(need_number(3), employees="19", **figures)
    asked = context(market.platform, market.today, "en")
    assert asked.facts(need)["size_class"] == "micro"
    (one,) = (one for one in advised_on(need, market) if one.attribute == "employees")
    assert one.product_ids == (opened.pk,)
    applied = asked.facts(with_company(need, employees="20", **figures))
    assert met({closed.pk: effective_rule(closed), opened.pk: effective_rule(opened)}, applied, asked.vocabulary) == {
        opened.pk
    }


@pytest.mark.usefixtures("own_bench")
def test_the_cost_is_that_of_the_amount_after_the_step(market: Market) -> None:
    (product,) = only(market, {})
    product.amount_min, product.amount_max, product.rate_min, product.rate_max = (
        Decimal(1),
        Decimal(500_000),
        Decimal(4),
        Decimal(4),
    )
    product.fees = [{"kind": "other", "payee": "lender", "basis": "fixed", "when": "start", "amount": "1000"}]
    product.version += 1
    product.save()
    need = with_company(need_number(3))
    need.amount, need.term_months = Decimal(800_000), 12
    (one,) = advised_on(need, market)
    assert (one.attribute, one.values, one.amount_max) == ("amount", (Decimal("500000.00"),), Decimal(500_000))
    asked = context(market.platform, market.today, "en")
    need.amount = Decimal(500_000)
    judged, _product = asked.bench.judges(Product.objects.filter(pk=product.pk).select_related("institution"))[
        product.pk
    ]
    cost = asked.bench.cost(judged.offer, asked.facts(need))
    assert isinstance(cost, CostRange)
    assert one.cost == cost.low


def test_the_number_of_queries_does_not_grow_with_products_or_steps(market: Market) -> None:
    need = need_number(3)
    what_helps(need, viewer=market.platform, today=market.today)
    counts = []
    for limit in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            what_helps(need, viewer=market.platform, today=market.today, limit=limit)
        counts.append(len(queries))
    assert counts == [3, 3]
