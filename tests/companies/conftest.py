"""The pages of companies are tested on the demo market of the site's pages."""

from __future__ import annotations

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.companies.models import Company
from tests import world
from tests.site.conftest import (
    Demo,
    chinese,
    companies,
    compiled_translations,
    demo,
    english,
    fresh,
    market,
    no_search,
)

__all__ = ["chinese", "companies", "compiled_translations", "demo", "english", "fresh", "market", "no_search"]


@pytest.fixture
def own(demo: Demo) -> Company:
    """The company whose pages are looked at."""
    return Company.objects.get(pk=demo.need.company_id)


@pytest.fixture
def owner(own: Company) -> User:
    return own.organisation.users.earliest("pk")


@pytest.fixture
def stranger(own: Company) -> User:
    """Somebody of another company."""
    return world.person(Company.objects.exclude(pk=own.pk)[0].organisation)


@pytest.fixture
def visitor(english: Client, owner: User) -> Client:
    """The owner, who reads English."""
    english.force_login(owner)
    return english


@pytest.fixture
def visitor_zh(chinese: Client, owner: User) -> Client:
    chinese.force_login(owner)
    return chinese
