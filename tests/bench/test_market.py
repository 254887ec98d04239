"""The market written in bulk is the one that the services write."""

from __future__ import annotations

from datetime import date
from itertools import count, islice

import pytest
from django.db import transaction

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.bench.market import Filled, fill
from backend.bench.workers import Alone, makers
from backend.companies.models import Company
from backend.market.services import market_make
from backend.needs.models import Need
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.services import pack_load
from backend.records.models import PastCase

TODAY, SEED, NEEDS = date(2026, 11, 24), 3, 40
COMPANY = ("organisation__name", "organisation__kind", "name", "credit_code", "founded_on", "facts", "version")
NEED = (
    "company__credit_code", "title", "description", "amount", "term_months", "purpose", "facts", "status", "opened_at",
    "version",
)  # fmt: skip


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def rows() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], int]:
    """Companies, needs and the number of past cases."""
    found = Company.objects.order_by("pk").values_list(*COMPANY), Need.objects.order_by("pk").values_list(*NEED)
    return list(found[0]), list(found[1]), PastCase.objects.count()


@pytest.mark.django_db
def test_bulk_rows_are_those_of_the_services() -> None:
    with transaction.atomic():
        filled = fill(default_folder(), NEEDS, seed=SEED, today=TODAY, maker=Alone(), progress=quiet)
        companies, needs, cases = rows()
        owners = set(Company.objects.values_list("organisation_id", flat=True))
        assert set(Organisation.objects.filter(kind="company").values_list("pk", flat=True)) == owners
        transaction.set_rollback(True)
    assert filled == Filled(NEEDS, len(companies), filled.products, cases)
    assert len(needs) == NEEDS

    pack_load(default_folder(), actor=platform_account(), today=TODAY, progress=quiet)
    market_make(actor=platform_account(), count=filled.companies, seed=SEED, today=TODAY, progress=quiet)
    by_services = rows()
    assert companies == by_services[0]
    assert needs == by_services[1][:NEEDS]
    assert {row[0] for row in by_services[1][NEEDS:]} <= {needs[-1][0]}
    assert cases == by_services[2]


def test_without_workers_tasks_are_taken_as_they_are_wanted() -> None:
    with makers(0) as maker:
        assert list(islice(maker.each(abs, count(-3)), 4)) == [3, 2, 1, 0]


def test_workers_give_results_in_the_order_of_the_tasks() -> None:
    with makers(1) as maker:
        assert list(islice(maker.each(abs, count(-30)), 31)) == list(range(30, -1, -1))
        assert list(maker.each(abs, [-1, -2])) == [1, 2]
