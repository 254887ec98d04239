"""The market in memory is what the database says, whatever changed since it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.companies.facts import facts_of
from backend.companies.services import CompanyInput, company_update
from backend.matching import market as market_module
from backend.matching.market import HAS, NEVER, NOT_KNOWN, exact_sum, open_market
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_close, need_create, need_open, need_update
from backend.packs.queries import size_table, vocabulary
from tests.demo_market import Market


@pytest.fixture(scope="module")
def companies() -> int:
    return 80


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    market_module.forget()
    yield
    market_module.forget()


def _needs() -> list[Need]:
    return list(Need.objects.filter(status="open").select_related("company").order_by("pk"))


def _agrees(found: market_module.Market, day: date) -> None:
    """Every row says what its need and company say in the database."""
    words, needs = vocabulary(), _needs()
    assert found.day == day
    assert found.need.tolist() == [need.pk for need in needs]
    assert found.company.tolist() == [need.company_id for need in needs]
    assert found.amount.tolist() == [int((need.amount or 0) * 100) for need in needs]
    states = {False: NEVER, True: HAS, None: NOT_KNOWN}
    for row, need in enumerate(needs):
        facts = facts_of(need.company, need, today=day, vocabulary=words, size_table=size_table(day))
        assert found.columns.facts(row) == facts
        borrowed = facts.get("has_ever_borrowed")
        assert found.first_time[row] == states[borrowed if isinstance(borrowed, bool) else None]
        for column, key, place in ((found.region, "region", 0), (found.section, "industry", -1)):
            code = facts.get(key)
            expected = None if code is None else words.path(f"{key}s".replace("ys", "ies"), str(code))[place]
            assert (column.values[column.ids[row] - 1] if column.ids[row] else None) == expected


pytestmark = pytest.mark.django_db


def test_rows_are_the_facts_of_the_open_needs(market: Market) -> None:
    found = open_market(market.today)
    assert found.size == Need.objects.filter(status="open").count() > 50
    _agrees(found, market.today)
    assert found.companies == len({need.company_id for need in _needs()})


def test_an_unchanged_market_is_asked_for_by_three_small_queries(market: Market) -> None:
    found = open_market(market.today)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert open_market(market.today) is found
    assert len(queries) == 3


@pytest.mark.parametrize("days", [1, 36, 37, 400, 4000])
def test_years_in_business_follow_the_day(market: Market, days: int) -> None:
    open_market(market.today)
    day = market.today + timedelta(days=days)
    _agrees(open_market(day), day)


def test_two_days_are_kept_side_by_side(market: Market) -> None:
    tomorrow = market.today + timedelta(days=1)
    first, second = open_market(market.today), open_market(tomorrow)
    assert open_market(market.today) is first
    assert open_market(tomorrow) is second


def test_only_what_changed_is_read_again(market: Market) -> None:
    before = open_market(market.today)
    need = _needs()[3]
    need_update(
        actor=market.platform, need_id=need.pk, expected_version=need.version, today=market.today,
        data=replace(NeedInput.of(need), amount=Decimal("1234567.89"), term_months=None),
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        after = open_market(market.today)
    assert after is not before
    reading = [query["sql"] for query in queries if '"needs_need"."facts"' in query["sql"]]
    assert len(reading) == 1
    assert f"IN ({need.pk})" in reading[0]
    assert after.amount[3] == 123_456_789
    _agrees(after, market.today)
    assert before.amount[3] == int((need.amount or 0) * 100)


def test_needs_come_and_go(market: Market) -> None:
    before = open_market(market.today)
    closed, other = _needs()[0], _needs()[5]
    need_close(actor=market.platform, need_id=closed.pk, expected_version=closed.version)
    found = open_market(market.today)
    assert found.size == before.size - 1
    _agrees(found, market.today)
    # One goes as another comes: as many rows, and as many versions of open ones.
    need_close(actor=market.platform, need_id=other.pk, expected_version=other.version)
    need_open(actor=market.platform, need_id=closed.pk, expected_version=closed.version + 1)
    _agrees(open_market(market.today), market.today)
    need_create(
        actor=market.platform, company_id=other.company_id, data=NeedInput(title="流动资金", amount=Decimal(5)),
        opened_at=timezone.now(), today=market.today,
    )  # fmt: skip
    assert open_market(market.today).size == before.size
    _agrees(open_market(market.today), market.today)


def test_a_company_changes_all_of_its_needs(market: Market) -> None:
    open_market(market.today)
    company = next(need.company for need in _needs() if need.company.needs.filter(status="open").count() > 1)
    data = CompanyInput.of(company)
    company_update(
        actor=market.platform, company_id=company.pk, expected_version=company.version, today=market.today,
        data=replace(data, founded_on=date(2001, 2, 3), facts={"has_ever_borrowed": True, "region": "370102"}),
    )  # fmt: skip
    _agrees(open_market(market.today), market.today)


def test_a_row_saved_without_a_new_version_is_noticed(market: Market) -> None:
    open_market(market.today)
    need = _needs()[2]
    need.amount = Decimal("77.00")
    need.save()
    found = open_market(market.today)
    assert found.amount[2] == 7_700
    _agrees(found, market.today)


def test_a_need_with_broken_facts_is_left_out(market: Market) -> None:
    before = open_market(market.today)
    broken = _needs()[4]
    Need.objects.filter(pk=broken.pk).update(facts={"no_such_fact": 1}, version=F("version") + 1)
    after = open_market(market.today)
    assert after.need.tolist() == [id for id in before.need.tolist() if id != broken.pk]


def test_a_market_without_needs(market: Market) -> None:
    Need.objects.update(status="closed", version=F("version") + 1)
    found = open_market(market.today)
    assert (found.size, found.companies) == (0, 0)
    summary = found.summary(np.zeros(0, np.bool_))
    assert (summary.needs, summary.demand, summary.companies) == (0, Decimal(0), 0)
    _agrees(found, market.today)


def test_a_summary_counts_companies_once(market: Market) -> None:
    found = open_market(market.today)
    chosen = np.zeros(found.size, np.bool_)
    chosen[::3] = True
    needs = _needs()[::3]
    summary = found.summary(chosen)
    companies = {need.company_id: need.company.facts.get("has_ever_borrowed") for need in needs}
    assert summary.needs == len(needs)
    assert summary.demand == sum(need.amount or 0 for need in needs)
    assert summary.companies == len(companies)
    assert summary.first_time == len([one for one in companies.values() if one and one["value"] is False])
    assert summary.first_time_unknown == list(companies.values()).count(None)


def test_a_sum_is_exact_beyond_64_bits() -> None:
    numbers = np.array([10**17] * 1000 + [7], np.int64)
    assert exact_sum(numbers) == 10**20 + 7
    assert exact_sum(numbers[:0]) == 0
