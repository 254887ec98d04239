"""What a company can have today, and what comes first: money before what only supplements it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backend.matching.context import context
from backend.matching.services import leads_for, products_for
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.services import ProductInput, product_update
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


def open_needs() -> list[Need]:
    return list(Need.objects.filter(status=Need.Status.OPEN).select_related("company").order_by("pk"))


def root(product: Product) -> str:
    return product.kind.split(".")[0]


def test_a_pool_for_lenders_meets_no_company(market: Market) -> None:
    pools = Product.objects.filter(kind="public_money.risk_compensation").select_related("institution")
    assert pools.count() == 2
    for pool in pools:
        assert leads_for(pool, viewer=market.platform, today=market.today).total == 0
    for need in open_needs()[:20]:
        found = products_for(need, viewer=market.platform, today=market.today, limit=200)
        shown = {match.product.kind for match in (*found.eligible, *found.missing, *found.almost)}
        assert shown
        assert "public_money.risk_compensation" not in shown


def test_what_pays_out_stands_before_what_supplements_it(market: Market) -> None:
    mixed = 0
    for need in open_needs():
        eligible = products_for(need, viewer=market.platform, today=market.today, limit=200).eligible
        supplements = [match.supplement for match in eligible]
        assert supplements == sorted(supplements)
        assert supplements == [root(match.product) in {"public_money", "insurance"} for match in eligible]
        mixed += True in supplements and False in supplements
    assert mixed > 5


def test_outside_of_its_window_a_subsidy_is_nobody_s(market: Market) -> None:
    subsidy = Product.objects.select_related("institution").get(code="ip-pledge-interest")
    assert subsidy.terms["window"] == {"opens": "04-01", "closes": "10-31"}
    inside, outside = date(2026, 10, 31), date(2026, 11, 1)
    led = leads_for(subsidy, viewer=market.platform, today=inside)
    assert led.total > 0
    assert leads_for(subsidy, viewer=market.platform, today=outside).total == 0
    need = led.results[0].need

    def holds(day: date) -> bool:
        found = products_for(need, viewer=market.platform, today=day, limit=200)
        return subsidy in [match.product for match in (*found.eligible, *found.missing)]

    assert holds(inside)
    assert not holds(outside)


def test_a_spent_budget_is_nobody_s(market: Market) -> None:
    subsidy = Product.objects.select_related("institution").get(code="sme-first-loan-subsidy")
    assert leads_for(subsidy, viewer=market.platform, today=market.today).total > 0
    data = ProductInput.of(subsidy)
    spent = product_update(
        actor=market.platform,
        product_id=subsidy.pk,
        data=replace(data, terms={**subsidy.terms, "budget_left": "0"}),
        expected_version=subsidy.version,
    )
    assert leads_for(spent, viewer=market.platform, today=market.today).total == 0


def test_the_pack_says_what_supplements(market: Market) -> None:
    settings = context(market.platform, market.today, "en").settings
    assert settings.supplements == {"public_money", "insurance"}
    assert settings.for_lenders == {"public_money.risk_compensation"}
