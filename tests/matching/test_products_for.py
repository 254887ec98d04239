"""A need finds its products, grouped, ranked and explained."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from backend.common.errors import Conflict
from backend.eligibility.shortfall import shortfall
from backend.eligibility.verdict import State, judge
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.indexing.services import drain, mark_changed
from backend.matching import offers
from backend.matching.context import context
from backend.matching.results import Match
from backend.matching.services import leads_for, products_for
from backend.matching.standing import on_offer
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.products.services import ProductInput, product_update
from backend.products.shelving import product_retire
from search.port import SearchUnavailable
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are given out again after a rollback, so what a test had judged must not be remembered."""
    monkeypatch.setattr(offers, "_bench", None)


def some_need(number: int = 3) -> Need:
    return Need.objects.select_related("company").order_by("pk")[number]


@pytest.mark.parametrize("number", [0, 3, 40, 150])
def test_groups_are_those_of_judging_every_product(market: Market, number: int) -> None:
    need = some_need(number)
    asked = context(market.platform, market.today, "en")
    facts = asked.facts(need)
    expected: dict[State, set[str]] = {state: set() for state in State}
    near: set[str] = set()
    incomplete: set[str] = set()
    for product in Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution"):
        if not on_offer(asked.bench.judge(product).offer, market.today, asked.settings):
            continue
        rule = effective_rule(product)
        state = judge(rule, facts, asked.vocabulary).state
        expected[state].add(product.code)
        short = shortfall(rule, facts, asked.vocabulary, market.today)
        if state is not State.MET and short is not None and len(short.unmet) <= 2:
            (near if short.unmet else incomplete).add(product.code)
    matches = products_for(need, viewer=market.platform, today=market.today, limit=200)
    assert {match.product.code for match in matches.eligible} == expected[State.MET]
    assert {match.product.code for match in matches.missing} == incomplete <= expected[State.UNKNOWN]
    assert {match.product.code for match in matches.almost} == near
    assert matches.counts == {
        "eligible": len(expected[State.MET]), "missing": len(incomplete), "almost": len(near),
    }  # fmt: skip
    few = products_for(need, viewer=market.platform, today=market.today, limit=5)
    assert few.counts == matches.counts
    assert few.almost == matches.almost[:5]


def test_eligible_products_come_best_first_with_reasons_and_cost(market: Market) -> None:
    matches = products_for(some_need(), viewer=market.platform, today=market.today, language="en")
    places = [(match.supplement, -match.score) for match in matches.eligible]
    assert places
    assert places == sorted(places)
    for match in matches.eligible:
        assert match.reasons
        assert match.reasons[0].favourable
        assert {finding.state for finding in match.findings if not finding.settled} == {"met"}
        assert (match.missing, match.gaps) == ((), ())
        if match.cost is not None:
            assert Decimal(0) <= match.cost.low <= match.cost.high


def test_a_missing_datum_is_named_with_the_place_to_get_it(market: Market) -> None:
    wanting: list[Match] = []
    for number in range(20):
        need = some_need(number)
        if not wanting and need.company.facts.pop("tax_grade", None):
            need.company.save()
            matches = products_for(need, viewer=market.platform, today=market.today, language="zh-hans")
            wanting = [match for match in matches.missing if [m.attribute for m in match.missing] == ["tax_grade"]]
    assert wanting
    (missing,) = wanting[0].missing
    assert missing.label == "纳税信用等级"
    assert missing.source == "税务局纳税信用评价结果"
    assert missing.how == "登录电子税务局“纳税信用”栏目查询并下载"
    assert all(match.missing and not match.gaps for match in wanting)
    lengths = [(len(match.gaps), len(match.missing)) for match in matches.missing]
    assert lengths == sorted(lengths)


def test_almost_says_the_gap_and_when_waiting_is_enough(market: Market) -> None:
    product = Product.objects.get(code="quanyuan-tax-credit")
    product.rule = {"attribute": "years_in_business", "op": "at_least", "value": "4"}
    product.version += 1
    product.save()
    _copied("product", product.pk)
    need = _fitting(product, market)
    match = _of(product, products_for(need, viewer=market.platform, today=market.today, language="en").almost)
    (gap,) = match.gaps
    assert gap.attribute == "years_in_business"
    assert gap.text.startswith("at least 4 years in business; it has 3")
    assert (gap.unit, gap.improvable) == ("year", False)
    assert gap.earliest is not None
    assert gap.earliest == match.earliest
    assert (gap.earliest - market.today).days in range(330, 440)


