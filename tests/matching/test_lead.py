"""One lead by itself is what the list shows of it, and its points add up."""

from __future__ import annotations

import pytest

from backend.accounts.models import User
from backend.common.errors import NotAllowed, NotFound
from backend.matching.services import eligible_leads, lead_explained, lead_neighbours, lead_of, leads_for, still_leads
from backend.needs.models import Need
from backend.products.models import Product
from tests import world
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(market: Market) -> Product:
    return Product.objects.select_related("institution").get(code="quanyuan-tax-credit")


@pytest.fixture
def banker(product: Product) -> User:
    return world.person(product.institution.organisation, name="banker")


def every_need() -> list[int]:
    return list(Need.objects.values_list("pk", flat=True))


def test_a_lead_by_itself_is_the_lead_of_the_list(market: Market, product: Product, banker: User) -> None:
    for language in ("zh-hans", "en"):
        leads = leads_for(product, viewer=banker, today=market.today, language=language, size=30).results
        assert {lead.group for lead in leads} == {"eligible", "missing"}
        for lead in leads:
            assert lead_of(product, lead.need.pk, viewer=banker, today=market.today, language=language) == lead


def test_the_contributions_make_up_the_score(market: Market, product: Product, banker: User) -> None:
    for lead in leads_for(product, viewer=banker, today=market.today, size=30).results:
        explained = lead_explained(product, lead.need.pk, viewer=banker, today=market.today)
        points = [row.points for row in explained.contributions]
        assert points == sorted(points, reverse=True)
        assert sum(points) == pytest.approx(lead.score * 100, abs=0.005 * len(points))
        assert set(lead.reasons) <= set(explained.contributions)


def test_who_may_not_see_the_need_is_told_of_none(market: Market, product: Product, banker: User) -> None:
    pages = leads_for(product, viewer=banker, today=market.today, size=100)
    assert pages.next_cursor is None or len(pages.results) == 100
    need = pages.results[0].need
    judged = still_leads(product, every_need(), viewer=banker, today=market.today)
    refused = Need.objects.filter(status="open").exclude(pk__in=judged)[0]
    Need.objects.filter(pk=need.pk).update(status="closed")
    for pk in (need.pk, refused.pk, 10**9):
        with pytest.raises(NotFound):
            lead_of(product, pk, viewer=banker, today=market.today)
    rival = Product.objects.exclude(institution=product.institution).select_related("institution")[0]
    with pytest.raises(NotAllowed):
        lead_of(rival, pages.results[1].need.pk, viewer=banker, today=market.today)


def test_neighbours_and_counts_are_those_of_the_list(market: Market, product: Product, banker: User) -> None:
    found = leads_for(product, viewer=banker, today=market.today, size=100)
    ids = [lead.need.pk for lead in found.results]
    for place in (0, 1, 50, len(ids) - 1):
        near = lead_neighbours(product, ids[place], viewer=banker, today=market.today)
        assert near is not None
        before = ids[place - 1] if place else None
        after = ids[place + 1] if place + 1 < len(ids) else None
        assert (near.place, near.before, near.after) == (place + 1, before, after)
    assert lead_neighbours(product, 10**9, viewer=banker, today=market.today) is None
    everything, cursor = list(found.results), found.next_cursor
    while cursor:
        page = leads_for(product, viewer=banker, today=market.today, cursor=cursor, size=100)
        everything, cursor = [*everything, *page.results], page.next_cursor
    eligible = sum(lead.group == "eligible" for lead in everything)
    assert eligible_leads(product, viewer=banker, today=market.today) == eligible
    judged = still_leads(product, every_need(), viewer=banker, today=market.today)
    assert judged == {lead.need.pk for lead in everything}
    assert len(judged) == found.total
