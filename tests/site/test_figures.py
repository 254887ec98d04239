"""The market's figures, and the pages of a site without a city pack."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.site.figures import market_figures
from tests import world

pytestmark = pytest.mark.django_db


def test_figures_count_open_needs_and_published_products_alone(db: None, fresh: None) -> None:
    first = world.company(facts={"has_ever_borrowed": False})
    for amount in (Decimal(1_000_000), Decimal(500_000)):
        world.need(first, amount=amount)
    world.need(world.company(facts={"has_ever_borrowed": True}), amount=Decimal(250_000))
    world.need(world.company())  # nobody knows whether it borrowed: not counted as never
    world.need(first, amount=Decimal(9_000_000), opened_at=None)  # a draft
    bank = world.institution()
    world.product(bank)
    world.product(bank)
    world.product(published=False)
    found = market_figures()
    assert (found.needs, found.asked, found.companies, found.never_borrowed) == (4, 2_750_000, 3, 1)
    assert (found.products, found.institutions) == (2, 1)


def test_figures_are_counted_once_a_minute(
    db: None, fresh: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        first = market_figures()
    with django_assert_num_queries(0):
        assert market_figures() == first


def test_pages_without_a_pack_say_so(db: None, fresh: None, english: Client) -> None:
    response = english.get("/")
    assert response.status_code == 503
    assert "The city pack is not loaded" in response.content.decode()
