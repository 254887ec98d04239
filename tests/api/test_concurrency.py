"""Two calls at once: a key files once, and of two changes to one version one wins. On real transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connections
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.api import idempotency
from backend.api.models import IdempotentAnswer
from backend.companies.models import Company
from tests.api.conftest import person
from tests.api.test_operations import COMPANY, KEY

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ADDRESS = "/api/v1/companies"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that run in threads of their own, with connections of their own."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


@pytest.fixture
def token() -> str:
    return f"Token {Token.objects.create(user=person('owner', 'company')).key}"


def client(token: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=token, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def both_look_before_either_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither call finds the other's answer at first: UNIQUE alone decides who files."""
    barrier, met, look = threading.Barrier(2), threading.local(), idempotency._stored

    def stored(*given: Any) -> Any:
        found = look(*given)
        if not getattr(met, "yes", False):
            met.yes = True
            barrier.wait(timeout=20)
        return found

    monkeypatch.setattr(idempotency, "_stored", stored)


@pytest.mark.usefixtures("both_look_before_either_files")
def test_one_key_sent_twice_at_once_files_once_and_answers_alike(token: str) -> None:
    def file() -> Any:
        return client(token).post(ADDRESS, COMPANY, **KEY)

    one, other = at_once(file, file)
    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json() == other.json()
    assert sorted(answer.headers.get("Idempotency-Replayed", "false") for answer in (one, other)) == ["false", "true"]
    assert (Company.objects.count(), IdempotentAnswer.objects.count()) == (1, 1)


@pytest.mark.usefixtures("both_look_before_either_files")
def test_one_key_with_two_bodies_at_once_files_one_and_refuses_the_other(token: str) -> None:
    one, other = at_once(
        lambda: client(token).post(ADDRESS, COMPANY, **KEY),
        lambda: client(token).post(ADDRESS, {**COMPANY, "name": "另一家公司"}, **KEY),
    )
    assert sorted((one.status_code, other.status_code)) == [201, 422]
    refused = one if one.status_code == 422 else other
    assert refused.json()["code"] == "idempotency_key_reused"
    assert Company.objects.count() == 1


def test_of_two_changes_to_one_version_one_wins(token: str) -> None:
    address = f"{ADDRESS}/{client(token).post(ADDRESS, COMPANY).json()['id']}"
    names = ("甲公司", "乙公司")

    def change(name: str) -> Any:
        return client(token).patch(address, {"name": name}, HTTP_IF_MATCH='"1"')

    answers = at_once(*(partial(change, name) for name in names))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner = names[[answer.status_code for answer in answers].index(200)]
    company = Company.objects.get()
    assert (company.name, company.version) == (winner, 2)
