"""Refusals and faults in the site's own style, and what every page promises the browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.demo_market import Demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing() -> Client:
    return Client(headers={"accept-language": "en"}, raise_request_exception=False)


def test_an_unknown_address(chinese: Client, english: Client) -> None:
    answer = chinese.get("/nowhere/")
    assert answer.status_code == 404
    assert "<h1>该地址没有内容</h1>" in answer.content.decode()
    assert "<h1>There is nothing at this address</h1>" in english.get("/nowhere/").content.decode()


@pytest.mark.urls("tests.site.failing_urls")
def test_a_fault_says_sorry_and_nothing_else(failing: Client) -> None:
    answer = failing.get("/broken")
    body = answer.content.decode()
    assert answer.status_code == 500
    assert "<h1>Something went wrong on our side</h1>" in body
    assert "the cause" not in body
    assert "RuntimeError" not in body


@pytest.mark.urls("tests.site.failing_urls")
def test_a_fault_of_the_api_is_a_problem(failing: Client) -> None:
    answer = failing.get("/api/v1/broken")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "server_error"
    assert "the cause" not in answer.content.decode()


@pytest.mark.urls("tests.site.failing_urls")
def test_a_refusal(failing: Client) -> None:
    answer = failing.get("/refusing")
    assert answer.status_code == 403
    assert "<h1>Your role does not allow this</h1>" in answer.content.decode()


def test_a_form_without_its_token() -> None:
    answer = Client(enforce_csrf_checks=True, headers={"accept-language": "en"}).post(
        "/i18n/setlang/", {"language": "en"}
    )
    assert answer.status_code == 403
    assert "<h1>This form has expired</h1>" in answer.content.decode()


def test_the_language_is_kept_when_switched(demo: Demo) -> None:
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/products/?sort=rate"})
    assert (answer.status_code, answer["Location"]) == (302, "/products/?sort=rate")
    body = client.get("/").content.decode()
    assert '<html lang="zh-Hans">' in body
    assert '<html lang="en">' in Client(headers={"accept-language": "en"}).get("/").content.decode()
    assert '<html lang="zh-Hans">' in Client().get("/").content.decode(), "Chinese by default"


@pytest.mark.parametrize(
    "name",
    [
        "/",
        "/products/?q=贷",
        "product",
        "need",
        "compare",
        "leads",
        "/help/terms/",
        "/styleguide/",
        "/sign-in/",
        "/nowhere/",
    ],
)
def test_pages_hold_no_script_no_style_and_nothing_foreign(demo: Demo, chinese: Client, name: str) -> None:
    paths = {
        "product": f"/products/{demo.product.pk}/",
        "need": f"/needs/{demo.need.pk}/",
        "compare": f"/needs/{demo.need.pk}/compare/?p={demo.product.pk}",
        "leads": f"/institution/products/{demo.product.pk}/leads/",
    }
    if name in ("need", "compare"):
        chinese.force_login(demo.need.company.organisation.users.get())
    elif name == "leads":
        chinese.force_login(demo.institution.organisation.users.get())
    answer = chinese.get(paths.get(name, name))
    body = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for script in re.findall(r"<script\b[^>]*>.*?</script>", body, re.DOTALL):
        assert re.fullmatch(r'<script src="/static/[a-z0-9./-]+" defer></script>', script), script
    assert body.count("<script") == body.count("</script>") == len(re.findall(r'<script src="/static/', body))
    assert "<style" not in body
    assert "javascript:" not in body
    assert re.findall(r"\shx-(?:on|vals=.js)", body) == []
    assert re.findall(r"\s(?:style|on[a-z]+)=", body) == []
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", body) == []
