"""The pages' tests stand on the site's demo market."""

from __future__ import annotations

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.matching import market as columns
from tests.demo_market import Demo


@pytest.fixture
def bank(demo: Demo) -> User:
    """Somebody of the demo institution."""
    columns.forget()
    return User.objects.get(organisation=demo.institution.organisation)


@pytest.fixture
def zh(bank: User, chinese: Client) -> Client:
    chinese.force_login(bank)
    return chinese


@pytest.fixture
def en(bank: User, english: Client) -> Client:
    english.force_login(bank)
    return english
