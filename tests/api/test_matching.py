"""Matches, leads and the shelf over the API, on the default pack."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.indexing.services import drain_all
from backend.needs.services import need_open
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.products.models import Product
from backend.products.shelving import product_retire
from search.port import SearchUnavailable
from tests import world
from tests.api.conftest import signed_in


@pytest.fixture
def market(db: None) -> None:
    pack_load(default_folder(), actor=platform_account(), progress=lambda what, done, of: None)
    call_command("search", "rebuild")


def manager_of(product: Product) -> APIClient:
    organisation: Organisation = product.institution.organisation
    return signed_in(world.person(organisation, name="manager"))


def open_need(owner: APIClient) -> int:
    company = owner.post(
        "/api/v1/companies",
        {
            "name": "鼎泰精密机械有限公司",
            "credit_code": "91350200MA2YJ1XR9G",
            "founded_on": "2016-04-12",
            "facts": {"industry": "34", "annual_revenue": "30000000", "tax_grade": "A", "employees": "60"},
        },
    ).json()
    world.verified(company["id"])
    need = owner.post(
        "/api/v1/needs",
        {"company": company["id"], "title": "流动资金周转", "amount": "2000000.00", "term_months": 12},
    ).json()
    assert owner.post(f"/api/v1/needs/{need['id']}/open", HTTP_IF_MATCH='"1"').status_code == 200
    drain_all()  # a test's transaction never commits, so nothing wakes the worker
    found: int = need["id"]
    return found


def test_a_need_finds_products_with_reasons_and_its_product_finds_the_need(market: None, owner: APIClient) -> None:
    need = open_need(owner)
    body = owner.get(f"/api/v1/needs/{need}/matches").json()
    found = [*body["eligible"], *body["missing"]]
    assert found != []
    assert all(match["reasons"] for match in found)
    assert all(match["missing"] for match in body["missing"])
    product = Product.objects.get(pk=found[0]["product"]["id"])
    page = manager_of(product).get(f"/api/v1/products/{product.pk}/leads").json()
    assert [lead["need"]["id"] for lead in page["results"]] == [need]
    assert "鼎泰" not in str(page["results"][0]["need"]), "a lead does not say whose need it is"
    assert (page["total"], page["next"]) == (1, None)


def test_leads_are_for_the_product_s_own_people(market: None, owner: APIClient, banker: APIClient) -> None:
    product = Product.objects.order_by("pk")[0]
    for client in (owner, banker):
        assert client.get(f"/api/v1/products/{product.pk}/leads").status_code == 403


def test_matches_are_at_most_the_limit_of_each_group(market: None, owner: APIClient) -> None:
    address = f"/api/v1/needs/{open_need(owner)}/matches"
    groups = ("eligible", "missing", "almost")
    whole = owner.get(f"{address}?limit=100").json()
    assert {name: len(whole[name]) for name in groups} == whole["counts"]
    assert max(whole["counts"].values()) > 20
    for query, limit in (("", 20), ("?limit=2", 2)):
        body = owner.get(address + query).json()
        assert {name: body[name] for name in groups} == {name: whole[name][:limit] for name in groups}
        assert body["counts"] == whole["counts"]
    for wrong in ("abc", "0", "101", ""):
        answer = owner.get(f"{address}?limit={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_limit"), wrong


def test_a_rival_does_not_see_a_need_s_matches(market: None, owner: APIClient, rival: APIClient) -> None:
    assert rival.get(f"/api/v1/needs/{open_need(owner)}/matches").status_code == 404


def test_the_shelf_is_public_and_filters(market: None, client: Any) -> None:
    everything = client.get("/api/v1/products").json()
    assert everything["total"] == 127
    bridges = client.get("/api/v1/products?kind=bridge").json()
    assert {item["product"]["kind"].split(".")[0] for item in bridges["results"]} == {"bridge"}
    answer = client.get("/api/v1/products?kind=nonsense")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_choice")
    assert Token.objects.count() == 0


def test_a_match_says_what_it_costs_and_of_what_the_cost_is_made(market: None, owner: APIClient) -> None:
    body = owner.get(f"/api/v1/needs/{open_need(owner)}/matches").json()
    found = [*body["eligible"], *body["missing"], *body["almost"]]
    costed = [match for match in found if match["cost"]]
    assert costed != []
    for match in costed:
        cost = match["cost"]
        assert Decimal(cost["low"]) <= Decimal(cost["high"])
        assert [part for part in cost["parts"] if Decimal(part["low"]) > Decimal(part["high"]) > 0] == []
    parts = [part for match in costed for part in match["cost"]["parts"]]
    assert {"interest", "guarantee_fee"} <= {part["kind"] for part in parts}
    labels = {(part["payee"] == "public", part["label"]) for part in parts if part["kind"] == "guarantee_fee"}
    assert labels <= {(False, "Guarantee fee"), (True, "Guarantee-fee subsidy")}
    assert (False, "Guarantee fee") in labels
    assert [part for part in parts if part["label"] == part["kind"] or part["payee_label"] == part["payee"]] == []


def test_an_interest_only_loan_s_parts_add_up_to_its_interest(market: None, owner: APIClient) -> None:
    """3.00 to 4.00 per cent of two million over a year, by hand."""
    institution = world.institution()
    world.product(
        institution, rate_min=Decimal("3.0000"), rate_max=Decimal("4.0000"), terms={"repayment": "interest_monthly"},
        name_en="Plain loan", fees=[],
    )  # fmt: skip
    drain_all()
    body = owner.get(f"/api/v1/needs/{open_need(owner)}/matches").json()
    (match,) = [match for match in body["eligible"] if match["product"]["name_en"] == "Plain loan"]
    assert match["cost"] == {
        "low": "3.0416",
        "high": "4.0742",
        "parts": [
            {"kind": "interest", "label": "Interest", "payee": "lender", "payee_label": "Lender",
             "low": "60000.00", "high": "80000.04"},
        ],
    }  # fmt: skip


def test_a_need_without_a_term_has_no_cost(market: None, owner: APIClient) -> None:
    need = open_need(owner)
    assert owner.patch(f"/api/v1/needs/{need}", {"term_months": None}, HTTP_IF_MATCH='"4"').status_code == 200
    body = owner.get(f"/api/v1/needs/{need}/matches").json()
    assert {match["cost"] for match in [*body["eligible"], *body["missing"], *body["almost"]]} == {None}


def test_reasons_verdicts_and_gaps_carry_their_numbers(market: None, owner: APIClient) -> None:
    body = owner.get(f"/api/v1/needs/{open_need(owner)}/matches").json()
    found = [*body["eligible"], *body["missing"], *body["almost"]]
    numbers = [reason["number"] for match in found for reason in match["reasons"] if reason["key"] == "cost"]
    assert [number for number in numbers if Decimal(number) <= 0] == []
    assert numbers != []
    assert {finding["state"] for match in found for finding in match["findings"]} == {"met", "unmet", "unknown"}
    lacking = [datum for match in body["missing"] for datum in match["missing"]]
    assert [datum for datum in lacking if not (datum["source"] and datum["how"])] == []
    gaps = [gap for match in body["almost"] for gap in match["gaps"]]
    assert [gap["text"] for gap in gaps if not gap["text"]] == []
    assert {Decimal(gap["gap"]) for gap in gaps if gap["attribute"] == "term"} != set()


def test_texts_come_in_the_reader_s_language(market: None, owner: APIClient) -> None:
    address = f"/api/v1/needs/{open_need(owner)}/matches"
    english = owner.get(address).json()["missing"][0]
    chinese = owner.get(address, HTTP_ACCEPT_LANGUAGE="zh-hans").json()["missing"][0]
    assert english["product"] == chinese["product"]
    assert (english["missing"][0]["label"].isascii(), chinese["missing"][0]["label"].isascii()) == (True, False)
    labels = {
        language: owner.get("/api/v1/products", HTTP_ACCEPT_LANGUAGE=language).json()["facets"][0]["label"]
        for language in ("zh-hans", "en")
    }
    assert labels == {"zh-hans": "产品类别", "en": "Kind"}


def test_words_are_marked_on_the_shelf_and_in_leads(market: None, owner: APIClient) -> None:
    shelf = owner.get("/api/v1/products?q=知识产权质押", HTTP_ACCEPT_LANGUAGE="zh-hans").json()
    first = shelf["results"][0]
    assert [piece["text"] for piece in first["name_marked"] if piece["hit"]] == ["知识产权质押"]
    assert "".join(piece["text"] for piece in first["name_marked"]) == first["product"]["name_zh"]
    open_need(owner)
    product = world.product()
    lead = manager_of(product).get(f"/api/v1/products/{product.pk}/leads?q=周转").json()["results"][0]
    assert lead["title_marked"] == [{"text": "流动资金", "hit": False}, {"text": "周转", "hit": True}]


def test_the_shelf_is_put_in_order(market: None, client: Any) -> None:
    items = client.get("/api/v1/products?sort=amount&limit=100").json()["results"]
    limits = [Decimal(item["product"]["amount_max"]) for item in items]
    assert limits == sorted(limits, reverse=True)
    answer = client.get("/api/v1/products?sort=beauty")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "sort")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("unsecured=no", "There is no choice “no” here; known are: yes."),
        ("kind=loan.ip_pledg", "There is no choice “loan.ip_pledg” here. Did you mean loan.ip_pledge?"),
        ("kind=%40", "There is no choice “@” here."),
    ],
)
def test_a_value_that_a_filter_does_not_have_is_refused_and_the_choices_are_named(
    market: None, client: Any, query: str, message: str
) -> None:
    answer = client.get(f"/api/v1/products?{query}", HTTP_ACCEPT_LANGUAGE="en")
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (400, "unknown_choice", message)


def test_suggestions_are_of_what_the_reader_may_see(market: None, owner: APIClient, rival: APIClient) -> None:
    open_need(owner)
    address = "/api/v1/needs/suggestions?q=流动"
    assert owner.get(address).json() == {"suggestions": ["流动资金周转"]}
    assert rival.get(address).json() == {"suggestions": []}
    product = world.product(name_zh="滴水贷", name_en="Drip loan")
    world.product(name_zh="滴水试行贷", published=False)
    drain_all()
    assert rival.get("/api/v1/products/suggestions?q=滴水").json() == {"suggestions": ["滴水贷"]}
    assert rival.get("/api/v1/products/suggestions?q=Drip").json() == {"suggestions": [product.name_en]}
    assert rival.get("/api/v1/products/suggestions?q=DRIP").json() == {"suggestions": [product.name_en]}
    assert rival.get("/api/v1/products/suggestions?q=水贷").json() == {"suggestions": ["滴水贷"]}
    assert rival.get("/api/v1/products/suggestions?q=试行").json() == {"suggestions": []}
    assert rival.get("/api/v1/products/suggestions").json() == {"suggestions": []}


def shelf_ids(client: Any, cursor: str) -> tuple[list[int], str]:
    body = client.get(f"/api/v1/products?limit=50&sort=rate&cursor={cursor}").json()
    return [item["product"]["id"] for item in body["results"]], body["next"]


def test_the_shelf_s_pages_meet_each_product_once_while_others_come_and_go(market: None, client: Any) -> None:
    before = set(Product.objects.values_list("pk", flat=True))
    seen, cursor = shelf_ids(client, "")
    world.product(rate_min=Decimal("0.0100"), rate_max=Decimal("9"))
    gone = Product.objects.get(pk=seen[0])
    product_retire(actor=platform_account(), product_id=gone.pk, expected_version=gone.version)
    drain_all()
    while cursor:
        more, cursor = shelf_ids(client, cursor)
        seen += more
    assert (len(seen), set(seen)) == (len(before), before)


def test_leads_pages_meet_each_need_once_while_others_come(market: None) -> None:
    product = world.product()
    needs = {world.need().pk for _ in range(7)}
    drain_all()
    manager = manager_of(product)
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        body = manager.get(f"/api/v1/products/{product.pk}/leads?limit=3&cursor={cursor}").json()
        seen += [lead["need"]["id"] for lead in body["results"]]
        cursor = body["next"]
        late = world.need(opened_at=None) if cursor else None
        if late:
            need_open(actor=platform_account(), need_id=late.pk, expected_version=late.version)
            drain_all()
    assert [id for id in seen if id in needs] == sorted(set(seen) & needs, key=seen.index)
    assert needs <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_polled_answer_is_304_until_it_changes(market: None, owner: APIClient) -> None:
    address = f"/api/v1/needs/{open_need(owner)}/matches"
    first = owner.get(address)
    again = owner.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    world.product(name_en="A new offer")
    drain_all()
    changed = owner.get(address, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (changed.status_code, "A new offer" in changed.content.decode()) == (200, True)


def test_search_that_is_away_is_a_problem_with_a_time_to_wait(
    market: None, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: Any, **named: Any) -> Any:
        raise SearchUnavailable("away")

    monkeypatch.setattr("backend.matching.shelf.engines.ask", away)
    answer = client.get("/api/v1/products")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "search_unavailable", "30")
    assert answer["Content-Type"] == "application/problem+json"
