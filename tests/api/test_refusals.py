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
    body = {"username": "nobody", "password": "wrong"}
    assert {client.post("/api/v1/token", body).status_code for _ in range(10)} == {401}
    answer = client.post("/api/v1/token", body)
    assert problem_of(answer)[:2] == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 60
