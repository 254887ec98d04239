"""Filing, reading and changing over the API: versions, idempotency keys, problems, and who sees what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from backend.accounts.services import platform_account
from backend.api.models import IdempotentAnswer
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_update
from tests import world
from tests.api.conftest import signed_in

COMPANY: dict[str, Any] = {
    "name": "鼎泰精密机械有限公司",
    "credit_code": "91350200MA2YJ1XR9G",
    "founded_on": "2019-04-12",
    "facts": {"annual_revenue": "12000000", "tax_grade": "B"},
}
KEY: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "first-filing-0001"}
pytestmark = pytest.mark.database


def filed(client: APIClient) -> dict[str, Any]:
    answer = client.post("/api/v1/companies", COMPANY)
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def need_of(client: APIClient, company_id: int) -> dict[str, Any]:
    body = {"company": company_id, "title": "流动资金周转", "amount": "2000000.00", "term_months": 12}
    answer = client.post("/api/v1/needs", body)
    assert answer.status_code == 201, answer.content
    filed_need: dict[str, Any] = answer.json()
    return filed_need


def problem_of(answer: Any) -> tuple[int, str, list[str]]:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"], [error["field"] for error in body.get("errors", [])]


def test_a_filed_company_is_read_as_it_was_filed(owner: APIClient) -> None:
    created = owner.post("/api/v1/companies", COMPANY)
    assert created["Location"].endswith(f"/api/v1/companies/{created.json()['id']}")
    read = owner.get(created["Location"])
    assert (read.status_code, read["ETag"], read.json()) == (200, '"1"', created.json())
    assert read.json()["facts"]["annual_revenue"]["value"] == "12000000"
    assert read.json()["facts"]["annual_revenue"]["source"] == "declared"


def test_nobody_signed_in_is_told_how_to(client: Any, db: None) -> None:
    answer = client.get("/api/v1/companies")
    assert problem_of(answer) == (401, "not_authenticated", [])
    assert answer["WWW-Authenticate"] == "Token"


def test_a_password_gives_a_token_and_a_wrong_one_does_not(owner: APIClient) -> None:
    fresh = APIClient()
    given = fresh.post("/api/v1/token", {"username": "owner", "password": "correct horse battery"})
    assert given.status_code == 200
    me = APIClient(HTTP_AUTHORIZATION=f"Token {given.json()['token']}").get("/api/v1/me")
    assert me.json()["username"] == "owner"
    wrong = fresh.post("/api/v1/token", {"username": "owner", "password": "incorrect horse"})
    assert problem_of(wrong)[:2] == (401, "authentication_failed")


def test_rivals_and_institutions_do_not_learn_that_a_company_exists(
    owner: APIClient, rival: APIClient, banker: APIClient, officer: APIClient
) -> None:
    company = filed(owner)
    need = need_of(owner, company["id"])
    for client in (rival, banker):
        assert problem_of(client.get(f"/api/v1/companies/{company['id']}")) == (404, "not_found", [])
        assert problem_of(client.get(f"/api/v1/needs/{need['id']}")) == (404, "not_found", [])
        assert client.get("/api/v1/companies").json() == {"results": [], "next": None}
    assert officer.get(f"/api/v1/companies/{company['id']}").status_code == 200
    assert problem_of(officer.get(f"/api/v1/needs/{need['id']}")) == (404, "not_found", []), "a draft is the owner's"


def test_the_bureau_reads_but_does_not_write_for_a_company(owner: APIClient, officer: APIClient) -> None:
    company = filed(owner)
    answer = officer.patch(f"/api/v1/companies/{company['id']}", {"name": "x"}, HTTP_IF_MATCH='"1"')
    assert problem_of(answer) == (403, "permission_denied", [])
    assert Company.objects.get().name == COMPANY["name"]


def test_the_same_key_files_once_and_answers_alike(owner: APIClient) -> None:
    first = owner.post("/api/v1/companies", COMPANY, **KEY)
    second = owner.post("/api/v1/companies", COMPANY, **KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert (first.headers.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert Company.objects.count() == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(owner: APIClient) -> None:
    owner.post("/api/v1/companies", COMPANY, **KEY)
    answer = owner.post("/api/v1/companies", {**COMPANY, "name": "another"}, **KEY)
    assert problem_of(answer) == (422, "idempotency_key_reused", ["Idempotency-Key"])
    assert [company.name for company in Company.objects.all()] == [COMPANY["name"]]


def test_a_key_belongs_to_its_caller(owner: APIClient, rival: APIClient) -> None:
    owner.post("/api/v1/companies", COMPANY, **KEY)
    answer = rival.post("/api/v1/companies", {**COMPANY, "credit_code": "91440101MA5CJQ4N59"}, **KEY)
    assert answer.status_code == 201
    assert Company.objects.count() == 2


def test_a_refused_call_keeps_nothing_under_its_key(owner: APIClient) -> None:
    refused = owner.post("/api/v1/companies", {**COMPANY, "credit_code": "91350200MA2YJ1XR9A"}, **KEY)
    assert problem_of(refused) == (400, "credit_code_check", ["credit_code"])
    assert IdempotentAnswer.objects.count() == 0
    assert owner.post("/api/v1/companies", COMPANY, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["short", "x" * 101, "with a space"])
def test_a_malformed_key_is_refused(owner: APIClient, key: str) -> None:
    answer = owner.post("/api/v1/companies", COMPANY, HTTP_IDEMPOTENCY_KEY=key)
    assert problem_of(answer) == (400, "bad_idempotency_key", ["Idempotency-Key"])
    assert Company.objects.count() == 0


def test_a_change_takes_the_version_that_was_read(owner: APIClient) -> None:
    address = f"/api/v1/companies/{filed(owner)['id']}"
    assert problem_of(owner.patch(address, {"name": "a"})) == (428, "if_match_required", ["If-Match"])
    assert problem_of(owner.patch(address, {"name": "a"}, HTTP_IF_MATCH="1")) == (400, "invalid_input", ["If-Match"])
    changed = owner.patch(address, {"name": "a"}, HTTP_IF_MATCH='"1"')
    assert (changed.status_code, changed["ETag"], changed.json()["name"]) == (200, '"2"', "a")
    assert changed.json()["facts"] == owner.get(address).json()["facts"] != {}
    late = owner.patch(address, {"name": "b"}, HTTP_IF_MATCH='"1"')
    assert problem_of(late) == (412, "version_conflict", ["If-Match"])
    assert Company.objects.get().name == "a"


def test_a_change_of_facts_leaves_the_others_and_null_erases_one(owner: APIClient) -> None:
    company = filed(owner)
    address = f"/api/v1/companies/{company['id']}"
    changed = owner.patch(address, {"facts": {"employees": "35", "tax_grade": None}}, HTTP_IF_MATCH='"1"')
    assert {key: fact["value"] for key, fact in changed.json()["facts"].items()} == {
        "annual_revenue": "12000000",
        "employees": "35",
    }
    need = f"/api/v1/needs/{need_of(owner, company['id'])['id']}"
    for version, given in (("1", {"urgency": "30"}), ("2", {"guarantor_available": True}), ("3", {"urgency": None})):
        changed = owner.patch(need, {"facts": given}, HTTP_IF_MATCH=f'"{version}"')
    assert {key: fact["value"] for key, fact in changed.json()["facts"].items()} == {"guarantor_available": True}


def test_a_change_of_terms_leaves_the_others_and_refuses_what_its_kind_lacks(db: None) -> None:
    product = world.product(terms={"repayment": "bullet", "sizing": {"zh": "一倍"}}, published=False)
    bank = signed_in(world.person(product.institution.organisation))
    address = f"/api/v1/products/{product.pk}"
    refused = bank.patch(address, {"terms": {"x": 1}}, HTTP_IF_MATCH='"1"')
    assert problem_of(refused) == (400, "extra_key", ["terms.x"])
    drawdown = {"zh": "一次", "en": "At once"}
    changed = bank.patch(address, {"terms": {"drawdown": drawdown, "sizing": None}}, HTTP_IF_MATCH='"1"')
    assert changed.json()["terms"] == {"repayment": "bullet", "drawdown": drawdown}


def test_the_credit_system_s_word_stays_whatever_the_company_says(owner: APIClient) -> None:
    """A company may not file `has_ever_borrowed` away and so become a first-time borrower."""
    company = Company.objects.get(pk=filed(owner)["id"])
    fact = {"value": True, "source": "authorised", "as_of": "2025-03-31"}
    data = replace(CompanyInput.of(company), facts={**company.facts, "has_ever_borrowed": fact})
    company_update(actor=platform_account(), company_id=company.pk, data=data, expected_version=1)
    address = f"/api/v1/companies/{company.pk}"
    for given in (False, None):
        answer = owner.patch(address, {"facts": {"has_ever_borrowed": given}}, HTTP_IF_MATCH='"2"')
        assert problem_of(answer) == (400, "attested_fact", ["facts.has_ever_borrowed"])
    read = owner.get(address).json()["facts"]
    changed = owner.patch(address, {"facts": read | {"employees": "7"}}, HTTP_IF_MATCH='"2"').json()
    assert changed["facts"]["has_ever_borrowed"] == fact
    assert {key: changed["facts"][key] for key in read} == read


def test_an_unchanged_read_is_304(owner: APIClient) -> None:
    address = f"/api/v1/companies/{filed(owner)['id']}"
    assert owner.get(address, HTTP_IF_NONE_MATCH='"1"').status_code == 304
    assert owner.get(address, HTTP_IF_NONE_MATCH='"2"').status_code == 200


@pytest.mark.parametrize(
    ("language", "changed", "state", "exists"),
    [
        ("en", "It was changed meanwhile", "This cannot be done as things stand", "There is one already"),
        ("zh-hans", "内容已被他人修改", "当前状态下无法办理", "已有相同记录"),
    ],
)
def test_a_title_says_what_its_code_does(
    owner: APIClient, language: str, changed: str, state: str, exists: str
) -> None:
    spoken: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": language}
    need = need_of(owner, filed(owner)["id"])
    address = f"/api/v1/needs/{need['id']}"
    answers = [
        owner.patch(address, {"title": "采购"}, HTTP_IF_MATCH='"7"', **spoken),
        owner.post(f"{address}/close", HTTP_IF_MATCH='"7"', **spoken),
        owner.post(f"{address}/close", HTTP_IF_MATCH='"1"', **spoken),
        owner.post("/api/v1/companies", {**COMPANY, "credit_code": "91440101MA5CJQ4N59"}, **spoken),
    ]
    assert [(answer.status_code, answer.json()["code"], answer.json()["title"]) for answer in answers] == [
        (412, "version_conflict", changed),
        (412, "version_conflict", changed),
        (409, "wrong_state", state),
        (409, "company_exists", exists),
    ]


def test_a_need_opens_and_closes_once(owner: APIClient) -> None:
    company = filed(owner)
    world.verified(company["id"])
    need = need_of(owner, company["id"])
    opened = owner.post(f"/api/v1/needs/{need['id']}/open", HTTP_IF_MATCH='"1"')
    assert (opened.status_code, opened.json()["status"], opened["ETag"]) == (200, "open", '"4"')
    again = owner.post(f"/api/v1/needs/{need['id']}/open", HTTP_IF_MATCH='"4"')
    assert problem_of(again)[:2] == (409, "wrong_state")
    closed = owner.post(f"/api/v1/needs/{need['id']}/close", HTTP_IF_MATCH='"4"')
    assert closed.json()["status"] == "closed"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"facts": {"anual_revenue": "1"}}, "unknown_attribute", "facts.anual_revenue"),
        ({"facts": {"years_in_business": "3"}}, "computed_attribute", "facts.years_in_business"),
        ({"facts": {"annual_revenue": 1.5}}, "wrong_type", "facts.annual_revenue"),
        ({"facts": []}, "not_a_mapping", "facts"),
        ({"founded_on": "2999-01-01"}, "future_date", "founded_on"),
        ({"name": ""}, "blank", "name"),
    ],
)
def test_a_fault_names_its_field(owner: APIClient, change: dict[str, Any], code: str, field: str) -> None:
    answer = owner.post("/api/v1/companies", {**COMPANY, **change})
    body = answer.json()
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]
    assert Company.objects.count() == 0


def test_pages_meet_every_row_once_while_others_come(owner: APIClient) -> None:
    company = filed(owner)
    ids = [need_of(owner, company["id"])["id"] for _ in range(5)]
    first = owner.get("/api/v1/needs?limit=2").json()
    need_of(owner, company["id"])
    second = owner.get(f"/api/v1/needs?limit=2&cursor={first['next']}").json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[:4]
    assert problem_of(owner.get("/api/v1/needs?cursor=rubbish")) == (400, "bad_cursor", ["cursor"])
    for limit in ("0", "101", "020", "0000011111111111", "+5", "１０", ""):
        assert problem_of(owner.get("/api/v1/needs", {"limit": limit})) == (400, "bad_limit", ["limit"]), limit


def test_unknown_addresses_and_methods_are_problems(owner: APIClient) -> None:
    assert problem_of(owner.get("/api/v1/nothing"))[:2] == (404, "not_found")
    assert problem_of(owner.get("/api/v1/companies/0"))[:2] == (404, "not_found")
    assert problem_of(owner.delete("/api/v1/companies"))[:2] == (405, "method_not_allowed")
    assert problem_of(owner.get("/api/v1/token?x=1"))[:2] == (405, "method_not_allowed")


def test_the_registry_is_public(client: Any, db: None) -> None:
    rows = client.get("/api/v1/attributes").json()["attributes"]
    found = {row["key"]: row for row in rows}["annual_revenue"]
    assert (found["unit"], [unit["key"] for unit in found["units"]]) == ("yuan", ["yuan", "wan_yuan", "yi_yuan"])


def test_the_description_of_the_api_has_no_warning(db: None, tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
