"""Signing in, the demo's way from one role to another, and what each role may open."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backend.accounts.demo_names import DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION, DEMO_PLATFORM
from backend.accounts.models import Organisation, User
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db

KINDS = {DEMO_COMPANY: "company", DEMO_INSTITUTION: "institution", DEMO_BUREAU: "bureau", DEMO_PLATFORM: "platform"}
HOMES = {
    DEMO_COMPANY: "/company/",
    DEMO_INSTITUTION: "/institution/",
    DEMO_BUREAU: "/bureau/",
    DEMO_PLATFORM: "/bureau/",
}


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """The demo's accounts in a city."""
    load_pack(PACK)
    found = {}
    for username, kind in KINDS.items():
        if kind == "company":
            organisation = world.company().organisation
        elif kind == "institution":
            organisation = world.institution().organisation
        else:
            organisation = Organisation.objects.create(kind=kind, name=kind)
        found[username] = world.person(organisation, name=username, password="a-good-one")
    return found


@pytest.mark.parametrize("username", KINDS)
def test_a_demo_account_is_entered_at_its_first_page(people: dict[str, User], username: str) -> None:
    client = Client()
    answer = client.post("/demo/sign-in/", {"username": username})
    assert (answer.status_code, answer["Location"]) == (302, HOMES[username])
    assert client.session["_auth_user_id"] == str(people[username].pk)


def test_it_goes_on_within_the_site_only(people: dict[str, User]) -> None:
    def onward(next: str) -> str:
        return Client().post("/demo/sign-in/", {"username": DEMO_COMPANY, "next": next})["Location"]

    assert onward("/needs/7/?a=1") == "/needs/7/?a=1"
    for foreign in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        assert onward(foreign) == "/company/"


def test_nobody_else_is_entered(people: dict[str, User], settings: Any) -> None:
    client = Client()
    User.objects.create_user(username="somebody", organisation=people[DEMO_COMPANY].organisation)
    for username in ("somebody", "nobody", ""):
        assert client.post("/demo/sign-in/", {"username": username}).status_code == 404
    assert client.get("/demo/sign-in/").status_code == 405
    settings.DEMO = False
    assert client.post("/demo/sign-in/", {"username": DEMO_COMPANY}).status_code == 404
    assert "_auth_user_id" not in client.session
    assert DEMO_COMPANY not in client.get("/sign-in/").content.decode()


def test_signing_in_with_a_password(people: dict[str, User]) -> None:
    client = Client(headers={"accept-language": "en"})
    wrong = client.post("/sign-in/", {"login": DEMO_COMPANY, "password": "another"})
    body = wrong.content.decode()
    assert "The user name or the password is wrong." in body
    assert f'value="{DEMO_COMPANY}"' in body, "what was typed is still there"
    assert "_auth_user_id" not in client.session
    right = client.post("/sign-in/", {"login": DEMO_COMPANY, "password": "a-good-one", "next": "/products/"})
    assert (right.status_code, right["Location"]) == (302, "/products/")
    assert client.get("/my/")["Location"] == "/company/"
    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert client.get("/my/")["Location"] == "/"


@pytest.mark.parametrize("path", ["/company/", "/institution/", "/bureau/"])
def test_a_page_is_for_its_role(people: dict[str, User], path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={path}")
    for username, user in people.items():
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        answer = client.get(path)
        assert answer.status_code == (200 if HOMES[username] == path else 403), username
        if answer.status_code == 403:
            assert "This page is not for your account" in answer.content.decode()


@pytest.mark.parametrize(
    ("username", "labels"),
    [
        (None, ["Products", "Terms explained"]),
        (DEMO_COMPANY, ["Overview", "My financing", "Company profile", "Products", "Terms explained"]),
        (DEMO_INSTITUTION, ["Leads", "Cases", "Own products", "Products", "Terms explained"]),
    ],
)
def test_the_bar_leads_to_the_role_s_pages(people: dict[str, User], username: str | None, labels: list[str]) -> None:
    client = Client(headers={"accept-language": "en"})
    if username:
        client.force_login(people[username])
    entries = client.get("/help/terms/").context["navigation"]
    assert [str(entry.label) for entry in entries] == labels
    assert [str(entry.label) for entry in entries if entry.here] == ["Terms explained"]
