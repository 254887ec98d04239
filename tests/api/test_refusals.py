"""Calls that once broke the API, or could: each is refused as a problem, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings as site
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.companies.models import Company
from tests import world
from tests.api.conftest import person
from tests.api.test_operations import COMPANY, problem_of

pytestmark = pytest.mark.database
ADDRESS = "/api/v1/companies"


def sent(client: APIClient, body: str | bytes, address: str = ADDRESS, **headers: Any) -> Any:
    raw: Any = body  # the stubs know of text alone
    return client.generic("POST", address, raw, headers.pop("content_type", "application/json"), **headers)


def with_terms(terms: str) -> str:
    return json.dumps({**COMPANY, "facts": {"tax_grade": "…"}}).replace('"\\u2026"', terms)


@pytest.mark.parametrize(
    "value",
    [
        '"\\u0000"',
        '"\\ud800"',
        '{"value": "A", "\\udfff": 1}',
        "1e999",
        "NaN",
        "[" * 200_000,
    ],
    ids=[
        "null character",
        "half a surrogate pair",
        "half a pair in a key",
        "no finite number",
        "no number",
        "too deep",
    ],
)
def test_json_that_no_database_keeps_is_no_json_here(owner: APIClient, value: str) -> None:
    answer = sent(owner, with_terms(value))
    assert problem_of(answer) == (400, "parse_error", [])
    assert Company.objects.count() == 0


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "5", "true"])
def test_a_body_that_is_no_object_is_refused_in_words(owner: APIClient, body: str) -> None:
    answer = sent(owner, body, HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert problem_of(answer) == (400, "parse_error", [])
    assert answer.json()["title"] == "请求体不是JSON对象，应以“{”开头、以“}”结尾。"


def test_a_whole_surrogate_pair_is_a_character(owner: APIClient) -> None:
    answer = sent(owner, json.dumps({**COMPANY, "name": "𠮷野工业有限公司"}))
    assert (answer.status_code, answer.json()["name"]) == (201, "𠮷野工业有限公司")


@pytest.mark.parametrize("charset", ["rot13", "zlib", "utf-16", "nonsense"])
def test_json_is_utf_8_whatever_the_header_says(owner: APIClient, charset: str) -> None:
    answer = sent(owner, json.dumps(COMPANY), content_type=f"application/json; charset={charset}")
    assert (answer.status_code, answer.json()["name"]) == (201, COMPANY["name"])


def test_bytes_that_are_no_utf_8_are_refused(owner: APIClient) -> None:
    assert problem_of(sent(owner, b'{"name": "\xff"}')) == (400, "parse_error", [])


def test_a_body_beyond_the_limit_is_refused_as_a_problem(owner: APIClient) -> None:
    limit = site.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert problem_of(sent(owner, '{"name": "' + "x" * limit + '"}')) == (413, "body_too_large", [])
    assert Company.objects.count() == 0


def test_a_long_query_beside_a_key_is_kept_as_well(owner: APIClient) -> None:
    address, key = f"{ADDRESS}?{'x' * 400}", {"HTTP_IDEMPOTENCY_KEY": "with-a-long-query"}
    first = sent(owner, json.dumps(COMPANY), address, **key)
    assert (first.status_code, sent(owner, json.dumps(COMPANY), address, **key).json()) == (201, first.json())
    answer = sent(owner, json.dumps(COMPANY), f"{address}y", **key)
    assert problem_of(answer) == (422, "idempotency_key_reused", ["Idempotency-Key"])


def test_an_unknown_address_is_unknown_to_a_session_as_well(db: None) -> None:
    """It once answered the page that asks for a CSRF token."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(person("visitor", "company"))
    client.cookies["csrftoken"] = "x" * 32
    assert problem_of(client.post("/api/v1/companies/true", {}))[:2] == (404, "not_found")


def test_a_session_reads_and_needs_its_csrf_token_to_write(db: None) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(person("visitor", "company"))
    assert client.get("/api/v1/me").json()["username"] == "visitor"
    assert problem_of(client.post(ADDRESS, COMPANY)) == (403, "permission_denied", [])
    client.cookies["csrftoken"] = "x" * 32
    assert client.post(ADDRESS, COMPANY, HTTP_X_CSRFTOKEN="x" * 32).status_code == 201


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token 0123", "Token \xff"])
def test_a_token_that_is_none_is_401(client: Any, db: None, header: str) -> None:
    assert problem_of(client.get("/api/v1/me", HTTP_AUTHORIZATION=header))[:2] == (401, "authentication_failed")


def test_the_token_of_somebody_who_left_is_401(db: None) -> None:
    user = person("gone", "company")
    token = Token.objects.create(user=user).key
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token}")
    assert problem_of(client.get("/api/v1/me"))[:2] == (401, "authentication_failed")


def test_the_eleventh_sign_in_of_a_minute_waits(db: None) -> None:
    client = APIClient()
    bodies = [{"username": f"nobody-{number}", "password": "wrong"} for number in range(11)]
    assert {client.post("/api/v1/token", body).status_code for body in bodies[:10]} == {401}
    answer = client.post("/api/v1/token", bodies[10])
    assert problem_of(answer)[:2] == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 60


NEED = {"title": "流动资金周转", "amount": "2000000.00"}


