"""Filing a need screen by screen: what is saved, what is counted meanwhile, what becomes of it, and for whom."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.accounts.services import platform_account
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.matching.services import match_counts
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_close, need_create, need_update
from backend.needs.steps import STEPS
from backend.packs.models import Pack, Term
from backend.reports.services import report_create
from backend.site.templatetags import values
from tests.demo_market import TODAY, Demo
from tests.site.reading import sent, untranslated_chinese, untranslated_english, words_of

pytestmark = pytest.mark.django_db

STATED = {"source": "declared", "as_of": TODAY.isoformat()}


@pytest.fixture
def draft(own: Company, owner: User) -> Need:
    data = NeedInput(
        amount=Decimal("1500000"),
        term_months=12,
        purpose="equipment",
        facts={"collateral": ["equipment"], "guarantor_available": True},
    )
    return need_create(actor=owner, company_id=own.pk, data=data)


def edit_url(need: Need, step: str) -> str:
    return f"/needs/{need.pk}/edit/{step}/"


def at(need: Need) -> Need:
    return Need.objects.get(pk=need.pk)


def counts_of(panel: Any) -> tuple[int, int, int]:
    return (panel.counts.eligible, panel.counts.missing, panel.counts.almost)


def expected(company: Company, data: NeedInput, viewer: User) -> tuple[int, int, int]:
    counts = match_counts(company, data, viewer=viewer, today=TODAY)
    return (counts.eligible, counts.missing, counts.almost)


def test_the_screens_ask_for_every_attribute_of_a_need_once() -> None:
    asked = [key for step in STEPS for key in step.keys]
    assert sorted(asked) == sorted(key for key, one in ATTRIBUTES.items() if one.subject is Subject.NEED)


# Who sees what.


@pytest.mark.parametrize("page", [f"edit/{step.name}/" for step in STEPS])
def test_each_page_of_a_need_is_its_company_s_alone(
    demo: Demo, draft: Need, owner: User, stranger: User, english: Client, page: str
) -> None:
    path = f"/needs/{draft.pk}/{page}"
    assert english.get(path)["Location"] == f"/sign-in/?next={path}"
    english.force_login(demo.institution.organisation.users.get())
    assert english.get(path).status_code == 403
    english.force_login(stranger)
    assert english.get(path).status_code == 404
    english.force_login(owner)
    assert english.get(path).status_code == 200
    assert english.get(f"/needs/999999999999999999/{page}").status_code == 404
    assert english.get(f"/needs/9999999999999999999/{page}").status_code == 404


@pytest.mark.parametrize(
    "action", ["edit/purpose/", "edit/publish/", "count/", "keep/", "close/", "reopen/", "discard/"]
)
def test_nobody_else_acts_on_a_need(demo: Demo, draft: Need, stranger: User, english: Client, action: str) -> None:
    path, body = f"/needs/{draft.pk}/{action}", {"version": "1", "step": "purpose", "amount": "7"}
    before = Need.objects.filter(pk=draft.pk).values().get()
    assert english.post(path, body)["Location"].startswith("/sign-in/")
    english.force_login(demo.institution.organisation.users.get())
    assert english.post(path, body).status_code == 403
    english.force_login(stranger)
    assert english.post(path, body).status_code == 404
    assert Need.objects.filter(pk=draft.pk).values().get() == before


def test_a_new_need_is_for_companies(demo: Demo, english: Client) -> None:
    assert english.get("/needs/new/")["Location"] == "/sign-in/?next=/needs/new/"
    english.force_login(demo.institution.organisation.users.get())
    assert english.get("/needs/new/").status_code == 403
    assert english.post("/needs/new/", {"amount": "7"}).status_code == 403


@pytest.mark.parametrize("action", ["count", "keep", "close", "reopen", "discard"])
def test_actions_are_posted(draft: Need, visitor: Client, action: str) -> None:
    assert visitor.get(f"/needs/{draft.pk}/{action}/").status_code == 405


# Filing.


def test_a_need_is_filed_screen_by_screen(own: Company, owner: User, visitor: Client) -> None:
    first = visitor.get("/needs/new/")
    assert not Need.objects.filter(company=own, status="draft").exists()
    response = visitor.post("/needs/new/", sent(first.context["form"], purpose="equipment", amount="150.5"))
    need = Need.objects.get(company=own, status="draft")
    assert response["Location"] == edit_url(need, "terms")
    assert (need.purpose, need.amount, need.title, need.term_months, need.facts) == (
        "equipment",
        Decimal("1505000.00"),
        "",
        None,
        {},
    )
    form = visitor.get(edit_url(need, "terms")).context["form"]
    response = visitor.post(edit_url(need, "terms"), sent(form, term="24", max_annual_cost="5.5"))
    assert response["Location"] == edit_url(need, "offer")
    form = visitor.get(edit_url(need, "offer")).context["form"]
    response = visitor.post(
        edit_url(need, "offer"),
        sent(form, collateral=["equipment", "receivables"], guarantor_available="false", accepts_equity=""),
    )
    assert response["Location"] == edit_url(need, "publish")
    saved = at(need)
    assert (saved.term_months, saved.amount, saved.status, saved.version) == (24, Decimal("1505000.00"), "draft", 3)
    assert saved.facts == {
        "max_annual_cost": {"value": "5.5", **STATED},
        "collateral": {"value": ["equipment", "receivables"], **STATED},
        "guarantor_available": {"value": False, **STATED},
    }
    summary = visitor.get(edit_url(need, "publish"))
    words = words_of(summary)
    assert "Amount 1.505 million yuan" in words
    assert "Days until the money is needed not said" in words
    assert "institutions see this need and the company" in words
    assert counts_of(summary.context["panel"]) == expected(own, NeedInput.of(saved), owner)
    response = visitor.post(edit_url(need, "publish"), {"version": summary.context["need"].version})
    assert response["Location"] == f"/needs/{need.pk}/"
    assert (at(need).status, at(need).title) == ("open", "Equipment and technical upgrading, CNY 1.505 million")


def test_a_draft_may_be_begun_with_nothing(own: Company, visitor: Client) -> None:
    form = visitor.get("/needs/new/").context["form"]
    assert visitor.post("/needs/new/", sent(form)).status_code == 302
    need = Need.objects.get(company=own, status="draft")
    assert (need.amount, need.purpose, need.title) == (None, "", "")
    page = visitor.get(edit_url(need, "publish"))
    assert "One thing is missing before it can be published: how much you need." in words_of(page)
    assert f'href="{edit_url(need, "purpose")}#id_amount_field"' in page.content.decode()
    refused = visitor.post(edit_url(need, "publish"), {"version": "1"})
    assert refused.status_code == 422
    assert "Say how much you need" in words_of(refused)
    assert at(need).status == "draft"
    assert "A need without a title" in words_of(visitor.get("/company/"))


@pytest.mark.parametrize("step", ["purpose", "terms", "offer"])
def test_saving_a_screen_as_it_stands_changes_nothing(draft: Need, visitor: Client, step: str) -> None:
    form = visitor.get(edit_url(draft, step)).context["form"]
    assert visitor.post(edit_url(draft, step), sent(form)).status_code == 302
    saved = at(draft)
    assert NeedInput.of(saved) == NeedInput.of(draft)
    assert saved.version == 2


def test_the_first_screen_sent_again_after_going_back_is_the_same_need(own: Company, visitor: Client) -> None:
    screen = visitor.get("/needs/new/").context["screen"]
    first = visitor.post("/needs/new/", {"screen": screen, "purpose": "equipment", "amount": "300"})
    draft = Need.objects.get(company=own, amount=3_000_000)
    assert first["Location"] == f"/needs/{draft.pk}/edit/terms/"
    visitor.post(f"/needs/{draft.pk}/edit/terms/", {"version": str(draft.version), "term": "24"})
    again = visitor.post("/needs/new/", {"screen": screen, "purpose": "equipment", "amount": "400"})
    assert again["Location"] == f"/needs/{draft.pk}/edit/terms/"
    draft.refresh_from_db()
    assert (draft.amount, draft.term_months) == (4_000_000, 24)
    assert Need.objects.filter(company=own, purpose="equipment", status="draft").count() == 1
    # Another screen is another need.
    other = visitor.get("/needs/new/").context["screen"]
    assert other != screen
    visitor.post("/needs/new/", {"screen": other, "purpose": "equipment", "amount": "500"})
    assert Need.objects.filter(company=own, purpose="equipment", status="draft").count() == 2


def test_a_draft_is_thrown_away(draft: Need, visitor: Client) -> None:
    path = f"/needs/{draft.pk}/discard/"
    assert f'action="{path}"' in visitor.get("/company/").content.decode()
    assert visitor.post(path, {"version": str(draft.version + 7)}).status_code == 409
    assert visitor.post(path, {"version": str(draft.version)})["Location"] == "/company/"
    assert not Need.objects.filter(pk=draft.pk).exists()
    assert visitor.post(path, {"version": str(draft.version)}).status_code == 404


def test_what_was_open_or_reported_is_not_thrown_away(demo: Demo, draft: Need, owner: User, visitor: Client) -> None:
    assert visitor.post(f"/needs/{demo.need.pk}/discard/", {"version": str(demo.need.version)}).status_code == 409
    report_create(actor=owner, need_id=draft.pk, language="zh-hans", today=TODAY)
    draft.refresh_from_db()
    said = visitor.post(f"/needs/{draft.pk}/discard/", {"version": str(draft.version)})
    assert said.status_code == 409
    assert "A match report was made of this draft, so it stays." in said.content.decode()
    assert Need.objects.filter(pk=draft.pk).exists()


def test_the_share_to_be_sold_goes_with_the_readiness_to_sell(draft: Need, visitor: Client) -> None:
    form = visitor.get(edit_url(draft, "offer")).context["form"]
    visitor.post(edit_url(draft, "offer"), sent(form, accepts_equity="true", max_equity_sold="10"))
    assert at(draft).facts["max_equity_sold"]["value"] == "10"
    form = visitor.get(edit_url(draft, "offer")).context["form"]
    visitor.post(edit_url(draft, "offer"), sent(form, accepts_equity="false"))
    assert at(draft).facts.keys() == {"collateral", "guarantor_available", "accepts_equity"}


@pytest.mark.parametrize(
    ("step", "typed", "message"),
    [
        ("purpose", {"amount": "很多"}, "Write it in digits, like 120 or 1,200.5; the unit stands beside it."),
        ("purpose", {"amount": "0"}, "An amount is above zero and has at most two decimals."),
        ("purpose", {"title": "长" * 201}, "Ensure this value has at most 200 characters (it has 201)."),
        ("terms", {"term": "601"}, "A term has 1 to 600 months."),
        ("terms", {"term": "1.5"}, "At most 0 digits after the decimal point."),
        ("offer", {"collateral": ["-", "equipment"]}, "Choose either “none of these” or what applies."),
        ("purpose", {"purpose": "gold"}, "Select a valid choice. gold is not one of the available choices."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    draft: Need, visitor: Client, step: str, typed: dict[str, Any], message: str
) -> None:
    form = visitor.get(edit_url(draft, step)).context["form"]
    response = visitor.post(edit_url(draft, step), sent(form, **typed))
    key, value = next(iter(typed.items()))
    assert response.status_code == 422
    assert response.context["form"].errors == {key: [message]}
    assert response.context["form"][key].value() == value
    assert f'href="#id_{key}_field"' in response.content.decode()
    assert (at(draft).version, NeedInput.of(at(draft))) == (1, NeedInput.of(draft))


def test_a_fault_on_the_first_screen_files_nothing(own: Company, visitor: Client) -> None:
    response = visitor.post("/needs/new/", {"amount": "-3", "description": "买设备"})
    assert response.status_code == 422
    assert "买设备" in response.content.decode()
    assert not Need.objects.filter(company=own, status="draft").exists()


def test_a_change_by_somebody_else_is_overwritten_only_on_request(draft: Need, owner: User, visitor: Client) -> None:
    typed = sent(visitor.get(edit_url(draft, "terms")).context["form"], term="36")
    need_update(
        actor=owner, need_id=draft.pk, data=replace(NeedInput.of(draft), term_months=6), expected_version=1, today=TODAY
    )
    response = visitor.post(edit_url(draft, "terms"), typed)
    assert response.status_code == 409
    assert "Somebody changed this need meanwhile" in words_of(response)
    assert [(one.field.name, one.stored) for one in response.context["differences"]] == [("term", "6 months")]
    assert "Term : stored is 6 months" in words_of(response)
    assert response.context["form"]["term"].value() == "36"
    assert f'hx-post="/needs/{draft.pk}/count/"' in response.content.decode(), "typing replaces nobody's words"
    assert at(draft).term_months == 6
    assert visitor.post(edit_url(draft, "terms"), sent(response.context["form"])).status_code == 302
    assert at(draft).term_months == 36


def test_every_difference_on_the_screen_is_listed(draft: Need, owner: User, visitor: Client) -> None:
    now = replace(NeedInput.of(draft), title="采购机床", purpose="", amount=Decimal("1200000"))
    need_update(actor=owner, need_id=draft.pk, data=now, expected_version=1, today=TODAY)
    typed = {"version": "1", "purpose": "equipment", "amount": "150", "title": "", "description": "买设备"}
    response = visitor.post(edit_url(draft, "purpose"), typed)
    assert response.status_code == 409
    words = words_of(response)
    assert [one.field.name for one in response.context["differences"]] == ["purpose", "amount", "description", "title"]
    assert "Purpose : nothing is stored" in words
    assert "Amount : stored is 1.2 million yuan" in words
    assert "In your own words : nothing is stored" in words
    assert "Title : stored is 采购机床" in words
    now = replace(now, facts={**now.facts, "accepts_equity": True, "max_equity_sold": "10"})
    need_update(actor=owner, need_id=draft.pk, data=now, expected_version=2, today=TODAY)
    typed = {"version": "2", "collateral": "equipment", "guarantor_available": "true", "accepts_equity": "false"}
    response = visitor.post(edit_url(draft, "offer"), {**typed, "max_equity_sold": "10"})
    found = [(one.field.name, one.stored) for one in response.context["differences"]]
    assert found == [("accepts_equity", "yes"), ("max_equity_sold", "10%")], "the share goes with the readiness"


def test_what_is_stored_already_needs_no_second_look(draft: Need, owner: User, visitor: Client) -> None:
    now = replace(NeedInput.of(draft), term_months=36, description="一\n二")
    need_update(actor=owner, need_id=draft.pk, data=now, expected_version=1, today=TODAY)
    response = visitor.post(edit_url(draft, "terms"), {"version": "1", "term": "36"})
    assert (response.status_code, response["Location"]) == (302, edit_url(draft, "offer"))
    typed = {"version": "1", "purpose": "equipment", "amount": "150", "description": "一\r\n二"}
    response = visitor.post(edit_url(draft, "purpose"), typed)
    assert (response.status_code, response["Location"]) == (302, edit_url(draft, "terms"))
    assert at(draft).version == 2


def test_an_open_need_keeps_its_amount(demo: Demo, visitor: Client) -> None:
    page = visitor.get(edit_url(demo.need, "purpose"))
    assert "This need is open: what you save here is what institutions see from then on." in words_of(page)
    response = visitor.post(edit_url(demo.need, "purpose"), sent(page.context["form"], amount=""))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["amount"]
    assert at(demo.need).amount == demo.need.amount


def test_only_purposes_in_force_can_be_chosen(draft: Need, visitor: Client) -> None:
    Term.objects.filter(scheme="purposes", code__in=["equipment", "green"]).update(
        valid_from=date(2000, 1, 1), valid_to=date(2020, 1, 1)
    )
    Pack.objects.update(digest="another")
    fields = visitor.get("/needs/new/").context["form"].fields
    offered = {code for code, _label in fields["purpose"].choices}
    assert {"equipment", "green"} & offered == set()
    assert "working_capital" in offered
    kept = {code for code, _label in visitor.get(edit_url(draft, "purpose")).context["form"].fields["purpose"].choices}
    assert kept == offered | {"equipment"}


def test_a_title_that_names_the_company_is_told(own: Company, draft: Need, owner: User, visitor: Client) -> None:
    assert visitor.get(edit_url(draft, "publish")).context["names_itself"] is False
    data = replace(NeedInput.of(draft), description=f"{own.name}采购设备")
    need_update(actor=owner, need_id=draft.pk, data=data, expected_version=1, today=TODAY)
    page = visitor.get(edit_url(draft, "publish"))
    assert page.context["names_itself"] is True
    assert "Your company" in words_of(page)


# Counting while somebody types.


@pytest.mark.parametrize("amount", ["1", "80", "300", "5000", "100000"])
def test_the_panel_counts_what_is_typed_and_saves_nothing(
    own: Company, owner: User, draft: Need, visitor: Client, amount: str
) -> None:
    before = Need.objects.filter(company=own).count()
    typed = {"step": "purpose", "purpose": "working_capital", "amount": amount}
    wanted = NeedInput(amount=Decimal(amount) * 10000, purpose="working_capital")
    panel = visitor.post("/needs/count/", typed)
    assert panel.status_code == 200
    assert counts_of(panel.context["panel"]) == expected(own, wanted, owner)
    saved = NeedInput.of(draft)
    panel = visitor.post(f"/needs/{draft.pk}/count/", typed)
    changed = replace(saved, amount=Decimal(amount) * 10000, purpose="working_capital")
    assert counts_of(panel.context["panel"]) == expected(own, changed, owner)
    body = panel.content.decode()
    assert re.findall(r"<strong>(\d+)</strong>", body) == [str(number) for number in counts_of(panel.context["panel"])]
    assert "<html" not in body
    assert (at(draft).version, Need.objects.filter(company=own).count()) == (1, before)


def test_what_cannot_be_read_yet_is_left_out_gently(own: Company, owner: User, draft: Need, visitor: Client) -> None:
    typed = {"step": "purpose", "purpose": "rnd", "amount": "1百"}
    panel = visitor.post(f"/needs/{draft.pk}/count/", typed)
    assert panel.status_code == 200
    assert "Not counted, since it cannot be read yet: Amount" in panel.content.decode()
    assert counts_of(panel.context["panel"]) == expected(own, replace(NeedInput.of(draft), purpose="rnd"), owner)
    for term in ("0", "99999", "-4"):
        panel = visitor.post(f"/needs/{draft.pk}/count/", {"step": "terms", "term": term})
        assert panel.status_code == 200


def test_the_panel_needs_a_screen(draft: Need, visitor: Client) -> None:
    assert visitor.post(f"/needs/{draft.pk}/count/", {"amount": "3"}).status_code == 404
    assert visitor.post("/needs/count/", {"step": "nowhere"}).status_code == 404


def test_the_panel_of_a_page_counts_what_is_saved(own: Company, owner: User, draft: Need, visitor: Client) -> None:
    for step in STEPS:
        page = visitor.get(edit_url(draft, step.name))
        assert counts_of(page.context["panel"]) == expected(own, NeedInput.of(draft), owner)


def test_filing_goes_on_where_search_is_away(draft: Need, visitor: Client, no_search: None) -> None:
    assert visitor.get("/needs/new/").status_code == 200
    page = visitor.get(edit_url(draft, "publish"))
    assert "Search is away for the moment, so nothing can be counted." in words_of(page)
    panel = visitor.post(f"/needs/{draft.pk}/count/", {"step": "purpose", "amount": "3"})
    assert (panel.status_code, panel.context["panel"].counts) == (200, None)
    form = visitor.get(edit_url(draft, "terms")).context["form"]
    assert visitor.post(edit_url(draft, "terms"), sent(form, term="9")).status_code == 302
    assert at(draft).term_months == 9


# Saving while somebody types.


def typed_into(need: Need, **changed: Any) -> dict[str, Any]:
    """The first screen of the draft as it stands, with some fields changed."""
    screen = {"step": "purpose", "version": str(need.version), "purpose": "equipment", "amount": "150"}
    return {**screen, "title": "", "description": "", **changed}


def kept_line(response: Any) -> str:
    line = re.search(r'<p id="kept" hx-swap-oob="innerHTML">(.*?)</p>', response.content.decode(), re.DOTALL)
    assert line is not None
    return line[1].strip()


def version_sent_back(response: Any) -> list[str]:
    brought = r'<input type="hidden" name="version" value="(\d+)" id="id_version" hx-swap-oob="true">'
    return re.findall(brought, response.content.decode())


def test_a_draft_is_saved_while_it_is_typed(own: Company, owner: User, draft: Need, visitor: Client) -> None:
    page = visitor.get(edit_url(draft, "purpose")).content.decode()
    assert f'hx-post="/needs/{draft.pk}/keep/"' in page
    assert re.findall(r'id="kept" role="status">(.*?)\s*</p>', page) == [f"Saved {values.clock(draft.updated_at)}"]
    answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="80.5", description="买设备"))
    saved = at(draft)
    assert answer.status_code == 200
    assert (saved.amount, saved.description, saved.version) == (Decimal("805000.00"), "买设备", 2)
    assert (saved.status, saved.term_months, saved.facts) == ("draft", 12, draft.facts)
    assert version_sent_back(answer) == ["2"]
    assert kept_line(answer) == f"Saved {values.clock(saved.updated_at)}"
    assert counts_of(answer.context["panel"]) == expected(own, NeedInput.of(saved), owner)
    again = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(saved, amount="", description="买设备"))
    assert (at(draft).amount, at(draft).version) == (None, 3)
    assert version_sent_back(again) == ["3"]


def test_sent_twice_it_is_saved_once(draft: Need, visitor: Client) -> None:
    typed = typed_into(draft, amount="80", title=" 买设备 ")
    for _time in range(2):
        answer = visitor.post(f"/needs/{draft.pk}/keep/", typed)
        assert version_sent_back(answer) == ["2"]
        assert kept_line(answer) == f"Saved {values.clock(at(draft).updated_at)}"
    assert (at(draft).title, at(draft).version) == ("买设备", 2)
    form = visitor.get(edit_url(draft, "offer")).context["form"]
    answer = visitor.post(f"/needs/{draft.pk}/keep/", {**sent(form), "step": "offer"})
    assert (version_sent_back(answer), at(draft).version) == (["2"], 2)


@pytest.mark.parametrize(
    ("wrong", "label"),
    [
        ({"amount": "1百"}, "Amount"),
        ({"amount": "0"}, "Amount"),
        ({"amount": "99999999999999"}, "Amount"),
        ({"title": "长" * 201}, "Title"),
        ({"title": "买\u202e设备"}, "Title"),
        ({"amount": "-1", "title": "长" * 201}, "Title, Amount"),
    ],
)
def test_what_cannot_be_stored_stays_as_it_was_and_the_rest_is_saved(
    draft: Need, visitor: Client, wrong: dict[str, str], label: str
) -> None:
    answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, purpose="rnd", **wrong))
    saved = at(draft)
    assert answer.status_code == 200
    assert (saved.purpose, saved.amount, saved.title, saved.version) == ("rnd", draft.amount, "", 2)
    assert set(kept_line(answer).partition(", but for: ")[2].split(", ")) == set(label.split(", "))
    assert kept_line(answer).startswith(f"Saved {values.clock(saved.updated_at)}")
    assert version_sent_back(answer) == ["2"]


def test_nothing_readable_stores_nothing(draft: Need, visitor: Client) -> None:
    answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="x", purpose="gold"))
    assert at(draft).version == 1
    assert kept_line(answer).endswith("but for: Purpose, Amount")


def test_a_conflict_stores_nothing_and_says_the_way_out(draft: Need, owner: User, visitor: Client) -> None:
    need_update(
        actor=owner, need_id=draft.pk, data=replace(NeedInput.of(draft), purpose="rnd"), expected_version=1, today=TODAY
    )
    before = Need.objects.filter(pk=draft.pk).values().get()
    for version in ("1", "", "x"):
        answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="7", version=version))
        assert answer.status_code == 200
        assert version_sent_back(answer) == []
        line = kept_line(answer)
        assert "Not saved: somebody changed this need meanwhile." in line
        assert f'<a href="{edit_url(draft, "purpose")}">Take over what is stored</a>' in line
    assert Need.objects.filter(pk=draft.pk).values().get() == before


def test_an_open_need_is_saved_by_its_button_alone(demo: Demo, visitor: Client) -> None:
    page = visitor.get(edit_url(demo.need, "purpose")).content.decode()
    assert f'hx-post="/needs/{demo.need.pk}/count/"' in page
    assert 'id="kept"' not in page
    assert f'hx-post="/needs/{demo.need.pk}/keep/"' not in page
    before = Need.objects.filter(pk=demo.need.pk).values().get()
    answer = visitor.post(f"/needs/{demo.need.pk}/keep/", typed_into(demo.need, amount="7"))
    assert "This need is open meanwhile: what you type is saved by “Save and go on” alone." in kept_line(answer)
    assert version_sent_back(answer) == []
    need_close(actor=platform_account(), need_id=demo.need.pk, expected_version=demo.need.version)
    answer = visitor.post(f"/needs/{demo.need.pk}/keep/", typed_into(at(demo.need), amount="7"))
    assert "Not saved: somebody changed this need meanwhile." in kept_line(answer)
    assert Need.objects.filter(pk=demo.need.pk).values("amount", "purpose").get() == {
        "amount": before["amount"],
        "purpose": before["purpose"],
    }


def test_what_else_the_need_says_may_keep_it_from_being_saved(draft: Need, visitor: Client) -> None:
    Need.objects.filter(pk=draft.pk).update(facts={**draft.facts, "collateral": {"value": ["gold"], **STATED}})
    answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="7"))
    assert "Not saved: " in kept_line(answer)
    assert at(draft).amount == draft.amount


def test_a_need_without_a_row_is_saved_by_its_button(own: Company, visitor: Client) -> None:
    before = Need.objects.filter(company=own).count()
    page = visitor.get("/needs/new/").content.decode()
    assert 'hx-post="/needs/count/"' in page
    assert 'id="kept"' not in page
    assert Need.objects.filter(company=own).count() == before


def test_a_page_of_a_need_is_never_taken_from_memory(draft: Need, visitor: Client) -> None:
    """It would name a version that is gone."""
    assert "no-store" in visitor.get(edit_url(draft, "purpose"))["Cache-Control"]


def test_the_panel_of_a_draft_needs_a_screen(draft: Need, visitor: Client) -> None:
    assert visitor.post(f"/needs/{draft.pk}/keep/", {"amount": "3", "version": "1"}).status_code == 404
    assert at(draft).version == 1


def test_saving_goes_on_where_search_is_away(draft: Need, visitor: Client, no_search: None) -> None:
    answer = visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="7"))
    assert (answer.context["panel"].counts, at(draft).amount) == (None, Decimal("70000.00"))


# Closing and reopening.


def test_closing_and_reopening_twice_is_doing_it_once(draft: Need, visitor: Client) -> None:
    def post(action: str, version: int) -> Any:
        return visitor.post(f"/needs/{draft.pk}/{action}/", {"version": version}, follow=True)

    visitor.post(edit_url(draft, "publish"), {"version": 1})
    for action, status, version in (("close", "closed", 4), ("reopen", "open", 5)):
        for _time in range(2):
            response = post(action, version)
            assert (response.status_code, response.redirect_chain) == (200, [("/company/", 302)])
            assert (at(draft).status, at(draft).version) == (status, version + 1)
    stale = post("close", 2)
    assert stale.status_code == 409
    assert "Read it again and repeat your change." in words_of(stale)
    assert at(draft).status == "open"
    assert visitor.post(f"/needs/{draft.pk}/close/", {"version": "x"}).status_code == 409


def test_publishing_twice_is_publishing_once(draft: Need, visitor: Client) -> None:
    for _time in range(2):
        response = visitor.post(edit_url(draft, "publish"), {"version": 1})
        assert response["Location"] == f"/needs/{draft.pk}/"
    assert (at(draft).status, at(draft).version) == ("open", 4)


def test_publishing_what_somebody_changed_meanwhile_shows_it_first(draft: Need, owner: User, visitor: Client) -> None:
    need_update(
        actor=owner, need_id=draft.pk, data=replace(NeedInput.of(draft), term_months=6), expected_version=1, today=TODAY
    )
    response = visitor.post(edit_url(draft, "publish"), {"version": 1})
    assert response.status_code == 409
    assert "Term 6 months" in words_of(response)
    assert at(draft).status == "draft"


def test_a_closed_need_is_reopened_before_it_is_changed(demo: Demo, visitor: Client) -> None:
    need_close(actor=platform_account(), need_id=demo.need.pk, expected_version=demo.need.version)
    response = visitor.get(edit_url(demo.need, "purpose"), follow=True)
    assert response.redirect_chain == [(f"/needs/{demo.need.pk}/state/", 302)]
    assert "This need is closed. Reopen it before you change it." in words_of(response)
    assert f'action="/needs/{demo.need.pk}/reopen/"' in response.content.decode()
    assert at(demo.need).version == demo.need.version + 1


BUDGET = {"new": 10, "purpose": 10, "offer": 10, "publish": 11, "count": 11, "keep": 18, "save": 14}
"""Database queries of each page, exactly."""


def test_query_budgets(draft: Need, visitor: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pages = {"new": "/needs/new/", **{name: edit_url(draft, name) for name in ("purpose", "offer", "publish")}}
    for name, path in pages.items():
        visitor.get(path)
        cache.clear()
        with django_assert_num_queries(BUDGET[name]):
            assert visitor.get(path).status_code == 200
    with django_assert_num_queries(BUDGET["count"]):
        visitor.post(f"/needs/{draft.pk}/count/", {"step": "purpose", "amount": "3"})
    with django_assert_num_queries(BUDGET["keep"]):
        visitor.post(f"/needs/{draft.pk}/keep/", typed_into(draft, amount="3"))
    form = sent(visitor.get(edit_url(draft, "terms")).context["form"])
    with django_assert_num_queries(BUDGET["save"]):
        visitor.post(edit_url(draft, "terms"), form)


@pytest.mark.parametrize("step", ["new", *(step.name for step in STEPS)])
def test_each_page_speaks_both_languages(draft: Need, visitor: Client, visitor_zh: Client, step: str) -> None:
    path = "/needs/new/" if step == "new" else edit_url(draft, step)
    assert untranslated_chinese(visitor.get(path), ()) == []
    assert untranslated_english(visitor_zh.get(path), set()) == []
