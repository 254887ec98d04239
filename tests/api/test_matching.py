"""Matches, leads and the shelf over the API, on the default pack."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import Organisation, User
from backend.accounts.services import platform_account
from backend.indexing.services import drain_all
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.products.models import Product
from tests.api.conftest import signed_in


@pytest.fixture
def market(db: None) -> None:
    pack_load(default_folder(), actor=platform_account(), progress=lambda what, done, of: None)
    call_command("search", "rebuild")


def manager_of(product: Product) -> APIClient:
    organisation: Organisation = product.institution.organisation
    return signed_in(User.objects.create_user("manager", password="x", organisation=organisation))


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
