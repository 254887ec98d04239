"""A made-up market of a given size in the database: the rows that the services would write, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.companies.models import Company
from backend.market.generator import CompanyDraft, NeedDraft, companies
from backend.market.services import calibration, history_make, need_input, stored
from backend.needs.models import Need
from backend.packs.queries import current_pack
from backend.packs.services import pack_load
from backend.products.models import Product

CASES_EACH, MOST_CASES = 3, 60_000
_COMPANIES_AT_ONCE, _ROWS_AT_ONCE = 2_000, 500
Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""


@dataclass(frozen=True, slots=True)
class Filled:
    needs: int
    companies: int
    products: int
    past_cases: int


def fill(pack: Path, needs: int, *, seed: int, today: date, progress: Progress) -> Filled:
    """The shelf of the pack in that folder, `needs` open needs with their companies and those that file none, and
    three past cases a company, at most 60,000. Companies are the first of the seed's: the same ones at every size.
    The indexes are not told: a rebuild reads everything."""
    pack_load(pack, actor=platform_account(), progress=progress, today=today)
    made = calibration(today)
    zone = ZoneInfo(current_pack().time_zone)
    filed = asked = 0
    while asked < needs:
        drafts = []
        wanted: list[list[NeedDraft]] = []
        for draft in companies(made, seed=seed, count=_COMPANIES_AT_ONCE, start=filed, today=today):
            drafts.append(draft)
            wanted.append(list(draft.needs[: needs - asked]))
            asked += len(wanted[-1])
            if asked == needs:
                break
        _file(drafts, wanted, today, zone)
        filed += len(drafts)
        progress("needs", asked, needs)
    cases = history_make(made, count=min(CASES_EACH * filed, MOST_CASES), seed=seed, today=today, progress=progress)
    return Filled(asked, filed, Product.objects.filter(status=Product.Status.PUBLISHED).count(), cases)


@transaction.atomic
def _file(drafts: Sequence[CompanyDraft], wanted: Sequence[Sequence[NeedDraft]], today: date, zone: ZoneInfo) -> None:
    """As `market_make` files them one by one; a test holds the rows of the two together."""
    owners = Organisation.objects.bulk_create(
        [Organisation(kind=Organisation.Kind.COMPANY, name=draft.name) for draft in drafts], batch_size=_ROWS_AT_ONCE
    )
    rows = Company.objects.bulk_create(
        [
            Company(
                organisation=owner,
                name=draft.name,
                credit_code=draft.credit_code,
                founded_on=draft.founded_on,
                facts=stored(draft.facts, today),
            )
            for owner, draft in zip(owners, drafts, strict=True)
        ],
        batch_size=_ROWS_AT_ONCE,
    )
    Need.objects.bulk_create(
        [_need(company, need, today, zone) for company, needs in zip(rows, wanted, strict=True) for need in needs],
        batch_size=_ROWS_AT_ONCE,
    )


def _need(company: Company, draft: NeedDraft, today: date, zone: ZoneInfo) -> Need:
    given = need_input(draft, today)
    return Need(
        company=company,
        title=given.title,
        description=given.description,
        amount=given.amount,
        term_months=given.term_months,
        purpose=given.purpose,
        facts=dict(given.facts),
        status=Need.Status.OPEN,
        opened_at=datetime.combine(today - timedelta(days=draft.opened_days_ago), time(9), zone),
    )
