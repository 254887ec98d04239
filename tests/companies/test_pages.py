"""A company's own pages: who sees them, what they say, what saving writes, and what happens where it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import Organisation, User
from backend.accounts.services import platform_account
from backend.companies.facts import DERIVED
from backend.companies.models import Company
from backend.companies.profile import STEPS, completeness, step_of
from backend.companies.services import CompanyInput, company_update
from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.matching.profile import opened_by_data
from backend.matching.services import match_counts
from backend.needs.models import Need
from backend.needs.services import NeedInput
from backend.packs.models import Pack, Term
from tests import world
from tests.demo_market import TODAY, Demo
from tests.site.reading import sent, untranslated_chinese, untranslated_english, words_of

pytestmark = pytest.mark.django_db

STEP_NAMES = [step.name for step in STEPS]
PAGES = ["/company/", *(f"/company/profile/{name}/" for name in STEP_NAMES)]


def step_url(name: str) -> str:
    return reverse("company-profile-step", args=[name])


def without(company: Company, *keys: str) -> Company:
    """The company with some of its facts unknown."""
    data = CompanyInput.of(company)
    facts = {key: entry for key, entry in data.facts.items() if key not in keys}
    return company_update(
        actor=platform_account(),
        company_id=company.pk,
        data=replace(data, facts=facts),
        expected_version=company.version,
        today=TODAY,
    )


def test_the_steps_ask_for_every_attribute_of_a_company_once() -> None:
    asked = [key for step in STEPS for key in step.keys]
    registry = [key for key, one in ATTRIBUTES.items() if one.subject is Subject.COMPANY and key not in DERIVED]
    assert sorted(asked) == sorted(registry)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_for_companies_alone(demo: Demo, own: Company, english: Client, path: str) -> None:
    anonymous = english.get(path)
    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/sign-in/?next={path}")
    english.force_login(demo.institution.organisation.users.get())
    refused = english.get(path)
    assert refused.status_code == 403
    assert own.name not in refused.content.decode()
    english.force_login(own.organisation.users.get())
    assert english.get(path).status_code == 200


def test_somebody_of_another_company_meets_that_one(own: Company, stranger: User, english: Client) -> None:
    english.force_login(stranger)
    for path in PAGES:
        response = english.get(path)
        assert response.context["company"].organisation == stranger.organisation
        assert own.name not in response.content.decode()


def test_the_workbench_counts_each_open_need_as_the_matcher_does(own: Company, owner: User, visitor: Client) -> None:
    response = visitor.get("/company/")
    words = words_of(response)
    needs = Need.objects.filter(company=own)
    assert {card.need.pk for card in (*response.context["cards"], *response.context["closed"])} == {
        need.pk for need in needs
    }
    for card in response.context["cards"]:
        if card.need.status == "open":
            counts = match_counts(own, NeedInput.of(card.need), viewer=owner, today=TODAY)
            assert (card.counts.eligible, card.counts.missing, card.counts.almost) == (
                counts.eligible,
                counts.missing,
                counts.almost,
            )
            assert f"{counts.eligible} Eligible {counts.missing} Data missing {counts.almost} Almost" in words
            assert f'href="/needs/{card.need.pk}/"' in response.content.decode()
            assert f'action="/needs/{card.need.pk}/close/"' in response.content.decode()


def test_the_workbench_leads_to_the_datum_that_opens_most(own: Company, owner: User, visitor: Client) -> None:
    company = without(own, "tax_grade", "annual_revenue", "employees", "invention_patents")
    opened = opened_by_data(company, viewer=owner, today=TODAY, language="en")
    response = visitor.get("/company/")
    best = response.context["advised"][0]
    number = max(datum.up_to for datum in opened.data)
    assert number > 0
    assert best.products == number
    assert f"Adding it opens up to {number} product" in words_of(response)
    address, _, anchor = best.url.partition("#")
    assert f'id="{anchor}"' in visitor.get(address).content.decode()
    assert [one.products for one in response.context["advised"]] == sorted(
        (one.products for one in response.context["advised"]), reverse=True
    )
    assert response.context["completeness"] == completeness(company)
    assert f"{completeness(company).known} of 34 data known" in words_of(response)


def test_a_computed_datum_is_asked_for_by_its_parts(own: Company, visitor: Client) -> None:
    without(own, "employees", "annual_revenue", "total_assets")
    opens = {datum.field.name: datum.opens for datum in visitor.get(step_url("figures")).context["data"]}
    assert opens["employees"] > 0
    computed = {one.label: one for one in visitor.get(step_url("figures")).context["computed"]}
    assert computed["Size class"].text == ""
    assert ("Employees", f"{step_url('figures')}#id_employees_field") in computed["Size class"].lacks


def test_the_workbench_stands_where_search_is_away(visitor: Client, no_search: None) -> None:
    response = visitor.get("/company/")
    assert response.status_code == 200
    assert [card.counts for card in response.context["cards"]] == [None] * len(response.context["cards"])
    assert "Search is away for the moment" in words_of(response)


def test_without_a_need_the_workbench_leads_to_the_first(english: Client, demo: Demo) -> None:
    company = world.company()
    english.force_login(world.person(company.organisation))
    response = english.get("/company/")
    assert "File your first need" in words_of(response)
    assert 'href="/needs/new/"' in response.content.decode()


# Filing the company.


@pytest.fixture
def newcomer(english: Client, demo: Demo) -> Client:
    organisation = Organisation.objects.create(kind="company", name="新来公司")
    english.force_login(world.person(organisation))
    return english


@pytest.mark.parametrize("path", [*PAGES, "/company/profile/", "/needs/new/"])
def test_an_organisation_without_a_company_is_led_to_file_it(newcomer: Client, path: str) -> None:
    response = newcomer.get(path)
    assert (response.status_code, response["Location"]) == (302, "/company/new/")


def test_filing_writes_what_was_typed(newcomer: Client) -> None:
    assert 'value="新来公司"' in newcomer.get("/company/new/").content.decode()
    code = world.credit_code()
    spaced = f"{code[:8]} {code[8:]}"
    response = newcomer.post(
        "/company/new/", {"name": "新来公司", "credit_code": spaced.lower(), "founded_on": "2021-05-06"}
    )
    assert (response.status_code, response["Location"]) == (302, step_url("where"))
    company = Company.objects.get(organisation__name="新来公司")
    assert (company.name, company.credit_code, company.founded_on, company.credit_code_checked, company.facts) == (
        "新来公司",
        code,
        date(2021, 5, 6),
        True,
        {},
    )
    assert newcomer.get("/company/new/")["Location"] == "/company/"


def test_a_code_that_fails_its_check_is_taken_with_a_proof(newcomer: Client) -> None:
    code = world.credit_code()
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    typed = {"name": "新来公司", "credit_code": wrong, "founded_on": ""}
    refused = newcomer.post("/company/new/", typed)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["credit_code"]
    assert f'value="{wrong}"' in refused.content.decode()
    assert not Company.objects.filter(organisation__name="新来公司").exists()
    assert newcomer.post("/company/new/", {**typed, "credit_code_proof": "营业执照，2016年"}).status_code == 302
    company = Company.objects.get(organisation__name="新来公司")
    assert (company.credit_code_checked, company.credit_code_proof) == (False, "营业执照，2016年")


def test_a_code_in_use_is_refused_at_its_field(newcomer: Client, own: Company) -> None:
    refused = newcomer.post("/company/new/", {"name": "新来公司", "credit_code": own.credit_code})
    assert refused.status_code == 422
    assert refused.context["form"].errors["credit_code"] == [
        f"A company with the credit code {own.credit_code} is filed already."
    ]


# The profile.


def test_the_profile_begins_at_the_first_step_that_lacks_something(own: Company, visitor: Client) -> None:
    known = {"value": "1"}
    Company.objects.filter(pk=own.pk).update(facts={key: known for step in STEPS[:2] for key in step.keys})
    assert visitor.get("/company/profile/")["Location"] == step_url("standing")
    assert visitor.get("/company/profile/nowhere/").status_code == 404


@pytest.mark.parametrize("step", STEPS, ids=STEP_NAMES)
def test_saving_a_step_as_it_stands_changes_no_fact(own: Company, visitor: Client, step: Any) -> None:
    form = visitor.get(step_url(step.name)).context["form"]
    response = visitor.post(step_url(step.name), sent(form))
    place = STEPS.index(step)
    following = step_url(STEPS[place + 1].name) if place + 1 < len(STEPS) else "/company/"
    assert (response.status_code, response["Location"]) == (302, following)
    saved = Company.objects.get(pk=own.pk)
    assert (saved.facts, saved.name, saved.founded_on) == (own.facts, own.name, own.founded_on)
    assert (saved.credit_code, saved.version) == (own.credit_code, own.version + 1)


def test_saving_writes_exactly_what_changed(own: Company, visitor: Client) -> None:
    own = without(own, "export_volume")
    form = visitor.get(step_url("figures")).context["form"]
    visitor.post(step_url("figures"), sent(form, total_assets="512.25", export_volume="0", employees=""))
    saved = Company.objects.get(pk=own.pk)
    stated = {"source": "declared", "as_of": TODAY.isoformat()}
    expected = {
        **own.facts,
        "total_assets": {"value": "5122500", **stated},
        "export_volume": {"value": "0", **stated},
    }
    expected.pop("employees")
    assert saved.facts == expected
    origins = {datum.field.name: datum.origin for datum in visitor.get(step_url("figures")).context["data"]}
    assert (origins["total_assets"].attested, origins["total_assets"].as_of) == (False, TODAY)
    assert origins["employees"] is None


def test_the_first_step_saves_name_and_founding_date(own: Company, visitor: Client) -> None:
    form = visitor.get(step_url("where")).context["form"]
    visitor.post(step_url("where"), sent(form, name="改名公司", founded_on="2020-01-31", themes=["-"]))
    saved = Company.objects.get(pk=own.pk)
    assert (saved.name, saved.founded_on) == ("改名公司", date(2020, 1, 31))
    assert saved.facts["themes"]["value"] == []
    computed = {one.label: one.text for one in visitor.get(step_url("figures")).context["computed"]}
    assert computed["Years in business"] == "6.8 years"


@pytest.mark.parametrize(
    ("step", "typed", "message"),
    [
        ("figures", {"total_assets": "十二"}, "Write it in digits, like 120 or 1,200.5; the unit stands beside it."),
        ("figures", {"total_assets": "-3"}, "This is at least 0."),
        ("innovation", {"innovation_score": "101"}, "This is at most 100."),
        ("where", {"founded_on": "2030-01-01"}, "This date lies in the future."),
        ("where", {"name": "甲\u202e公司"}, "This holds a character that cannot be seen (U+202E): leave it out."),
        ("where", {"themes": ["-", "green"]}, "Choose either “none of these” or what applies."),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    own: Company, visitor: Client, step: str, typed: dict[str, Any], message: str
) -> None:
    form = visitor.get(step_url(step)).context["form"]
    key = next(iter(typed))
    response = visitor.post(step_url(step), sent(form, **typed))
    assert response.status_code == 422
    assert response.context["form"].errors == {key: [message]}
    assert response.context["form"][key].value() == typed[key]
    assert f'href="#id_{key}_field"' in response.content.decode()
    saved = Company.objects.get(pk=own.pk)
    assert (saved.facts, saved.version, saved.name) == (own.facts, own.version, own.name)


def test_a_change_by_somebody_else_is_shown_and_overwritten_only_on_request(own: Company, visitor: Client) -> None:
    form = visitor.get(step_url("figures")).context["form"]
    typed = sent(form, employees="77")
    data = CompanyInput.of(own)
    facts = {**data.facts, "employees": "55"}
    company_update(
        actor=platform_account(),
        company_id=own.pk,
        data=replace(data, facts=facts),
        expected_version=own.version,
        today=TODAY,
    )
    response = visitor.post(step_url("figures"), typed)
    assert response.status_code == 409
    assert [(one.field.name, one.stored) for one in response.context["differences"]] == [("employees", "55 people")]
    assert "Employees : stored is 55 people" in words_of(response)
    assert response.context["form"]["employees"].value() == "77"
    assert Company.objects.get(pk=own.pk).facts["employees"]["value"] == "55"
    again = visitor.post(step_url("figures"), sent(response.context["form"]))
    assert again.status_code == 302
    assert Company.objects.get(pk=own.pk).facts["employees"]["value"] == "77"
    renamed = visitor.post(
        step_url("where"), sent(visitor.get(step_url("where")).context["form"], version="1", name="新名")
    )
    assert renamed.status_code == 409
    assert f"Company name : stored is {own.name}" in words_of(renamed)
    assert f'stored is <span lang="zh-Hans">{own.name}</span>' in renamed.content.decode()
    same = visitor.post(step_url("where"), sent(visitor.get(step_url("where")).context["form"], version="1"))
    assert same.status_code == 409
    assert "On this screen nothing differs. Save once more to go on." in words_of(same)


def test_each_unknown_datum_says_what_it_opens(own: Company, owner: User, visitor: Client) -> None:
    company = without(own, *STEPS[2].keys)
    opened = {one.attribute: one.up_to for one in opened_by_data(company, viewer=owner, today=TODAY).data}
    response = visitor.get(step_url("standing"))
    shown = {datum.field.name: datum.opens for datum in response.context["data"]}
    assert shown == {key: opened[key] for key in STEPS[2].keys}
    assert shown["tax_grade"] > 1
    assert f"Opens up to {shown['tax_grade']} products" in words_of(response)


def test_what_is_attested_stands_as_it_is_whatever_is_sent(own: Company, visitor: Client) -> None:
    assert own.facts["annual_revenue"]["source"] == "authorised"
    form = visitor.get(step_url("figures")).context["form"]
    assert form.fields["annual_revenue"].disabled
    assert not form.fields["employees"].disabled
    answer = visitor.post(step_url("figures"), sent(form, annual_revenue="1"))
    assert answer.status_code == 302
    assert Company.objects.get(pk=own.pk).facts == own.facts


def test_attested_facts_are_marked(own: Company, visitor: Client) -> None:
    data = visitor.get(step_url("figures")).context["data"]
    assert {datum.field.name: datum.origin.attested for datum in data if datum.origin} == {
        key: own.facts[key]["source"] != "declared" for key in step_keys("figures") if key in own.facts
    }
    assert any(datum.origin and datum.origin.attested for datum in data)


def step_keys(name: str) -> tuple[str, ...]:
    return next(step.keys for step in STEPS if step.name == name)


def test_only_codes_in_force_can_be_chosen_and_a_stored_one_stays(own: Company, visitor: Client) -> None:
    stage = own.facts["stage"]["value"]
    other = "seed" if stage != "seed" else "growth"
    Term.objects.filter(scheme="stages", code__in=[stage, other]).update(
        valid_from=date(2000, 1, 1), valid_to=date(2020, 1, 1)
    )
    Pack.objects.update(digest="another")
    codes = [code for code, _label in visitor.get(step_url("where")).context["form"].fields["stage"].choices]
    assert stage in codes
    assert other not in codes


def test_an_inner_code_of_a_tree_is_kept(own: Company, visitor: Client) -> None:
    data = CompanyInput.of(own)
    company = company_update(
        actor=platform_account(),
        company_id=own.pk,
        data=replace(data, facts={**data.facts, "industry": "C"}),
        expected_version=own.version,
        today=TODAY,
    )
    form = visitor.get(step_url("where")).context["form"]
    assert form["industry"].value() == "C"
    visitor.post(step_url("where"), sent(form))
    assert Company.objects.get(pk=own.pk).facts == company.facts


BUDGET = {"/company/": 13, "/company/profile/where/": 8, "/company/profile/figures/": 8, "save": 15}
"""Database queries of each page, exactly; the demo company has one open need."""


def test_query_budgets(own: Company, visitor: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for path, number in BUDGET.items():
        if path == "save":
            form = visitor.get(step_url("credit")).context["form"]
            with django_assert_num_queries(number):
                visitor.post(step_url("credit"), sent(form))
            continue
        visitor.get(path)
        cache.clear()
        with django_assert_num_queries(number):
            assert visitor.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_each_page_speaks_both_languages(own: Company, visitor: Client, visitor_zh: Client, path: str) -> None:
    assert untranslated_chinese(visitor.get(path), ("专精特新",)) == []
    assert untranslated_english(visitor_zh.get(path), set()) == []


def test_amounts_are_typed_in_ten_thousands(own: Company, visitor: Client) -> None:
    revenue = own.facts["annual_revenue"]["value"]
    shown = visitor.get(step_url("figures")).context["form"]["annual_revenue"].value()
    assert Decimal(shown) == Decimal(revenue) / 10000
    assert step_of("annual_revenue") is STEPS[1]
