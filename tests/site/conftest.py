"""A demo market with its accounts, as `./dev up` leaves it, on the market of the matcher's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backend.accounts.demo import demo_accounts_ensure
from backend.indexing import engines
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.operations import translations
from backend.products.models import Institution, Product
from tests.matching.conftest import TODAY, Market, market

__all__ = ["market"]


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """Compiled catalogues are not in the repository; `./dev` makes them, and so does a plain pytest."""
    translations.compile_all()


@pytest.fixture(scope="module")
def companies() -> int:
    return 60


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No page of an earlier test is remembered, and today is the market's day."""
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    cache.clear()
    yield
    cache.clear()


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
def chinese() -> Client:
    return Client(headers={"accept-language": "zh-hans"})


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def no_search(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A search engine without an index."""
    settings.SEARCH_FOLDER = tmp_path
    settings.SEARCH_PREFIX = "gone"
    engines.breaker.forget()
    yield
    engines.breaker.forget()
