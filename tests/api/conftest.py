"""People of rival organisations and clients signed in as them. The index lies in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import Organisation, User
from backend.indexing import engines
from tests import world


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path, search_prefix: str) -> None:
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = search_prefix
    engines.breaker.forget()


@pytest.fixture(autouse=True)
def own_counters() -> None:
    """The sign-in limit counts in the cache, which outlives a test."""
    cache.clear()


def person(username: str, kind: str) -> User:
    organisation = Organisation.objects.create(kind=kind, name=username)
    return User.objects.create_user(
        username, password="correct horse battery", organisation=organisation, role=world.founds(kind)
    )


def signed_in(user: User) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


@pytest.fixture
def owner(db: None) -> APIClient:
    return signed_in(person("owner", "company"))


@pytest.fixture
def rival(db: None) -> APIClient:
    return signed_in(person("rival", "company"))


@pytest.fixture
def banker(db: None) -> APIClient:
    return signed_in(person("banker", "institution"))


@pytest.fixture
def officer(db: None) -> APIClient:
    return signed_in(person("officer", "bureau"))
