"""The addresses that a proxy and an orchestrator ask."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings


def test_live_needs_no_database(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.database
def test_ready_asks_the_database(client: Client) -> None:
    assert client.get("/health/ready").status_code == 200


@pytest.mark.django_db
def test_ready_says_503_without_its_database_and_hides_why(client: Client) -> None:
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("password of db.internal is wrong")):
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "database away"})


@override_settings(SECURE_SSL_REDIRECT=True)
def test_health_is_asked_without_tls_from_inside(client: Client) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/i18n/setlang/").status_code == 301


def test_health_takes_no_writes(client: Client) -> None:
    assert client.post("/health/live").status_code == 405
