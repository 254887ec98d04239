"""The market of a backtest, filed through the services that the site uses: lenders and products, past cases, needs.

Nothing of a later loan reaches the database but what the borrower would have said on the day: place, trade, staff,
whether the business is new, amount, term, programme. Its lender stays outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import TypeVar

from django.db import transaction

from backend.accounts.models import Organisation, User
from backend.accounts.roles import Role
from backend.accounts.services import platform_account
from backend.backtest.derive import LenderProduct, lender_products, programme_of
from backend.backtest.loans import Loan, Programme
from backend.backtest.places import industry_code, region_code
from backend.backtest.split import Split
from backend.common import credit_code
from backend.companies.services import CompanyInput, company_create
from backend.eligibility.vocabulary import Vocabulary
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_create
from backend.packs.queries import vocabulary
from backend.products.services import (
    InstitutionInput,
    ProductInput,
    institution_create,
    product_import,
)
from backend.records.models import PastCase
from backend.records.services import past_cases_add

Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""

Item = TypeVar("Item")

STAGES = {True: "startup", False: "growth"}
NAME_LENGTH = 200
_BATCH = 500
_PROGRAMME_KINDS = {
    Programme.TERM_LOAN: "loan.term",
    Programme.REVOLVING: "loan.revolving",
    Programme.LOW_DOC: "loan.low_doc",
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """Primary keys: lender → its institution, (lender, programme) → its product."""

    institutions: dict[str, int]
    products: dict[tuple[str, Programme], int]


@dataclass(frozen=True, slots=True)
class FiledNeed:
    """A later loan, the need that stands for it, and the borrower's own login."""

    loan: Loan
    need: Need
    viewer: User


def file_shelf(actor: User, parts: Split, progress: Progress) -> Shelf:
    """Admit each lender of the earlier loans and publish what it offered, as of the cut-off."""
    drafts = lender_products(parts.earlier)
    names = {loan.lender: loan.lender_name[:NAME_LENGTH] for loan in parts.earlier}
    terms = vocabulary()
    shelf = Shelf({}, {})
    done = 0
    for batch in _batches(drafts):
        with transaction.atomic():
            for draft in batch:
                if draft.lender not in shelf.institutions:
                    shelf.institutions[draft.lender] = _file_lender(
                        actor, draft.lender, names[draft.lender], len(shelf.institutions) + 1
                    )
                shelf.products[draft.lender, draft.programme] = _file_product(
                    actor, draft, names[draft.lender], shelf.institutions[draft.lender], terms, parts.cutoff
                )
        done += len(batch)
        progress("products", done, len(drafts))
    return shelf


def _file_lender(actor: User, lender: str, name: str, number: int) -> int:
    code = f"{number}-{re.sub(r'[^a-z0-9]+', '-', lender.lower())[:50]}".rstrip("-")
    institution = institution_create(
        actor=actor, data=InstitutionInput(code=code, kind="bank", name_zh=name, name_en=name)
    )
    return institution.pk


def _file_product(
    actor: User, draft: LenderProduct, name: str, institution_id: int, terms: Vocabulary, on: date
) -> int:
    label = terms.label("purposes", draft.programme.value)
    product = product_import(
        actor=actor,
        institution_id=institution_id,
        confirmed_on=on,
        data=ProductInput(
            code=f"{institution_id}-{draft.programme.value}",
            kind=_PROGRAMME_KINDS[draft.programme],
            name_zh=f"{name[:120]}：{label.zh}",
            name_en=f"{name[:120]}: {label.en}",
            amount_min=draft.amount_min,
            amount_max=draft.amount_max,
            purposes=[draft.programme.value],
            rule=draft.rule,
        ),
    )
    return product.pk


def add_history(shelf: Shelf, parts: Split) -> int:
    """The earlier loans as decided cases. Returns their number."""
    known = vocabulary().terms("industries")
    return past_cases_add(
        PastCase(
            institution_id=shelf.institutions[loan.lender],
            product_id=shelf.products[loan.lender, programme_of(loan)],
            decided_on=loan.approved_on,
            funded=True,
            region=region_code(loan),
            industry=industry_code(loan, known),
            stage=_stage(loan),
            purpose="" if loan.programme is None else loan.programme.value,
            amount=loan.amount,
            term_months=loan.term_months,
            employees=loan.employees,
        )
        for loan in parts.earlier
    )


def file_needs(parts: Split, progress: Progress) -> list[FiledNeed]:
    """Each borrower of a later loan files its company; its need is brought in as open."""
    known = vocabulary().terms("industries")
    filed: list[FiledNeed] = []
    for batch in _batches(parts.later):
        with transaction.atomic():
            filed.extend(_file_need(loan, known, parts.cutoff) for loan in batch)
        progress("needs", len(filed), len(parts.later))
    return filed


def _file_need(loan: Loan, industries: Collection[str], cutoff: date) -> FiledNeed:
    name = loan.borrower[:NAME_LENGTH] or f"Borrower {loan.row}"
    owner = Organisation.objects.create(kind=Organisation.Kind.COMPANY, name=name)
    borrower = User.objects.create(username=f"borrower-{loan.row}", organisation=owner, role=Role.OWNER)
    facts = {
        "region": region_code(loan),
        "industry": industry_code(loan, industries),
        "stage": _stage(loan),
        "employees": "" if loan.employees is None else str(loan.employees),
    }
    company = company_create(
        actor=borrower,
        today=cutoff,
        data=CompanyInput(
            name=name,
            credit_code=credit_code.make(f"91000000{loan.row:09d}"),
            facts={key: value for key, value in facts.items() if value},
        ),
    )
    need = need_create(
        actor=platform_account(),
        company_id=company.pk,
        today=cutoff,
        opened_at=datetime.combine(loan.approved_on, time(12), UTC),
        data=NeedInput(
            title=f"{loan.amount:,.0f} US$",
            amount=loan.amount,
            term_months=loan.term_months,
            purpose="" if loan.programme is None else loan.programme.value,
        ),
    )
    return FiledNeed(loan, need, borrower)


def _stage(loan: Loan) -> str:
    return "" if loan.new_business is None else STAGES[loan.new_business]


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch
