"""Products side by side, and the counts of a need that is still being typed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.common.errors import InvalidInput
from backend.eligibility.verdict import State, judge
from backend.matching.context import context
from backend.matching.services import compare, match_counts, products_for
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_create
from backend.products.models import Product
from backend.products.rules import effective_rule
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


def some_need(number: int = 3) -> Need:
    return Need.objects.select_related("company").order_by("pk")[number]


def test_products_stand_in_the_order_given_judged_as_among_the_matches(market: Market) -> None:
    need = some_need()
    matches = products_for(need, viewer=market.platform, today=market.today, language="en", limit=200)
    chosen = [matches.almost[1], matches.eligible[2], matches.missing[0], matches.eligible[0]]
    found = compare(
        need, [match.product.pk for match in chosen], viewer=market.platform, today=market.today, language="en"
    )
    assert list(found) == chosen
    assert [match.state for match in found] == ["unmet", "met", "unknown", "met"]


def test_a_product_far_from_the_need_is_judged_too(market: Market) -> None:
    need = some_need()
    asked = context(market.platform, market.today, "en")
    matches = products_for(need, viewer=market.platform, today=market.today, limit=200)
    shown = {match.product.pk for match in (*matches.eligible, *matches.missing, *matches.almost)}
    far = Product.objects.filter(status="published").exclude(pk__in=shown).first()
    assert far is not None
    (match,) = compare(need, [far.pk], viewer=market.platform, today=market.today)
    assert judge(effective_rule(far), asked.facts(need), asked.vocabulary).state is State.UNMET
    assert (match.product, match.state) == (far, "unmet")
    assert match.findings[0].state == "unmet"


def test_what_is_not_there_is_left_out_and_a_fifth_refused(market: Market) -> None:
    need = some_need()
    retired = Product.objects.filter(status="retired").first() or Product.objects.all()[9]
    Product.objects.filter(pk=retired.pk).update(status="retired")
    first, second, *others = Product.objects.filter(status="published").order_by("pk").values_list("pk", flat=True)[:5]
    found = compare(need, [second, retired.pk, 10**9, second, first], viewer=market.bureau, today=market.today)
    assert [match.product.pk for match in found] == [second, first]
    assert compare(need, [], viewer=market.bureau, today=market.today) == ()
    with pytest.raises(InvalidInput) as refused:
        compare(need, [first, second, *others], viewer=market.bureau, today=market.today)
    assert (refused.value.code, refused.value.field) == ("too_many_products", "products")


def test_four_products_take_as_many_queries_as_one(market: Market) -> None:
    ids = list(Product.objects.filter(status="published").values_list("pk", flat=True)[:4])
    compare(some_need(), ids, viewer=market.platform, today=market.today)
    need, counts = some_need(), []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            compare(need, some, viewer=market.platform, today=market.today)
        counts.append(len(queries))
    assert counts == [3, 3]


DRAFTS: list[dict[str, Any]] = [
    {},
    {"amount": Decimal("500000")},
    {"amount": Decimal("500000"), "term_months": 12, "purpose": "working_capital"},
    {
        "title": "采购设备",
        "description": "数控机床",
        "amount": Decimal("20000000"),
        "term_months": 36,
        "purpose": "equipment",
    },
    {"facts": {"collateral": ["real_estate"], "guarantor_available": True, "max_annual_cost": "6.5"}},
]


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("number", [3, 150])
def test_the_counts_are_those_of_the_need_once_it_is_saved(market: Market, draft: dict[str, Any], number: int) -> None:
    company, data = some_need(number).company, NeedInput(**draft)
    before = Need.objects.count()
    counts = match_counts(company, data, viewer=market.platform, today=market.today)
    assert Need.objects.count() == before
    saved = need_create(actor=market.platform, company_id=company.pk, data=data, today=market.today)
    matches = products_for(saved, viewer=market.platform, today=market.today)
    assert {"eligible": counts.eligible, "missing": counts.missing, "almost": counts.almost} == matches.counts
    assert sum(matches.counts.values()) > 0


def test_what_cannot_be_used_counts_as_not_said(market: Market) -> None:
    company = some_need().company
    said = NeedInput(amount=Decimal("500000"), facts={"guarantor_available": True})
    wrong = replace(
        said,
        title="长" * 300,
        term_months=0,
        purpose="no such code!",
        facts={
            **said.facts,
            "collateral": "real_estate",
            "urgency": "soon",
            "size_class": "micro",
            "nothing": 1,
            "max_annual_cost": {"worth": "6"},
        },
    )
    right = match_counts(company, said, viewer=market.platform, today=market.today)
    assert match_counts(company, wrong, viewer=market.platform, today=market.today) == right
    nothing = match_counts(company, NeedInput(), viewer=market.platform, today=market.today)
    for amount in (Decimal(0), Decimal("-1"), Decimal("NaN"), Decimal("1.005")):
        found = match_counts(company, NeedInput(amount=amount), viewer=market.platform, today=market.today)
        assert found == nothing


def test_typing_takes_the_queries_of_one_request(market: Market) -> None:
    company, data = some_need().company, NeedInput(amount=Decimal("500000"))
    match_counts(company, data, viewer=market.platform, today=market.today)
    with CaptureQueriesContext(connection) as queries:
        match_counts(company, data, viewer=market.platform, today=market.today)
    assert len(queries) == 5