def need_of(client: APIClient) -> str:
    company = client.post(ADDRESS, COMPANY).json()["id"]
    return f"/api/v1/needs/{client.post('/api/v1/needs', {**NEED, 'company': company}).json()['id']}"


@pytest.mark.parametrize(
    ("change", "code", "field", "message"),
    [
        ({"amont": "3"}, "extra_key", "amont", "There is no such key here. Did you mean amount?"),
        ({"version": 1}, "extra_key", "version", "This cannot be changed here: leave it out."),
        ({"status": "open", "amount": "3"}, "extra_key", "status", "This cannot be changed here: leave it out."),
        (
            {"zzz": None},
            "extra_key",
            "zzz",
            "There is no such key here; known are: title, amount, term_months, purpose, description, facts.",
        ),
    ],
)
def test_a_key_that_a_body_does_not_have_is_refused_and_changes_nothing(
    owner: APIClient, change: dict[str, Any], code: str, field: str, message: str
) -> None:
    address = need_of(owner)
    answer = owner.patch(address, change, HTTP_IF_MATCH='"1"')
    assert problem_of(answer) == (400, "invalid_input", [field])
    assert answer.json()["errors"] == [{"field": field, "code": code, "message": message}]
    assert owner.get(address)["ETag"] == '"1"'


def test_unknown_keys_are_listed_beside_the_other_faults(owner: APIClient) -> None:
    answer = owner.post(ADDRESS, {**COMPANY, "name": "", "credit_codes": "x", "founded": "2020-01-01"})
    faults = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert faults == [("name", "blank"), ("credit_codes", "extra_key"), ("founded", "extra_key")]
    assert Company.objects.count() == 0


def test_no_call_takes_a_key_that_it_does_not_know(owner: APIClient, banker: APIClient) -> None:
    """Each address that takes a body, at something that the caller may change."""
    need = need_of(owner)
    company = f"{ADDRESS}/{owner.get(ADDRESS).json()['results'][0]['id']}"
    match: dict[str, Any] = {"HTTP_IF_MATCH": '"1"'}
    answers = {
        "token": APIClient().post("/api/v1/token", {"username": "owner", "password": "x", "zz": 1}),
        "company": owner.post(ADDRESS, {**COMPANY, "zz": 1}),
        "company change": owner.patch(company, {"zz": 1}, **match),
        "need": owner.post("/api/v1/needs", {**NEED, "company": 1, "zz": 1}),
        "need change": owner.patch(need, {"zz": 1}, **match),
        "open": owner.post(f"{need}/open", {"zz": 1}, **match),
        "close": owner.post(f"{need}/close", {"zz": 1}, **match),
        "product": banker.post(
            "/api/v1/products", {"code": "x", "kind": "loan", "name_zh": "贷", "name_en": "Loan", "zz": 1}
        ),
        "product change": banker.patch("/api/v1/products/1", {"zz": 1}, **match),
        "publish": banker.post("/api/v1/products/1/publish", {"zz": 1}, **match),
        "retire": banker.post("/api/v1/products/1/retire", {"zz": 1}, **match),
    }
    expected = (400, "invalid_input", ["zz"])
    assert {name: problem_of(answer) for name, answer in answers.items()} == dict.fromkeys(answers, expected)


@pytest.mark.parametrize(
    ("address", "field", "code", "message"),
    [
        (
            "needs?status=zzz",
            "status",
            "unknown_choice",
            "known are: draft, submitted, verified, open, talking, funded, closed, expired.",
        ),
        ("needs?state=open", "state", "unknown_parameter", "known are: status, cursor, limit."),
        ("companies?q=x", "q", "unknown_parameter", "known are: cursor, limit."),
        ("products?kinds=loan", "kinds", "unknown_parameter", "known are: sort, kind, institution_kind,"),
        ("products?sort=beauty", "sort", "unknown_sort", "known are: relevance, cost, rate, amount, speed, newest."),
        ("products/suggestions?query=x", "query", "unknown_parameter", "known are: q."),
        ("me?=1", "?", "unknown_parameter", "This address takes no parameters."),
        ("me?x=1", "x", "unknown_parameter", "This address takes no parameters."),
        ("attributes?x=1", "x", "unknown_parameter", "This address takes no parameters."),
        ("needs/1/matches?cursor=x", "cursor", "unknown_parameter", "known are: limit."),
    ],
)
def test_a_parameter_or_value_that_an_address_does_not_have_is_refused_and_the_known_are_named(
    owner: APIClient, address: str, field: str, code: str, message: str
) -> None:
    answer = owner.get(f"/api/v1/{address}")
    assert problem_of(answer) == (400, code, [field])
    assert message in answer.json()["detail"]


def test_needs_are_listed_by_their_state(owner: APIClient) -> None:
    draft, company = need_of(owner), owner.get(ADDRESS).json()["results"][0]["id"]
    opened = owner.post("/api/v1/needs", {**NEED, "company": company}).json()["id"]
    world.verified(company)
    owner.post(f"/api/v1/needs/{opened}/open", HTTP_IF_MATCH='"1"')

    def listed(query: str) -> list[int]:
        return [row["id"] for row in owner.get(f"/api/v1/needs?{query}").json()["results"]]

    first = int(draft.rsplit("/", 1)[1])
    assert listed("status=open") == [opened]
    assert listed("status=draft,open") == listed("status=draft&status=open") == listed("") == [first, opened]
    assert listed("status=closed") == []
