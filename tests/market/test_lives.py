"""A made-up market in several states, and one that was left alone for months."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from backend.accounts.services import platform_account
from backend.lifecycle.queries import broken_at, events_of
from backend.market.lives import RETURNED, lives_make
from backend.market.services import market_make
from backend.market.upkeep import Kept, market_keep
from backend.needs.clock import needs_expire
from backend.needs.models import Need
from backend.needs.queries import duplicates_of
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.products.clock import products_lapse
from backend.products.models import Product

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TODAY = timezone.localdate(NOW)


@pytest.fixture
def market() -> None:
    pack_load(default_folder(), actor=platform_account(), progress=lambda *_: None, today=TODAY)
    market_make(actor=platform_account(), count=60, seed=1, today=TODAY, progress=lambda *_: None)


def states() -> dict[str, int]:
    return dict(Counter(Need.objects.values_list("status", flat=True)))


def test_a_market_has_needs_in_every_queue_once(market: None) -> None:
    before = Need.objects.count()
    assert lives_make(actor=platform_account(), seed=1, now=NOW) == 10
    assert states() == {"open": before - 2, "submitted": 5, "draft": 1, "closed": 2}
    assert needs_expire(NOW) == 1
    assert lives_make(actor=platform_account(), seed=1, now=NOW) == 0
    waiting = list(Need.objects.filter(status="submitted").select_related("company"))
    assert sorted(bool(duplicates_of(need, on=TODAY)) for need in waiting) == [False, False, True, True, True]
    assert sorted(need.company.verified_at is None for need in waiting) == [False, False, False, True, True]
    returned = Need.objects.get(status="draft")
    assert events_of(returned).get(event="return").note == RETURNED
    assert [need.pk for need in Need.objects.all() if broken_at(need) is not None] == []


def test_a_market_that_was_left_alone_has_its_shelf_and_its_needs_again(market: None) -> None:
    on_shelf, asked = Product.objects.filter(status="published").count(), Need.objects.count()
    stale = products_lapse(NOW)
    assert 0 < stale < on_shelf / 5
    assert market_keep(actor=platform_account(), now=NOW) == Kept()
    later = NOW + timedelta(days=200)
    while products_lapse(later) or needs_expire(later):
        pass
    assert not Product.objects.filter(status="published").exists()
    assert states() == {"expired": asked}
    assert market_keep(actor=platform_account(), now=later).products == on_shelf
    assert 0 < products_lapse(later) <= stale, "what nobody had confirmed is so again"
    assert needs_expire(later) == 0
    assert states()["open"] > asked * 0.8, "some stand aside for another of the same company"
    assert market_keep(actor=platform_account(), now=later) == Kept()
