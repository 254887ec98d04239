"""The pages: what they say, to whom, in how many queries, and what they do where something is away."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.matching.services import products_search
from backend.needs.models import Need
from backend.products.models import Institution, Product
from backend.site.figures import market_figures
from tests.demo_market import TODAY, Demo

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    """The words of a page, tags and repeated spaces left out."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1])
    return html.unescape(re.sub(r"\s+", " ", words))


def test_home_shows_the_market_and_the_demonstration(demo: Demo, chinese: Client) -> None:
    words = text_of(chinese.get("/"))
    needs = Need.objects.filter(status="open").count()
    products = Product.objects.filter(status="published").count()
    assert f"在办融资需求 {needs}" in words
    assert f"在架产品 {products}" in words
    assert demo.product.name_zh in words
    body = chinese.get("/").content.decode()
    assert body.count(f'name="next" value="/needs/{demo.need.pk}/"') == 2
    assert body.count(f'name="next" value="/institution/products/{demo.product.pk}/leads/"') == 1
    assert f'href="/products/{demo.product.pk}/"' in body


def test_home_in_english_says_the_same(demo: Demo, english: Client) -> None:
    words = text_of(english.get("/"))
    assert f"Open needs {Need.objects.filter(status='open').count()}" in words
    assert demo.product.name_en in words
    assert demo.product.name_zh not in words


def test_a_search_answers_as_the_service_does(demo: Demo, chinese: Client) -> None:
    found = products_search(viewer=None, today=TODAY, q="知识产权质押", size=12)
    response = chinese.get("/products/", {"q": "知识产权质押"})
    words = text_of(response)
    assert f"“知识产权质押”共{found.total}款产品" in words
    assert "<mark>知识产权质押</mark>" in response.content.decode()
    shown = [item.product.pk for item in response.context["found"].results]
    assert shown == [item.product.pk for item in found.results]


def test_filters_narrow_the_shelf_and_lead_back(demo: Demo, english: Client) -> None:
    page = english.get("/products/", {"kind": "guarantee"})
    assert (
        page.context["found"].total == products_search(viewer=None, today=TODAY, params={"kind": ["guarantee"]}).total
    )
    kinds = page.context["facets"].groups[0]
    whole = english.get("/products/").context["facets"].groups[0]
    assert "Technology guarantee" not in [link.label for link in (*whole.first, *whole.more)]
    assert "Technology guarantee" in [link.label for link in (*kinds.first, *kinds.more)]
    back = next(link for link in kinds.first if link.selected)
    assert back.label == "Guarantee"
    assert (
        english.get("/products/" + back.url).context["found"].total
        == Product.objects.filter(status="published").count()
    )


def test_a_child_takes_the_place_of_its_parent(demo: Demo, english: Client) -> None:
    page = english.get("/products/", {"kind": "loan"})
    child = next(link for link in page.context["facets"].groups[0].first if "First-time" in link.label)
    assert child.url == "?kind=loan.first_loan"
    assert english.get("/products/" + child.url).context["found"].total == child.count


def test_pages_of_the_shelf_follow_each_other(demo: Demo, english: Client) -> None:
    seen: list[int] = []
    address = "/products/"
    while address:
        page = english.get(address)
        seen += [item.product.pk for item in page.context["found"].results]
        address = "/products/" + page.context["next"] if page.context["next"] else ""
    assert sorted(seen) == sorted(Product.objects.filter(status="published").values_list("pk", flat=True))


def test_nothing_found_says_what_to_do(demo: Demo, english: Client) -> None:
    response = english.get("/products/", {"q": "zyxwvut"})
    assert response.context["found"].total == 0
    assert "No product holds all of this" in text_of(response)


def test_words_of_the_visitor_are_escaped(demo: Demo, english: Client) -> None:
    body = english.get("/products/", {"q": '<script>"x"'}).content.decode()
    assert '<script>"x"' not in body
    assert "&lt;script&gt;&quot;x&quot;" in body


def test_an_unknown_choice_is_refused_in_words(demo: Demo, english: Client) -> None:
    response = english.get("/products/", {"kind": "charm"})
    assert response.status_code == 400
    assert "There is no choice “charm” here." in text_of(response)


def test_outside_of_the_demo_there_is_no_demonstration(demo: Demo, english: Client, settings: Any) -> None:
    settings.DEMO = False
    home = english.get("/")
    assert home.status_code == 200
    assert "Demonstration" not in home.content.decode()


def test_home_stands_where_search_is_away(demo: Demo, english: Client, no_search: None) -> None:
    home = english.get("/")
    assert home.status_code == 200
    assert f"Open needs {Need.objects.filter(status='open').count()}" in text_of(home)
    assert "Search is away for the moment" in text_of(home)
    shelf = english.get("/products/")
    assert (shelf.status_code, shelf["Retry-After"]) == (503, "30")
    assert "Your data is safe" in text_of(shelf)


@pytest.mark.parametrize("path", ["/", "/products/"])
def test_pages_change_nothing(demo: Demo, english: Client, path: str) -> None:
    assert english.post(path).status_code == 405


def queries(django_assert_num_queries: DjangoAssertNumQueries, client: Client, path: str, number: int) -> None:
    """The second visit of a page: what the process keeps is there, the figures are counted anew."""
    client.get(path)
    cache.clear()
    with django_assert_num_queries(number):
        assert client.get(path).status_code == 200


BUDGET = {"/": 18, "/products/?q=loan": 5}
"""Database queries of each page, exactly. The landing page asks three services: shelf, products and leads."""


def test_query_budgets(demo: Demo, english: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for path, number in BUDGET.items():
        queries(django_assert_num_queries, english, path, number)


def test_institutions_are_counted_by_their_published_products(demo: Demo) -> None:
    assert market_figures().institutions == Institution.objects.filter(products__status="published").distinct().count()
