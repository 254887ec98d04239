"""The shelf: words, filters, orders and pages over the published products."""

from __future__ import annotations

import pytest

from backend.common.errors import InvalidInput
from backend.matching.services import products_search, suggest_products
from backend.products.models import Product
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


def published() -> int:
    return Product.objects.filter(status=Product.Status.PUBLISHED).count()


@pytest.mark.parametrize("sort", ["relevance", "cost", "rate", "amount", "speed", "newest"])
def test_pages_of_every_order_meet_each_published_product_once(market: Market, sort: str) -> None:
    found: list[int] = []
    cursor = ""
    while True:
        page = products_search(viewer=None, today=market.today, sort=sort, size=30, cursor=cursor)
        found += [item.product.pk for item in page.results]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert page.total == published()
    assert len(found) == len(set(found)) == published()


def test_orders_are_what_they_say(market: Market) -> None:
    rates = [
        item.product.rate_min
        for item in products_search(viewer=None, today=market.today, sort="rate", size=50).results
        if item.product.rate_min is not None
    ]
    assert len(rates) > 40
    assert rates == sorted(rates)
    limits = [i.product.amount_max for i in products_search(viewer=None, today=market.today, sort="amount").results]
    assert limits == sorted(limits, reverse=True)


def test_words_are_found_and_marked(market: Market) -> None:
    page = products_search(viewer=None, today=market.today, q="知识产权质押")
    assert 0 < page.total < published()
    first = page.results[0]
    assert [segment.text for segment in first.name_marked if segment.hit] == ["知识产权质押"]
    assert "".join(segment.text for segment in first.summary_marked) == first.product.summary_zh
    english = products_search(viewer=None, today=market.today, language="en", q="First Loan")
    assert english.total > 0
    assert any(segment.hit for segment in english.results[0].name_marked)


def test_filters_and_their_facets(market: Market) -> None:
    whole = products_search(viewer=None, today=market.today, language="en")
    chosen = products_search(viewer=None, today=market.today, language="en", size=100, params={"kind": ["guarantee"]})
    kinds, narrowed = whole.facets[0], chosen.facets[0]
    assert (kinds.name, kinds.label) == ("kind", "Kind")
    counts = {value.key: value.count for value in kinds.values}
    assert chosen.total == counts["guarantee"] == len(chosen.results) > 0
    assert all(item.product.kind.startswith("guarantee") for item in chosen.results)
    assert {value.key: value.count for value in narrowed.values} == counts
    unsecured = products_search(viewer=None, today=market.today, size=100, params={"unsecured": ["yes"]})
    assert unsecured.total > 0
    assert all(item.product.collateral == [] for item in unsecured.results)


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"sort": "charm"}, "unknown_sort", "sort"),
        ({"size": 0}, "bad_size", "size"),
        ({"cursor": "x"}, "bad_cursor", "cursor"),
        ({"params": {"kind": ["charm"]}}, "unknown_choice", "kind"),
    ],
)
def test_bad_questions_are_refused(market: Market, asked: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        products_search(viewer=None, today=market.today, **asked)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 400)


def test_a_cursor_belongs_to_its_order(market: Market) -> None:
    cursor = products_search(viewer=None, today=market.today, sort="rate").next_cursor
    assert cursor
    with pytest.raises(InvalidInput) as refused:
        products_search(viewer=None, today=market.today, sort="amount", cursor=cursor)
    assert refused.value.code == "stale_cursor"


def test_suggestions_begin_with_what_was_typed(market: Market) -> None:
    found = suggest_products("泉", viewer=None, today=market.today)
    assert len(found) == 8
    assert all("泉" in name for name in found)
    assert suggest_products("", viewer=None, today=market.today) == ()


def test_suggestions_begin_anywhere_a_word_does_whatever_its_case(market: Market) -> None:
    def suggested(typed: str) -> tuple[str, ...]:
        return suggest_products(typed, viewer=None, today=market.today)

    assert suggested("guohe") == suggested("Guohe") == suggested("ＧＵＯＨＥ") != ()
    assert all("pat" in name.lower() for name in suggested("pat"))
    assert all("mortgage" in name.lower() for name in suggested("Mort"))
    pledged = Product.objects.filter(status="published", name_zh__contains="质押").values_list("name_zh", flat=True)
    assert 0 < len(set(pledged)) <= 8
    assert set(suggested("质押")) == set(pledged)
    assert suggested("ortgage") == ()
