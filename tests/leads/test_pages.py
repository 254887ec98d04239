"""The account manager's pages: to whom, what they say, what they hide, in how many queries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.companies.models import Company
from backend.leads import queries
from backend.leads.models import LeadView, SavedSearch
from backend.leads.services import SavedSearchInput, saved_search_create
from backend.matching.services import eligible_leads, lead_explained, leads_for
from backend.products.models import Product
from tests import world
from tests.demo_market import TODAY
from tests.leads.conftest import Desk

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"')


def body(response: Any) -> str:
    return TOKEN.sub("", response.content.decode())


def first_need(desk: Desk) -> int:
    return leads_for(desk.product, viewer=desk.banker, today=TODAY, size=1).results[0].need.pk


def addresses(desk: Desk) -> list[str]:
    return [
        "/institution/",
        "/institution/saved-filters/",
        desk.path,
        f"{desk.path}?view=table",
        f"{desk.path}?view=chart",
        f"{desk.path}suggestions/?q=采",
        f"{desk.path}saved/",
        f"{desk.path}{first_need(desk)}/",
    ]


def test_pages_are_the_own_institution_s(desk: Desk) -> None:
    for path in addresses(desk):
        assert desk.door().get(path).status_code == 200, path
        assert desk.door(desk.company).get(path).status_code == 403, path
        visitor = Client().get(path)
        assert (visitor.status_code, visitor["Location"].split("?")[0]) == (302, "/sign-in/"), path
        own = path.startswith("/institution/products/")
        assert desk.door(desk.rival).get(path).status_code == (404 if own else 200), path
    assert desk.door(desk.rival).post(f"{desk.path}{first_need(desk)}/seen/").status_code == 404
    assert desk.door(desk.rival).post(desk.path, {"name": "x", "query": "stage=seed"}).status_code == 404
    assert (LeadView.objects.count(), SavedSearch.objects.count()) == (0, 0)


def test_no_page_names_a_company(desk: Desk) -> None:
    everybody = list(Company.objects.values_list("name", "credit_code"))
    leads = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=40)
    for path in [*addresses(desk), *(f"{desk.path}{lead.need.pk}/" for lead in leads.results)]:
        page = desk.door().get(path).content.decode()
        assert [name for name, code in everybody if name in page or code in page] == [], path


def test_the_list_and_its_chart_say_what_the_service_says(desk: Desk) -> None:
    found = leads_for(desk.product, viewer=desk.banker, today=TODAY, language="en", size=20)
    page = desk.door().get(desk.path)
    assert [one.card.lead.need.pk for one in page.context["results"]] == [lead.need.pk for lead in found.results]
    assert f"{found.total} leads" in page.content.decode()
    links = {
        group.name: {link.key: link.count for link in (*group.first, *group.more)}
        for group in page.context["facets"].groups
    }
    facets = {facet.name: {value.key: value.count for value in facet.values} for facet in found.facets}
    assert links == {name: values for name, values in facets.items() if values}
    charts = desk.door().get(f"{desk.path}?view=chart").context["charts"]
    assert [chart.head for chart in charts] == ["District", "Industry section"]
    for chart, name in zip(charts, ("region", "industry"), strict=True):
        assert sorted(row.values[0].number for row in chart.rows) == sorted(facets[name].values())
        for row in chart.rows:
            behind = desk.door().get(desk.path + row.url)
            assert (behind.context["leads"].total, behind.context["view"]) == (row.values[0].number, "cards")


def test_pages_follow_each_other_through_all_leads(desk: Desk) -> None:
    seen: list[int] = []
    address = desk.path
    while address:
        page = desk.door().get(address)
        seen += [one.card.lead.need.pk for one in page.context["results"]]
        address = desk.path + page.context["next"] if page.context["next"] else ""
    total = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=1).total
    assert (len(seen), len(set(seen))) == (total, total)


@pytest.mark.parametrize("question", ["", "?view=table", "?view=chart", "?q=采购&freshness=month"])
def test_what_htmx_fetches_is_the_part_of_the_page(desk: Desk, question: str) -> None:
    client = desk.door()
    whole, part = client.get(desk.path + question), client.get(desk.path + question, headers={"HX-Request": "true"})
    assert body(part).strip().startswith('<div class="with-side lead-list" id="leads"')
    assert body(part).strip() in body(whole)
    assert "HX-Request" in whole["Vary"]
    assert "HX-Request" in part["Vary"]
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert body(client.get(desk.path + question, headers=back)) == body(whole)


def test_an_old_page_leads_to_the_first_with_a_word(desk: Desk) -> None:
    client = desk.door()
    cursor = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=20).next_cursor
    other_question = f"{desk.path}?amount=50_to_200&cursor={cursor}"
    moved = client.get(other_question, follow=True)
    assert moved.redirect_chain == [(f"{desk.path}?amount=50_to_200", 302)]
    assert "The list has changed since; this is its first page." in moved.content.decode()
    partial = client.get(other_question, headers={"HX-Request": "true"})
    assert partial["HX-Redirect"] == f"{desk.path}?amount=50_to_200"
    assert client.get(f"{desk.path}?cursor=none-of-ours")["Location"] == desk.path
    assert client.get(f"{desk.path}{first_need(desk)}/?cursor=none-of-ours").context["near"] is None


def test_an_unknown_choice_is_refused_in_words(desk: Desk) -> None:
    response = desk.door().get(f"{desk.path}?stage=charm")
    assert response.status_code == 400
    assert "There is no choice “charm” here; known are: seed, startup" in response.content.decode()


def test_a_search_marks_its_words_and_offers_the_way_back(desk: Desk) -> None:
    title = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=1).results[0].need.title
    page = desk.door().get(desk.path, {"q": title, "view": "table"})
    assert (
        page.context["leads"].total == leads_for(desk.product, viewer=desk.banker, today=TODAY, q=title, size=1).total
    )
    assert "<mark>" in page.content.decode()
    assert page.context["without_question"] == "?view=table"
    assert page.context["kept"] == [("view", "table")]


def test_the_page_of_a_lead_says_all_that_decides(desk: Desk) -> None:
    found = leads_for(desk.product, viewer=desk.banker, today=TODAY, language="en", size=100).results
    incomplete = next(lead for lead in found if lead.missing)
    page = desk.door().get(f"{desk.path}{incomplete.need.pk}/")
    text = page.content.decode().replace("&#x27;", "'").replace("&amp;", "&")
    explained = lead_explained(desk.product, incomplete.need.pk, viewer=desk.banker, today=TODAY, language="en")
    for words in (
        incomplete.need.title,
        *(finding.text for finding in incomplete.findings),
        *(f"Source: {datum.source}" for datum in incomplete.missing),
        *(row.label for row in explained.contributions),
        *(row.text for row in explained.contributions),
        *(f"{row.points:.2f}" for row in explained.contributions),
    ):
        assert words in text
    assert incomplete.need.description.splitlines()[0] in text


def test_neighbours_are_those_of_the_filtered_list(desk: Desk) -> None:
    client = desk.door()
    listed = client.get(f"{desk.path}?amount=50_to_200").context["results"]
    assert listed[1].url == f"{desk.path}{listed[1].card.lead.need.pk}/?amount=50_to_200"
    page = client.get(listed[1].url)
    assert (page.context["before"], page.context["after"]) == (listed[0].url, listed[2].url)
    assert (page.context["near"].place, page.context["list"]) == (2, f"{desk.path}?amount=50_to_200")
    assert client.get(listed[0].url).context["before"] == ""


def test_only_open_needs_that_the_product_admits_have_a_page(desk: Desk) -> None:
    lead = leads_for(desk.product, viewer=desk.banker, today=TODAY, size=1).results[0]
    shown = {one.need.pk for one in leads_for(desk.product, viewer=desk.banker, today=TODAY, size=100).results}
    refused = next(
        pk for pk in type(lead.need).objects.filter(status="open").values_list("pk", flat=True) if pk not in shown
    )
    assert desk.door().get(f"{desk.path}{refused}/").status_code == 404
    assert desk.door().post(f"{desk.path}{refused}/seen/").status_code == 404
    type(lead.need).objects.filter(pk=lead.need.pk).update(status="closed")
    assert desk.door().get(f"{desk.path}{lead.need.pk}/").status_code == 404


def test_the_morning_page_counts_as_the_services_do(desk: Desk) -> None:
    page = desk.door().get("/institution/")
    morning = page.context["morning"]
    own = Product.objects.filter(institution=desk.product.institution, status="published").order_by("pk")
    assert [row.product.pk for row in morning.products] == list(own.values_list("pk", flat=True)[:12])
    for row in morning.products:
        leads = leads_for(row.product, viewer=desk.banker, today=TODAY, language="en", size=100)
        counts = {(facet.name, value.key): value.count for facet in leads.facets for value in facet.values}
        assert row.total == row.new == leads.total
        assert row.recent == counts.get(("freshness", "week"), 0)
        assert row.first_time == counts.get(("first_time", "yes"), 0)
        assert row.eligible == eligible_leads(row.product, viewer=desk.banker, today=TODAY)
        if leads.next_cursor is None:
            assert row.eligible == sum(lead.group == "eligible" for lead in leads.results)
    best = [lead.need.pk for lead in (one.lead for one in morning.best)]
    scores = [one.lead.score for one in morning.best]
    assert len(set(best)) == len(best) <= queries.BEST_SHOWN
    assert scores == sorted(scores, reverse=True)


def test_what_was_read_is_no_longer_new(desk: Desk) -> None:
    need, client = first_need(desk), desk.door()
    assert client.get(f"{desk.path}{need}/").status_code == 200
    assert LeadView.objects.count() == 0  # reading a page writes nothing
    assert [client.post(f"{desk.path}{need}/seen/").status_code for _ in range(2)] == [204, 204]
    assert LeadView.objects.get().need_id == need
    row = next(one for one in client.get("/institution/").context["morning"].products if one.product == desk.product)
    assert row.new == row.total - 1
    assert client.get(desk.path).context["results"][0].seen is not None
    assert desk.door(desk.colleague).get(desk.path).context["results"][0].seen is None


def test_a_broken_rule_costs_its_own_row_alone(desk: Desk) -> None:
    Product.objects.filter(pk=desk.product.pk).update(rule={"all": [{"attribute": "nonsense"}]}, version=99)
    page = desk.door().get("/institution/")
    row = next(one for one in page.context["morning"].products if one.product.pk == desk.product.pk)
    assert (page.status_code, row.total) == (200, None)
    assert "The rule of this product cannot be read any more." in page.content.decode()


def test_where_search_is_away_the_page_says_so(desk: Desk, no_search: None) -> None:
    assert [desk.door().get(path).status_code for path in ("/institution/", desk.path)] == [503, 503]


BUDGET = {"list": 11, "lead": 12, "saved": 6, "counts": 11, "home": 14, "home of five products more": 39}
"""Database queries of each page, exactly. The first page asks about each product by itself."""


def test_query_budgets(desk: Desk) -> None:
    """On the second visit: what the process keeps is there."""
    for name in ("a", "b"):
        data = SavedSearchInput(product_id=desk.product.pk, name=name, query=f"q=采购{name}")
        saved_search_create(actor=desk.banker, data=data)
    client = desk.door()

    def counted(path: str) -> int:
        client.get(path)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    own = Product.objects.filter(institution=desk.product.institution).exclude(pk=desk.product.pk)
    own.update(status="retired")
    found = {
        "list": counted(desk.path),
        "lead": counted(f"{desk.path}{first_need(desk)}/"),
        "saved": counted(f"{desk.path}saved/"),
        "counts": counted("/institution/saved-filters/"),
        "home": counted("/institution/"),
    }
    for number in range(5):
        world.product(desk.product.institution, code=f"more-{number}")
    assert found | {"home of five products more": counted("/institution/")} == BUDGET
