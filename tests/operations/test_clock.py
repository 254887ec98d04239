"""What the schedule does with time alone."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack
from tests.operations.test_worker import ticker
from workers import clock
from workers.tasks import look_at_clock

__all__ = ["ticker"]


@pytest.mark.django_db
def test_it_does_what_is_due_and_nothing_twice() -> None:
    load_pack(PACK)
    need, product = world.need(), world.product()
    later = world.NOW + timedelta(days=181)
    clock.look(later)
    need.refresh_from_db()
    product.refresh_from_db()
    assert (need.status, product.status) == ("expired", "suspended")
    assert clock.look(later) == dict.fromkeys(clock.DUE, 0)
    assert set(clock.DUE) == {"needs_check", "needs_expire", "applications_look", "products_lapse"}


@pytest.mark.django_db
def test_one_that_fails_hinders_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(clock, "DUE", {"first": fail, "second": lambda now: 3})
    assert look_at_clock() == {"second": 3}


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_web_server_looks(ticker: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[datetime] = []
    settings.CLOCK_EVERY_SECONDS = 0.0

    def seen(now: datetime) -> int:
        looked.append(now)
        return 1

    monkeypatch.setattr(clock, "DUE", {"seen": seen})
    ticker()
    deadline = time.monotonic() + 30
    while len(looked) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(looked) >= 2
