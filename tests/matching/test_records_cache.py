"""The record in memory: read once for each day and change; a case counts from the day after its decision."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from backend.eligibility.attributes import Value
from backend.matching import records_cache
from backend.matching.candidate import traits_of
from backend.matching.context import Context, context
from backend.matching.record import NO_RECORD, Traits
from backend.products.models import Institution
from backend.records.models import PastCase
from tests.demo_market import Market

pytestmark = pytest.mark.django_db
TRAITS = Traits(region="370102", industry="C34", size_class="small", stage="growth", purpose="rnd",
                amount=Decimal(1_500_000), term_months=12, employees=30, first_loan=True)  # fmt: skip


def asked(market: Market) -> Context:
    return context(market.platform, market.today, "en")


def test_the_record_is_read_once(market: Market) -> None:
    assert asked(market).record is asked(market).record


def test_a_case_counts_from_the_day_after(market: Market) -> None:
    before = asked(market).record
    institution = Institution.objects.order_by("pk")[0]
    PastCase.objects.create(
        institution=institution, decided_on=market.today, funded=True, amount=Decimal(1_000_000), region="370102"
    )
    assert asked(market).record is before
    tomorrow = context(market.platform, market.today + timedelta(days=1), "en").record
    assert tomorrow.cases == before.cases + 1


def test_an_earlier_case_is_read_at_once(market: Market) -> None:
    before = asked(market).record
    institution = Institution.objects.order_by("pk")[0]
    PastCase.objects.create(
        institution=institution, decided_on=market.today - timedelta(days=1), funded=True, amount=Decimal(1_000_000)
    )
    assert asked(market).record.cases == before.cases + 1


def test_one_by_one_and_all_at_once_agree(market: Market) -> None:
    reader = asked(market).record
    offers = dict(enumerate(Institution.objects.values_list("pk", flat=True), start=1))
    assert reader.scores(TRAITS, offers) == {
        product: reader.score(pk, product, TRAITS) for product, pk in offers.items()
    }


def test_without_settings_nothing_is_quoted(market: Market) -> None:
    found = asked(market)
    reader = records_cache.record(None, found.vocabulary, market.today)
    assert reader.score(1, 1, TRAITS) is NO_RECORD
    assert reader.scores(TRAITS, {1: 1}) == {1: NO_RECORD}
    assert (reader.values(TRAITS, [1]), reader.rises(1, found.vocabulary), reader.cases) == ({1: 0.0}, {}, 0)


def test_traits_are_the_facts_that_a_case_keeps() -> None:
    facts: dict[str, Value] = {
        "region": "370102",
        "term": Decimal(12),
        "has_ever_borrowed": False,
        "amount": Decimal(5),
    }
    assert traits_of(facts) == Traits(region="370102", term_months=12, first_loan=True, amount=Decimal(5))
