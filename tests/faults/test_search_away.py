"""Elasticsearch goes away and comes back, under a small market: writes succeed, the embedded engine gives the same
answers in the same order and says so, and afterwards nothing is missing. A real server behind a door that shuts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.accounts.services import platform_account
from backend.indexing import engines, outbox
from backend.indexing.drift import drift
from backend.indexing.rebuild import rebuild
from backend.indexing.schemas import KINDS
from backend.indexing.services import drain_all
from backend.market.services import market_make
from backend.matching import leads, records_cache
from backend.matching.results import Leads, Matches
from backend.matching.services import leads_for, products_for
from backend.needs.models import Need
from backend.needs.services import need_close
from backend.products.models import Product
from backend.products.shelving import product_retire
from tests import world
from tests.faults.door import Door
from tests.indexing.reading import held, wanted
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db(transaction=True)

COMPANIES = 80
NEEDS, EVERY = 25, 8
SOURCES = ("elastic", "embedded")


@dataclass(frozen=True, slots=True)
class Market:
    door: Door
    viewer: User
    needs: list[Need]
    products: list[Product]


@pytest.fixture
def market(
    settings: Any,
    tmp_path: Path,
    search_prefix: str,
    elasticsearch_url: str,
    drop_indexes: Callable[[str, str], None],
) -> Iterator[Market]:
    """A market that both engines hold, the door open."""
    door = Door(elasticsearch_url)
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = search_prefix
    settings.SEARCH_ENGINES = list(SOURCES)
    settings.ELASTICSEARCH_URL = door.url
    engines.breaker.forget()
    load_pack(PACK)
    viewer = world.person(Organisation.objects.create(kind="platform", name="平台"), name="platform")
    door.open()
    today = timezone.localdate()
    try:
        market_make(actor=viewer, count=COMPANIES, seed=11, today=today, progress=lambda *_: None)
        for name in SOURCES:
            for kind in KINDS:
                rebuild(engines.engine(name), kind)
        yield Market(
            door,
            viewer,
            list(Need.objects.filter(status="open").order_by("pk")[:NEEDS]),
            list(Product.objects.filter(status="published").select_related("institution").order_by("pk")[::EVERY]),
        )
    finally:
        door.shut()
        drop_indexes(elasticsearch_url, search_prefix)
        engines.breaker.forget()
        records_cache.forget()


def matches_of(market: Market, need: Need) -> Matches:
    return products_for(need, viewer=market.viewer, today=timezone.localdate())


def page_of(market: Market, product: Product, *, cursor: str = "", q: str = "", size: int = 7) -> Leads:
    return leads_for(product, viewer=market.viewer, today=timezone.localdate(), cursor=cursor, q=q, size=size)


def pages_of(market: Market, product: Product, *, q: str = "") -> Iterator[Leads]:
    page = page_of(market, product, q=q)
    yield page
    while page.next_cursor is not None:
        page = page_of(market, product, cursor=page.next_cursor, q=q)
        yield page


def shown(page: Leads) -> list[tuple[int, float, str]]:
    return [(lead.need.pk, lead.score, lead.group) for lead in page.results]


Answers = tuple[list[object], list[object], set[tuple[str, bool]]]


def answers(market: Market) -> Answers:
    """Products of needs and leads of products with everything that orders and counts them, and which engines gave
    them, as (name, standby)."""
    given: set[tuple[str, bool]] = set()
    products: list[object] = []
    for need in market.needs:
        found = matches_of(market, need)
        given.add((found.freshness.engine, found.freshness.standby))
        groups = [[(one.product.pk, one.score) for one in group] for group in (found.eligible, found.missing)]
        products.append((groups, [one.product.pk for one in found.almost], found.counts, found.total))
    listed: list[object] = []
    for product in market.products:
        for q in ("", "设备"):
            pages = list(pages_of(market, product, q=q))
            given |= {(page.freshness.engine, page.freshness.standby) for page in pages}
            listed.append(([one for page in pages for one in shown(page)], pages[0].facets, pages[0].total))
    return products, listed, given


def assert_level(name: str) -> None:
    engine = engines.engine(name)
    for kind in KINDS:
        found = drift(engine, kind)
        assert (found.total, found.pending) == (0, 0), found
        assert held(engine, kind) == wanted(kind)


def test_both_engines_answer_alike_and_the_standby_says_that_it_stands_by(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads, "WINDOW", 20)  # several windows, so that the engines' own order tells
    products, listed, given = answers(market)
    assert given == {("elastic", False)}
    assert len(products) == NEEDS
    assert len(listed) == 2 * len(market.products) >= 30
    market.door.shut()
    assert answers(market) == (products, listed, {("embedded", True)})
    market.door.open()
    engines.breaker.forget()
    assert answers(market) == (products, listed, {("elastic", False)})


def test_a_list_begun_on_one_engine_goes_on_on_the_other(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads, "WINDOW", 10)
    lengths = []
    for product in market.products:
        whole = [one for page in pages_of(market, product) for one in shown(page)]
        found: list[tuple[int, float, str]] = []
        sources: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = page_of(market, product, cursor=cursor, size=4)
            found += shown(page)
            sources.append(page.freshness.engine)
            cursor = page.next_cursor
            if len(sources) % 2:
                market.door.shut()
            else:
                market.door.open()
                engines.breaker.forget()
        market.door.open()
        engines.breaker.forget()
        assert found == whole
        assert set(sources[::2]) <= {"elastic"}
        assert set(sources[1::2]) <= {"embedded"}
        lengths.append(len(sources))
    assert max(lengths) > 3


def test_writes_go_on_while_elasticsearch_is_away_and_it_catches_up(market: Market) -> None:
    open_to_all = world.product()
    going = page_of(market, open_to_all).results[0].need
    gone = market.products[0]
    assert_level("elastic")
    market.door.shut()

    filed = world.need(title="停机时提出")
    need_close(actor=platform_account(), need_id=going.pk, expected_version=going.version)
    product_retire(actor=platform_account(), product_id=gone.pk, expected_version=gone.version)

    pages = list(pages_of(market, open_to_all))
    listed = {lead for page in pages for lead, _, _ in shown(page)}
    assert filed.pk in listed
    assert going.pk not in listed
    fresh = pages[0].freshness
    assert (fresh.engine, fresh.standby, fresh.pending, fresh.oldest_pending_seconds) == ("embedded", True, 0, None)
    matches = matches_of(market, filed)
    offered = {one.product.pk for group in (matches.eligible, matches.missing, matches.almost) for one in group}
    assert open_to_all.pk in offered
    assert gone.pk not in offered
    waiting = {(row.kind, row.object_id) for row in outbox.pending("elastic")}
    assert waiting == {("need", filed.pk), ("need", going.pk), ("product", gone.pk)}
    assert engines.freshness("elastic").pending == 3
    assert_level("embedded")

    market.door.open()
    engines.breaker.forget()
    behind = page_of(market, open_to_all, size=100)
    assert (behind.freshness.engine, behind.freshness.standby, behind.freshness.pending) == ("elastic", False, 3)
    assert going.pk not in {lead for lead, _, _ in shown(behind)}  # the database has the last word
    outbox.pending("elastic").update(lease_until=None)  # the pause after a failure is over
    done = drain_all()["elastic"]
    assert (done.closed, done.failed, done.away) == (3, {}, False)
    for name in SOURCES:
        assert_level(name)
    level = page_of(market, open_to_all, size=100)
    assert (level.freshness.engine, level.freshness.standby, level.freshness.pending) == ("elastic", False, 0)
    assert {lead for lead, _, _ in shown(level)} == listed


def test_an_elasticsearch_that_hangs_is_passed_over(market: Market, settings: Any) -> None:
    product = market.products[1]
    well = page_of(market, product)
    settings.ELASTICSEARCH_TIMEOUT_SECONDS = 0.3
    market.door.open(silent=True)
    page = page_of(market, product)
    assert (page.freshness.engine, page.freshness.standby) == ("embedded", True)
    assert (shown(page), page.facets, page.total) == (shown(well), well.facets, well.total)
    assert engines.breaker.resting("elastic")
    assert not engines.engine("elastic").health().ok