@pytest.mark.usefixtures("own_bench")
def test_a_rule_with_a_district_and_its_city_judges_as_it_was_filed(market: Market) -> None:
    need = some_need()
    asked = context(market.platform, market.today, "en")
    here = asked.facts(need)["region"]
    assert isinstance(here, str)
    city = asked.vocabulary.path("regions", here)[1]
    elsewhere = next(term.code for term in asked.vocabulary.children("regions", city) if term.code != here)
    for codes, group in (([here], "eligible"), ([elsewhere], "almost")):
        product = Product.objects.get(code="quanyuan-tax-credit")
        filed = replace(
            ProductInput.of(product),
            amount_min=Decimal(0), amount_max=Decimal(0), term_min=0, term_max=0,
            rule={"all": [
                {"attribute": "region", "op": "within", "value": [city]},
                {"attribute": "region", "op": "one_of", "value": codes},
            ]},
        )  # fmt: skip
        product = product_update(
            actor=market.platform, product_id=product.pk, data=filed, expected_version=product.version
        )
        rebuild(engines.primary(), "product", today=market.today)
        matches = products_for(need, viewer=market.platform, today=market.today, limit=200)
        assert product.pk in {match.product.pk for match in getattr(matches, group)}
        leads = leads_for(product, viewer=market.platform, today=market.today, size=100)
        assert {lead.facts["region"] for lead in leads.results} == set(codes)


@pytest.mark.usefixtures("own_bench")
def test_a_product_whose_stored_rule_is_broken_fails_no_answer_but_its_own(market: Market) -> None:
    need = some_need()
    before = products_for(need, viewer=market.platform, today=market.today, limit=200)
    broken = before.eligible[0].product
    Product.objects.filter(pk=broken.pk).update(
        rule={"attribute": "gone", "op": "is", "value": "x"}, version=broken.version + 1
    )
    with capture_logs() as logged:
        after = products_for(need, viewer=market.platform, today=market.today, limit=200)
    assert [match.product.pk for match in after.eligible] == [match.product.pk for match in before.eligible[1:]]
    (entry,) = [line for line in logged if line["event"] == "product_not_judged"]
    assert (entry["product"], entry["reason"]) == (
        broken.pk,
        "attribute: there is no attribute 'gone' (did you mean zone?)",
    )
    broken.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        leads_for(broken, viewer=market.platform, today=market.today)
    assert (refused.value.code, refused.value.field) == ("broken_rule", "rule")


def _fitting(product: Product, market: Market) -> Need:
    """A need that only three years in business, a year too few, keep from `product`."""
    need = some_need()
    need.amount, need.term_months = product.amount_max / 2, product.term_max
    need.save()
    need.company.founded_on = market.today.replace(year=market.today.year - 3)
    need.company.save()
    return need


def _of(product: Product, matches: tuple[Match, ...]) -> Match:
    return next(match for match in matches if match.product.pk == product.pk)


def _copied(kind: str, pk: int) -> None:
    mark_changed(kind, [pk])
    drain(engines.primary())


def test_a_product_retired_since_the_last_copy_is_not_shown(market: Market) -> None:
    need = some_need()
    first = products_for(need, viewer=market.platform, today=market.today).eligible[0].product
    product_retire(actor=market.platform, product_id=first.pk, expected_version=first.version)
    shown = products_for(need, viewer=market.platform, today=market.today)
    assert first.pk not in {match.product.pk for match in (*shown.eligible, *shown.missing, *shown.almost)}
    assert shown.freshness.pending == 1


def test_reasons_and_findings_are_in_the_readers_language(market: Market) -> None:
    need = some_need()
    chinese, english = (
        products_for(need, viewer=market.platform, today=market.today, language=language).eligible[0]
        for language in ("zh-hans", "en")
    )
    assert chinese.product == english.product
    assert [r.key for r in chinese.reasons] == [r.key for r in english.reasons]
    assert all(any("\u4e00" <= character <= "\u9fff" for character in r.text) for r in chinese.reasons)
    assert not any("\u4e00" <= character <= "\u9fff" for r in english.reasons for character in r.text)


def test_the_number_of_queries_does_not_grow_with_the_answer(market: Market) -> None:
    need = some_need()
    products_for(need, viewer=market.platform, today=market.today)
    counts = []
    for limit in (1, 20):
        with CaptureQueriesContext(connection) as queries:
            products_for(need, viewer=market.platform, today=market.today, limit=limit)
        counts.append(len(queries))
    assert counts == [5, 5]


def test_without_an_engine_the_answer_is_an_error_not_an_empty_list(
    market: Market, settings: object, tmp_path: object
) -> None:
    settings.SEARCH_ENGINES = ["elastic"]  # type: ignore[attr-defined]
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    with pytest.raises(SearchUnavailable):
        products_for(some_need(), viewer=market.platform, today=market.today)
    engines.breaker.forget()
