"""A need with products in all three groups, in a small market, and the people around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.indexing import engines
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.operations import translations
from tests.matching.conftest import TODAY, Market, market
from tests.world import person, person_of

__all__ = ["market"]


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """Compiled catalogues are not in the repository; `./dev` makes them, and so does a plain pytest."""
    translations.compile_all()


@pytest.fixture(scope="module")
def companies() -> int:
    return 60


@dataclass(frozen=True, slots=True)
class Case:
    """`owner` is of the need's company, `stranger` of another one."""

    need: Need
    owner: User
    platform: User
    bureau: User
    stranger: User
    bank: User

    @property
    def today(self) -> date:
        return TODAY

    @property
    def path(self) -> str:
        return f"/needs/{self.need.pk}/"


@pytest.fixture
def case(market: Market, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    cache.clear()
    for need in Need.objects.filter(status="open").select_related("company__organisation").order_by("pk"):
        found = products_for(need, viewer=market.platform, today=TODAY, limit=1)
        if found.counts["eligible"] >= 4 and found.counts["missing"] and found.counts["almost"] > 20:
            yield Case(
                need=need,
                owner=person(need.company.organisation),
                platform=market.platform,
                bureau=market.bureau,
                stranger=person_of(Organisation.Kind.COMPANY),
                bank=person_of(Organisation.Kind.INSTITUTION),
            )
            return
    raise AssertionError("no need of the market has enough products in all three groups")


@pytest.fixture
def no_search(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A search engine without an index."""
    settings.SEARCH_FOLDER = tmp_path
    settings.SEARCH_PREFIX = "gone"
    engines.breaker.forget()
    yield
    engines.breaker.forget()


def of(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client
