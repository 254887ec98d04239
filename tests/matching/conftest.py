"""A demo market for the matcher's tests, made once a module and rolled back after it; each test's own writes go at its
end, by the marker `django_db` that such tests bear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from backend.accounts.models import Organisation, User
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.market.services import market_make
from backend.matching import records_cache
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

TODAY = date(2026, 11, 24)
COMPANIES = 400


@dataclass(frozen=True, slots=True)
class Market:
    today: date
    platform: User
    bureau: User


@pytest.fixture(scope="module")
def companies() -> int:
    """How many companies the module's market has."""
    return COMPANIES


@pytest.fixture(scope="module")
def market(
    companies: int, django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("index")
    with (
        django_db_blocker.unblock(),
        override_settings(SEARCH_FOLDER=folder, SEARCH_PREFIX="matching", SEARCH_ENGINES=["embedded"]),
        transaction.atomic(),
    ):
        engines.breaker.forget()
        load_pack(PACK)
        market = Market(TODAY, _user("platform", "platform"), _user("bureau", "bureau"))
        market_make(actor=market.platform, count=companies, seed=7, today=TODAY, progress=lambda *_: None)
        for kind in ("need", "product"):
            rebuild(engines.primary(), kind, today=TODAY)
        yield market
        transaction.set_rollback(True)
    records_cache.forget()


def _user(name: str, kind: str) -> User:
    return world.person(Organisation.objects.create(kind=kind, name=name), name=name)
