"""The demo market, its accounts and the people who look at it: fixtures for every test that needs them, registered in
`tests/conftest.py`. A folder that wants another size of market overrides `companies`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from backend.accounts.models import Organisation, User
from backend.accounts.services import demo_accounts_ensure
from backend.companies.models import Company
from backend.indexing import engines
from backend.indexing.rebuild import rebuild
from backend.market.services import market_make
from backend.matching import records_cache
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.operations import translations
from backend.products.models import Institution, Product
from tests.matching.cases import PACK
from tests.matching.loading import load_pack
from tests.world import person, person_of

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """Compiled catalogues are not in the repository; `./dev` makes them, and so does a plain pytest."""
    translations.compile_all()


@dataclass(frozen=True, slots=True)
class Market:
    today: date
    platform: User
    bureau: User


@pytest.fixture(scope="module")
def companies() -> int:
    """How many companies the module's market has."""
    return 60


@pytest.fixture(scope="module")
def market(
    companies: int, django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    """Made once a module and rolled back after it; each test's own writes go at its end, by the marker `django_db` that
    such tests bear."""
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
    return person(Organisation.objects.create(kind=kind, name=name), name=name)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No page of an earlier test is remembered, and today is the market's day."""
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def no_search(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A search engine without an index."""
    settings.SEARCH_FOLDER = tmp_path
    settings.SEARCH_PREFIX = "gone"
    engines.breaker.forget()
    yield
    engines.breaker.forget()


@pytest.fixture
def chinese() -> Client:
    return Client(headers={"accept-language": "zh-hans"})


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


def of(user: User, language: str = "en") -> Client:
    """A client signed in as `user`."""
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


# The demo as `./dev up` leaves it, and the company whose pages are looked at.


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo company's need and the demo institution's product; the product heads the need's matches."""

    need: Need
    product: Product
    institution: Institution


@pytest.fixture
def demo(market: Market, fresh: None, db: None) -> Demo:
    for need in Need.objects.filter(status="open").select_related("company__organisation").order_by("pk"):
        matches = products_for(need, viewer=market.platform, today=TODAY)
        if matches.eligible and matches.missing and matches.almost:
            product = matches.eligible[0].product
            demo_accounts_ensure(company=need.company.organisation, institution=product.institution.organisation)
            return Demo(need, product, product.institution)
    raise AssertionError("no need of the market has products in all three groups")


@pytest.fixture
def own(demo: Demo) -> Company:
    """The company whose pages are looked at."""
    return Company.objects.get(pk=demo.need.company_id)


@pytest.fixture
def owner(own: Company) -> User:
    return own.organisation.users.get()


@pytest.fixture
def stranger(own: Company) -> User:
    """Somebody of another company."""
    return person(Company.objects.exclude(pk=own.pk)[0].organisation)


@pytest.fixture
def visitor(english: Client, owner: User) -> Client:
    """The owner, who reads English."""
    english.force_login(owner)
    return english


@pytest.fixture
def visitor_zh(chinese: Client, owner: User) -> Client:
    chinese.force_login(owner)
    return chinese


# A need with much in all three groups, and the people around it.


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
def case(market: Market, db: None, fresh: None) -> Case:
    for need in Need.objects.filter(status="open").select_related("company__organisation").order_by("pk"):
        found = products_for(need, viewer=market.platform, today=TODAY, limit=1)
        if found.counts["eligible"] >= 4 and found.counts["missing"] and found.counts["almost"] > 20:
            return Case(
                need=need,
                owner=person(need.company.organisation),
                platform=market.platform,
                bureau=market.bureau,
                stranger=person_of(Organisation.Kind.COMPANY),
                bank=person_of(Organisation.Kind.INSTITUTION),
            )
    raise AssertionError("no need of the market has enough products in all three groups")
