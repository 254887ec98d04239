"""A made-up market of a given size in the database: the rows that the services would write, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models, transaction

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.bench.workers import Maker
from backend.companies.models import Company
from backend.market.calibration import Calibration
from backend.market.generator import CompanyDraft, NeedDraft, companies
from backend.market.services import calibration, history_make, need_input, stored
from backend.needs.deadlines import last_day_of_import
from backend.needs.models import Need
from backend.packs.queries import current_pack
from backend.packs.services import pack_load
from backend.products.models import Product

CASES_EACH, MOST_CASES = 3, 60_000
_COMPANIES_AT_ONCE = 1_000
Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    needs: int
    companies: int
    products: int
    past_cases: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Companies number `start` … `start + count - 1` of the seed's market. Number n gets the id n + 1, and its
    organisation the next free ones: `organisations` were there before."""

    seed: int
    start: int
    count: int
    today: date
    organisations: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for the database, as `columns_of` orders them; `needs` holds those of each company."""

    organisations: list[Row]
    companies: list[Row]
    needs: list[list[Row]]


def fill(pack: Path, needs: int, *, seed: int, today: date, maker: Maker, progress: Progress) -> Filled:
    """The shelf of the pack in that folder, `needs` open needs with their companies and those that file none, and
    three past cases a company, at most 60,000. Companies are the first of the seed's: the same ones at every size.
    The database holds no company yet. The indexes are not told."""
    pack_load(pack, actor=platform_account(), progress=progress, today=today)
    before = Organisation.objects.order_by("-pk").values_list("pk", flat=True)[0]
    slices = (Slice(seed, start, _COMPANIES_AT_ONCE, today, before) for start in count(step=_COMPANIES_AT_ONCE))
    filed = asked = 0
    for rows in maker.each(rows_of, slices):
        taken = _taken(rows, needs - asked)
        _insert(Organisation, rows.organisations[:taken])
        _insert(Company, rows.companies[:taken])
        chosen = [row for each in rows.needs[:taken] for row in each][: needs - asked]
        _insert(Need, chosen)
        filed, asked = filed + taken, asked + len(chosen)
        progress("needs", asked, needs)
        if asked == needs:
            break
    made = calibration(today)
    cases = history_make(made, count=min(CASES_EACH * filed, MOST_CASES), seed=seed, today=today, progress=progress)
    return Filled(asked, filed, Product.objects.filter(status=Product.Status.PUBLISHED).count(), cases)


def _taken(rows: Rows, wanted: int) -> int:
    """How many of the companies it takes to have the needs that are wanted."""
    found = 0
    for taken, needs in enumerate(rows.needs, start=1):
        found += len(needs)
        if found >= wanted:
            return taken
    return len(rows.needs)


def rows_of(task: Slice) -> Rows:
    """As `market_make` files them one by one; a test holds the rows of the two together."""
    made, zone = _given(task.today)
    rows = Rows([], [], [])
    for draft in companies(made, seed=task.seed, count=task.count, start=task.start, today=task.today):
        id = draft.number + 1
        owner = Organisation(pk=task.organisations + id, kind=Organisation.Kind.COMPANY, name=draft.name)
        company = _company(id, owner, draft, task.today)
        rows.organisations.append(_row(owner))
        rows.companies.append(_row(company))
        rows.needs.append([_row(_need(company, need, task.today, zone)) for need in draft.needs])
    return rows


@lru_cache(maxsize=2)
def _given(today: date) -> tuple[Calibration, ZoneInfo]:
    return calibration(today), ZoneInfo(current_pack().time_zone)


def _company(id: int, owner: Organisation, draft: CompanyDraft, today: date) -> Company:
    return Company(
        pk=id,
        organisation=owner,
        name=draft.name,
        credit_code=draft.credit_code,
        founded_on=draft.founded_on,
        facts=stored(draft.facts, today),
    )


def _need(company: Company, draft: NeedDraft, today: date, zone: ZoneInfo) -> Need:
    given = need_input(draft, today)
    opened_on = today - timedelta(days=draft.opened_days_ago)
    return Need(
        company=company,
        title=given.title,
        description=given.description,
        amount=given.amount,
        term_months=given.term_months,
        purpose=given.purpose,
        facts=dict(given.facts),
        status=Need.Status.OPEN,
        opened_at=datetime.combine(opened_on, time(9), zone),
        expires_on=last_day_of_import(opened_on, today),
    )


def _row(instance: models.Model) -> Row:
    """The column values that saving the instance would write; a key of None is the database's to give."""
    return tuple(
        field.get_db_prep_save(field.pre_save(instance, add=True), connection)
        for field in instance._meta.concrete_fields
    )


def _insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Rows of the model's own columns, in one transaction, past the ORM: a million pass in a minute."""
    columns = [field.column for field in model._meta.concrete_fields]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        # The names are the model's own; the values are parameters.
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(rows))  # noqa: S608  # nosec B608
