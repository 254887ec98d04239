"""The shelf without a reload, the marks of a company's own need, and the answer while somebody types."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.matching.services import products_for, products_search, suggest_products
from backend.needs.models import Need
from backend.products.models import Product
from tests.demo_market import TODAY, Demo, Market

pytestmark = pytest.mark.django_db

HTMX = {"hx-request": "true"}


def region(response: Any) -> str:
    body = response.content.decode()
    found = re.search(r'<div class="shelf" id="results-area".*</div>', body.split("</main>")[0], re.DOTALL)
    assert found is not None
    return found[0].split("</section>\n</div>")[0]


@pytest.mark.parametrize("asked", ["", "?q=贷&kind=loan&sort=cost", "?q=zyxwvut"])
def test_htmx_gets_the_region_as_it_stands_on_the_whole_page(demo: Demo, chinese: Client, asked: str) -> None:
    whole = chinese.get(f"/products/{asked}")
    part = chinese.get(f"/products/{asked}", headers=HTMX)
    assert region(part) == region(whole)
    body = part.content.decode()
    assert "<html" not in body
    assert 'id="results-said" role="status" hx-swap-oob="true"' in body
    title = re.search(r"<title>(.*?)</title>", body, re.DOTALL)
    assert title is not None
    assert title[0] in whole.content.decode()
    assert "HX-Request" in part["Vary"]
    assert "HX-Request" in whole["Vary"]


def test_a_page_brought_back_by_the_browser_is_whole(demo: Demo, english: Client) -> None:
    page = english.get("/products/", headers={**HTMX, "hx-history-restore-request": "true"})
    assert "<html" in page.content.decode()


def test_a_refusal_to_htmx_is_a_page_of_its_own(demo: Demo, english: Client) -> None:
    answer = english.get("/products/?kind=charm", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/products/?kind=charm")
    assert english.get(answer["HX-Redirect"]).status_code == 400


def test_a_page_that_is_gone_leads_to_the_first_one_with_its_filters(demo: Demo, english: Client) -> None:
    said = english.get("/products/?kind=loan&cursor=garbage")
    assert (said.status_code, said["Location"]) == (302, "?kind=loan")
    followed = english.get("/products/?kind=loan&cursor=garbage", follow=True).content.decode()
    assert "The list has changed since; this is its first page." in followed
    part = english.get("/products/?kind=loan&cursor=garbage", headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == "?kind=loan"


def test_an_empty_order_is_the_first_order(demo: Demo, english: Client) -> None:
    assert [one for one, chosen, _url in english.get("/products/?sort=").context["sorts"] if chosen] == ["Best match"]


def test_every_order_and_filter_is_a_real_link(demo: Demo, english: Client) -> None:
    page = english.get("/products/?kind=loan")
    links = re.findall(r'href="(\?[^"]+)"', region(page))
    assert len(links) > 20
    assert all(english.get("/products/" + link.replace("&amp;", "&")).status_code == 200 for link in links[:12])


def test_each_card_carries_the_mark_of_the_company_s_own_need(demo: Demo, market: Market) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(demo.need.company.organisation.users.get())
    need = Need.objects.filter(company=demo.need.company, status="open").order_by("-opened_at", "-pk")[0]
    matches = products_for(need, viewer=market.platform, today=TODAY, limit=500)
    wanted = {
        match.product.pk: group for group in ("eligible", "missing", "almost") for match in getattr(matches, group)
    }
    seen: dict[int, str] = {}
    address = "/products/"
    while address:
        page = client.get(address)
        seen |= {card.item.product.pk: card.standing for card in page.context["cards"]}
        address = "/products/" + page.context["next"] if page.context["next"] else ""
    assert len(seen) == Product.objects.filter(status="published").count()
    assert {pk: group for pk, group in seen.items() if group not in ("", "unmet")} == wanted
    assert {card.standing for card in Client().get("/products/").context["cards"]} == {""}


def test_the_answer_is_the_service_s(demo: Demo, english: Client) -> None:
    answer = english.get("/products/answer/", {"q": "loan"})
    found = products_search(viewer=None, today=TODAY, language="en", q="loan", size=5)
    assert [card.item.product.pk for card in answer.context["cards"]] == [one.product.pk for one in found.results]
    body = answer.content.decode()
    assert [int(pk) for pk in re.findall(r'href="/products/(\d+)/"', body)] == [one.product.pk for one in found.results]
    assert f"See all {found.total} products" in body
    assert 'href="/products/?q=loan"' in body


def test_names_that_begin_so_are_suggested(demo: Demo, chinese: Client) -> None:
    typed = demo.product.name_zh[:2]
    names = suggest_products(typed, viewer=None, today=TODAY, language="zh-hans")
    assert demo.product.name_zh in names
    answer = chinese.get("/products/answer/", {"q": typed})
    assert answer.context["names"] == [name for name in names if name != typed][:4]
    assert all(name in answer.content.decode() for name in answer.context["names"])


def test_without_words_or_without_search_there_is_no_answer(demo: Demo, english: Client) -> None:
    assert english.get("/products/answer/").content.decode().strip() == ""
    assert english.get("/products/answer/", {"q": "  "}).content.decode().strip() == ""
    nothing = english.get("/products/answer/", {"q": "zyxwvut"}).content.decode()
    assert "No product holds all of this" in nothing
    assert "href" not in nothing


def test_where_search_is_away_the_box_goes_on(demo: Demo, english: Client, no_search: None) -> None:
    answer = english.get("/products/answer/", {"q": "loan"})
    assert (answer.status_code, answer.content.decode().strip()) == (200, "")


def test_query_budgets(demo: Demo, english: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    path = "/products/answer/?q=loan"
    english.get(path)
    with django_assert_num_queries(7):
        assert english.get(path).status_code == 200
