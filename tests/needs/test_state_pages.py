"""The page of a need's state, and the bureau's queue: what they say, whose buttons they show, and what those do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.companies.models import Company
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_begin_talks, need_close, need_create, need_open, need_update
from backend.packs.queries import working_calendar
from tests import world
from tests.demo_market import Demo
from tests.site.reading import untranslated_chinese, untranslated_english, words_of

pytestmark = pytest.mark.django_db
DATA = NeedInput(amount=Decimal("1500000"), term_months=12, purpose="agriculture", facts={"guarantor_available": True})
QUEUE = "/bureau/needs/"


@pytest.fixture
def draft(own: Company, owner: User) -> Need:
    return need_create(actor=owner, company_id=own.pk, data=DATA)


@pytest.fixture
def waiting(draft: Need, own: Company, owner: User) -> Need:
    Company.objects.filter(pk=own.pk).update(verified_at=None)
    return need_open(actor=owner, need_id=draft.pk, expected_version=1)


@pytest.fixture
def officer(demo: Demo) -> User:
    return User.objects.get(username="demo-bureau")


@pytest.fixture
def bureau(english: Client, officer: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer)
    return client


def at(need: Need) -> Need:
    return Need.objects.get(pk=need.pk)


def state(need: Need) -> str:
    return f"/needs/{need.pk}/state/"


def press(client: Client, need: Need, button: str, **sent: Any) -> Any:
    given = {"version": str(at(need).version), **sent}
    return client.post(f"/needs/{need.pk}/{button}/", given, follow=True)


def buttons(response: Any) -> set[str]:
    return set(response.context["can"])


def test_who_reaches_the_state_of_a_need(
    draft: Need, waiting: Need, visitor: Client, stranger: User, bureau: Client, demo: Demo
) -> None:
    for path, needed in ((state(waiting), 200), (QUEUE, 403)):
        assert visitor.get(path).status_code == needed
        anonymous = Client().get(path)
        assert (anonymous.status_code, anonymous["Location"]) == (302, f"/sign-in/?next={path}")
    assert bureau.get(state(waiting)).status_code == bureau.get(QUEUE).status_code == 200
    for other in (stranger, demo.institution.organisation.users.get()):
        visitor.force_login(other)
        assert visitor.get(state(waiting)).status_code == 404
        for button in ("withdraw", "renew", "verify", "return", "close", "reopen"):
            assert visitor.post(f"/needs/{waiting.pk}/{button}/", {"version": "2"}).status_code in (403, 404)
    assert at(waiting).status == "submitted"


def test_publishing_says_what_it_waits_for(draft: Need, own: Company, visitor: Client) -> None:
    Company.objects.filter(pk=own.pk).update(verified_at=None)
    publish = f"/needs/{draft.pk}/edit/publish/"
    assert "Your company is not verified yet" in words_of(visitor.get(publish))
    response = visitor.post(publish, {"version": "1"}, follow=True)
    assert response.redirect_chain == [(state(draft), 302)]
    words = words_of(response)
    due = working_calendar(timezone.localdate()).add(timezone.localdate(), 1)
    for said in (
        "The need is handed in. It opens as soon as it is checked.", "Being checked", "Finance bureau",
        f"by {due}", "The company is not verified yet.", "Nothing yet: it was never open.",
    ):  # fmt: skip
        assert said in words
    assert buttons(response) == {"withdraw"}
    back = press(visitor, draft, "withdraw")
    assert back.redirect_chain == [(state(draft), 302)]
    assert buttons(back) == {"change", "submit"}
    assert "Taken back into a draft" in words_of(back)


def test_a_need_that_waits_is_not_changed_on_its_screens(waiting: Need, visitor: Client) -> None:
    response = visitor.get(f"/needs/{waiting.pk}/edit/purpose/", follow=True)
    assert response.redirect_chain == [(state(waiting), 302)]
    assert "This need is being checked. Take it back before you change it." in words_of(response)


def test_a_duplicate_is_explained_before_publishing_and_in_the_queue(
    demo: Demo, draft: Need, own: Company, owner: User, visitor: Client, bureau: Client
) -> None:
    first = need_open(actor=owner, need_id=draft.pk, expected_version=1)
    second = need_create(actor=owner, company_id=own.pk, data=replace(DATA, amount=Decimal("1350000")))
    publish = f"/needs/{second.pk}/edit/publish/"
    page = visitor.get(publish)
    assert [one.need for one in page.context["alike"]] == [first]
    assert "The same purpose, and amounts that differ by 10%." in words_of(page)
    response = visitor.post(publish, {"version": "1"}, follow=True)
    assert "Another need of the company looks the same." in words_of(response)
    queue = bureau.get(QUEUE)
    (row,) = queue.context["rows"]
    assert (row.need, [one.need for one in row.alike], row.late) == (second, [first], False)
    assert "The same purpose, and amounts that differ by 10%." in words_of(queue)
    done = press(bureau, second, "verify")
    assert done.redirect_chain == [(QUEUE, 302)]
    assert "is open: institutions see it from now on." in words_of(done)
    assert "Nothing waits" in words_of(done)
    assert at(second).status == "open"


def test_an_officer_gives_a_need_back_and_its_company_reads_why(waiting: Need, visitor: Client, bureau: Client) -> None:
    refused = press(bureau, waiting, "return", reason=" ")
    assert refused.status_code == 422
    assert "Say what the company should mend, in at most 1000 characters." in words_of(refused)
    stale = press(bureau, waiting, "return", reason="请补充租赁合同", version="1")
    assert stale.status_code == 409
    assert "请补充租赁合同" in words_of(stale), "what was typed is not lost"
    done = press(bureau, waiting, "return", reason="请补充租赁合同")
    assert done.redirect_chain == [(QUEUE, 302)]
    page = visitor.get(state(waiting))
    assert "请补充租赁合同" in words_of(page)
    assert "Given back to be mended" in words_of(page)
    assert at(waiting).status == "draft"
    assert bureau.get(state(waiting)).status_code == 404, "a draft is the company's own"


def test_the_queue_shows_the_overdue_first_and_says_so(
    waiting: Need, own: Company, owner: User, bureau: Client
) -> None:
    other = need_create(actor=owner, company_id=own.pk, data=replace(DATA, purpose="order"))
    other = need_open(actor=owner, need_id=other.pk, expected_version=1)
    Need.objects.filter(pk=other.pk).update(verify_by=timezone.localdate() - timedelta(days=1))
    page = bureau.get(QUEUE)
    assert [(row.need.pk, row.late) for row in page.context["rows"]] == [(other.pk, True), (waiting.pk, False)]
    assert "1 overdue" in words_of(page)
    checked = press(bureau, waiting, "verify")
    assert "is checked. It opens as soon as the company is verified." in words_of(checked)
    assert [need.pk for need in checked.context["checked"]] == [waiting.pk]


def test_a_need_near_its_end_is_renewed(draft: Need, owner: User, visitor: Client) -> None:
    need = need_open(actor=owner, need_id=draft.pk, expected_version=1)
    today = timezone.localdate()
    Need.objects.filter(pk=need.pk).update(expires_on=today + timedelta(days=3))
    page = visitor.get(state(need))
    assert "Renew it if the money is still needed: it expires." in words_of(page)
    assert f"on {today + timedelta(days=3)}" in words_of(page)
    assert buttons(page) == {"change", "close", "renew"}
    renewed = press(visitor, need, "renew")
    assert f"Open until {today + timedelta(days=180)}" in words_of(renewed)
    assert at(need).expires_on == today + timedelta(days=180)
    stale = press(visitor, need, "renew", version="1")
    assert (stale.status_code, "This was not done" in words_of(stale)) == (409, True)


def test_what_is_over_can_be_opened_once_more(draft: Need, owner: User, visitor: Client) -> None:
    need = need_open(actor=owner, need_id=draft.pk, expected_version=1)
    closed = press(visitor, need, "close", state="1")
    assert closed.redirect_chain == [(state(need), 302)]
    assert buttons(closed) == {"renew"}
    home = visitor.get("/company/")
    assert [card.need.pk for card in home.context["closed"]] == [need.pk]
    again = press(visitor, need, "reopen", state="1")
    assert (again.redirect_chain, at(need).status) == ([(state(need), 302)], "open")


def test_talks_show_everywhere_and_hide_nothing(demo: Demo, owner: User, visitor: Client) -> None:
    need = need_begin_talks(need_id=demo.need.pk, actor=owner, now=timezone.now())
    page = visitor.get(state(need))
    assert "In talks" in words_of(page)
    assert buttons(page) == {"change", "close"}
    home = words_of(visitor.get("/company/"))
    assert "Work on the application. Others see the need as well until it is closed." in home
    assert "See the matches" in home


def test_the_wordings_tell_what_changed(demo: Demo, owner: User, visitor: Client) -> None:
    need = demo.need
    data = replace(NeedInput.of(need), amount=(need.amount or Decimal(0)) + 1000)
    need_update(actor=owner, need_id=need.pk, data=data, expected_version=need.version)
    newest, first = visitor.get(state(need)).context["wordings"]
    assert ([said.label for said in newest.said], first.number) == (["Amount"], 1)


def test_what_is_over_shows_no_help_on_its_matches(demo: Demo, owner: User, visitor: Client) -> None:
    need_close(actor=owner, need_id=demo.need.pk, expected_version=demo.need.version)
    page = visitor.get(f"/needs/{demo.need.pk}/")
    assert "steps" not in page.context
    assert "This need is closed: institutions do not see it." in words_of(page)


@pytest.mark.parametrize("status", ["draft", "submitted", "verified", "open", "talking", "funded", "closed", "expired"])
def test_every_state_speaks_both_languages(
    own: Company, status: str, visitor: Client, visitor_zh: Client, officer: User
) -> None:
    need = world.need_in(status, own, title="采购设备", facts={"collateral": ["inventory"]})
    for client in (visitor, visitor_zh):
        client.force_login(own.organisation.users.get())
    assert untranslated_chinese(visitor.get(state(need)), ()) == []
    assert untranslated_english(visitor_zh.get(state(need)), {"demo", "company", "csrfmiddlewaretoken"}) == []
    for client in (visitor, visitor_zh):
        client.force_login(officer)
    assert untranslated_chinese(visitor.get(QUEUE), ()) == []
    assert untranslated_english(visitor_zh.get(QUEUE), set()) == []


BUDGET = {"state": 9, "queue": 9}
"""Database queries of each page, exactly."""


def test_query_budgets(
    waiting: Need, own: Company, visitor: Client, bureau: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        world.need_in("submitted", own, title=f"第{number}项")
    for name, client, path in (("state", visitor, state(waiting)), ("queue", bureau, reverse("need-queue"))):
        client.get(path)
        cache.clear()
        with django_assert_num_queries(BUDGET[name]):
            assert client.get(path).status_code == 200
