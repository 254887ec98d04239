"""Builders of small worlds for tests, through the services that the site uses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from django.db import models

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind, Role
from backend.accounts.services import platform_account
from backend.common.credit_code import make
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_create
from backend.lifecycle.table import LifeCycle
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_create
from backend.products.models import Institution, Product
from backend.products.services import (
    InstitutionInput,
    ProductInput,
    institution_create,
    product_create,
)
from backend.products.shelving import product_publish

TODAY = date(2025, 6, 30)
NOW = datetime(2025, 6, 30, 4, 0, tzinfo=UTC)
_numbers = count(1)
M = TypeVar("M", bound=models.Model)


def credit_code(number: int | None = None) -> str:
    """A valid code; another one each time, or the one of `number`."""
    return make(f"91350200MA{next(_numbers) if number is None else number:07d}")


def founder(organisation: Organisation | None) -> Role:
    """The role of who founds such an organisation, which holds the most."""
    return ROLES[Kind(organisation.kind)][0] if organisation is not None else Role.MEMBER


def person(
    organisation: Organisation | None, *, name: str | None = None, role: Role | None = None, password: str | None = None
) -> User:
    """Somebody of the organisation: its founder, or with another `role`."""
    return User.objects.create_user(
        username=name or f"person-{next(_numbers)}",
        password=password,
        organisation=organisation,
        role=role or founder(organisation),
    )


def person_of(kind: str, role: Role | None = None) -> User:
    """Somebody of a new organisation of `kind`."""
    organisation = Organisation.objects.create(kind=kind, name=f"{kind} {next(_numbers)}")
    return person(organisation, role=role)


def company(**values: Any) -> Company:
    given: dict[str, Any] = {
        "name": "甲公司",
        "credit_code": credit_code(),
        "founded_on": date(2020, 1, 1),
        "facts": {},
    } | values
    return company_create(actor=platform_account(), data=CompanyInput(**given), today=TODAY)


def verified(company_id: int) -> None:
    """As if an officer had looked at the company's papers."""
    Company.objects.filter(pk=company_id).update(verified_at=NOW)


def unverified(*companies: Company) -> None:
    """As if they had filed themselves: what the platform files is verified."""
    Company.objects.filter(pk__in=[one.pk for one in companies]).update(verified_at=None)


def need(of: Company | None = None, *, opened_at: datetime | None = NOW, **values: Any) -> Need:
    given: dict[str, Any] = {
        "title": "采购设备",
        "amount": Decimal("1000000.00"),
        "term_months": 12,
        "purpose": "equipment",
    } | values
    owner = of or company()
    return need_create(
        actor=platform_account(), company_id=owner.pk, data=NeedInput(**given), opened_at=opened_at, today=TODAY
    )


def institution(**values: Any) -> Institution:
    number = next(_numbers)
    names = {"name_zh": f"第{number}银行", "name_en": f"Bank {number}"}
    given: dict[str, Any] = {"code": f"bank-{number}", "kind": "bank", **names} | values
    return institution_create(actor=platform_account(), data=InstitutionInput(**given))


def product(of: Institution | None = None, *, published: bool = True, **values: Any) -> Product:
    number = next(_numbers)
    given: dict[str, Any] = {
        "code": f"loan-{number}",
        "kind": "loan.credit",
        "name_zh": f"信用贷{number}",
        "name_en": f"Credit loan {number}",
        "amount_min": Decimal("100000.00"),
        "amount_max": Decimal("5000000.00"),
        "term_min": 3,
        "term_max": 36,
        "rate_min": Decimal("3.4500"),
        "rate_max": Decimal("4.5000"),
    } | values
    owner = of or institution()
    made = product_create(actor=platform_account(), institution_id=owner.pk, data=ProductInput(**given))
    if published:
        made = product_publish(actor=platform_account(), product_id=made.pk, expected_version=made.version, now=NOW)
    return made


def walked(row: M, status: str) -> M:
    """The row in that state, led there past the services by a shortest way that the database knows."""
    table: Any = row
    cycle: LifeCycle = table.life_cycle
    ways: dict[str, list[str]] = {table.status: []}
    for state in (reached := [table.status]):
        for old, new in sorted(cycle.pairs):
            if old == state and new not in ways:
                ways[new] = [*ways[state], new]
                reached.append(new)
    for state in ways[status]:
        type(row)._default_manager.filter(pk=row.pk).update(status=state)
    row.refresh_from_db()
    return row


def need_in(status: str, of: Company | None = None, **values: Any) -> Need:
    """A need in that state, opened at NOW where it ever was."""
    made = need(of, opened_at=None, **values)
    if status not in ("draft", "submitted", "verified"):
        Need.objects.filter(pk=made.pk).update(opened_at=NOW)
    return walked(made, status)


def product_in(status: str, of: Institution | None = None, **values: Any) -> Product:
    """A product in that state."""
    made = product(of, published=status not in ("draft", "review"), **values)
    return walked(made, status)
