"""Threads that ask for the market at once read it once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from backend.matching import market
from backend.matching.market import Market, open_market
from tests import world


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_market() -> None:
    for _ in range(5):
        world.need()
    market.forget()
    found: list[Market] = []
    ready = threading.Barrier(4)

    def ask() -> None:
        try:
            ready.wait(10)
            found.append(open_market(world.TODAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    market.forget()
    assert len(found) == 4
    assert len({id(one) for one in found}) == 1
    assert found[0].size == 5
