"""What a company can have today, and what comes first: money before what only supplements it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from backend.matching.context import context
from backend.matching.profile import shut_today
from backend.matching.services import compare, leads_for, products_for
from backend.matching.settings import RankingSettings
from backend.matching.standing import Shut, on_offer, shut
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.services import ProductInput, product_update
from backend.products.windows import Window
from tests.demo_market import Market
from tests.matching.cases import OFFER

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
    reason = Shut(for_lenders=False, closed=True, spent=False, following=(date(2027, 4, 1), date(2027, 10, 31)))
    for day, why in ((inside, None), (outside, reason)):
        (match,) = compare(need, [subsidy.pk], viewer=market.platform, today=day)
        assert (match.shut, match.state) == (why, "met" if led.results[0].group == "eligible" else "unknown")
        assert shut_today(subsidy, today=day) == why


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


IN_JUNE = Window("06-01", "06-30")


@pytest.mark.parametrize(
    ("kind", "window", "budget", "expected"),
    [
        ("loan", None, None, None),
        ("loan", Window("11-01", "11-30"), "0.01", None),
        ("pool", None, None, Shut(for_lenders=True, closed=False, spent=False)),
        ("loan", None, "0", Shut(for_lenders=False, closed=False, spent=True)),
        ("loan", Window("2026-01-01", "2026-02-01"), None, Shut(for_lenders=False, closed=True, spent=False)),
        (
            "pool",
            IN_JUNE,
            "-1",
            Shut(for_lenders=True, closed=True, spent=True, following=(date(2027, 6, 1), date(2027, 6, 30))),
        ),
    ],
)
def test_why_nobody_can_have_it(kind: str, window: Window | None, budget: str | None, expected: Shut | None) -> None:
    settings = RankingSettings.parse({"weights": {"cost": 1}, "for_lenders": ["pool"]})
    one = replace(OFFER, kind_path=(kind,), window=window, budget_left=None if budget is None else Decimal(budget))
    day = date(2026, 11, 24)
    assert shut(one, day, settings) == expected
    assert on_offer(one, day, settings) is (expected is None)
