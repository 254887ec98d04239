"""A need with products in all three groups, the people around it, and a small snapshot that is quick to draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.operations import translations
from backend.reports.snapshot import (
    FORMAT,
    Change,
    Coded,
    CostLine,
    Datum,
    Fact,
    Group,
    Offer,
    Range,
    Reason,
    Snapshot,
)
from tests.matching.conftest import TODAY, Market, market
from tests.world import person, person_of

__all__ = ["market"]


@pytest.fixture(scope="session", autouse=True)
def compiled_translations() -> None:
    """Compiled catalogues are not in the repository; `./dev` makes them, and so does a plain pytest."""
    translations.compile_all()


@pytest.fixture(scope="module")
def companies() -> int:
    return 60


@dataclass(frozen=True, slots=True)
class Case:
    need: Need
    owner: User
    platform: User
    bureau: User
    stranger: User
    bank: User


@pytest.fixture
def case(market: Market, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    cache.clear()
    for need in Need.objects.filter(status="open").select_related("company__organisation").order_by("pk"):
        found = products_for(need, viewer=market.platform, today=TODAY, limit=10)
        if found.eligible and found.missing and found.almost:
            yield Case(
                need=need,
                owner=person(need.company.organisation),
                platform=market.platform,
                bureau=market.bureau,
                stranger=person_of(Organisation.Kind.COMPANY),
                bank=person_of(Organisation.Kind.INSTITUTION),
            )
            return
    raise AssertionError("no need of the market has products in all three groups")


def offer(**values: object) -> Offer:
    given: dict[str, object] = {
        "code": "loan-1",
        "version": 3,
        "name": "泉信贷",
        "institution": "济南某银行",
        "kind": Coded("loan.credit", "信用贷款"),
        "amount_min": Decimal("100000.00"),
        "amount_max": Decimal("5000000.00"),
        "term_min": 3,
        "term_max": 36,
        "rate_min": Decimal("3.4500"),
        "rate_max": Decimal("4.0000"),
        "answer_days": Decimal("5.5"),
        "last_confirmed_on": date(2026, 11, 8),
        "score": Decimal("0.753000"),
        "met": 10,
        "asked": 10,
        "cost": Range(Decimal("3.5100"), Decimal("4.0700")),
        "cost_lines": (
            CostLine(Coded("registering", "登记费"), Coded("registry", "登记机构"), Decimal("60.00"), Decimal("60.00")),
            CostLine(
                Coded("interest", "利息"), Coded("lender", "贷款机构"), Decimal("126270.10"), Decimal("146400.25")
            ),
            CostLine(Coded("discount", "财政贴息"), None, Decimal("-1000.05"), Decimal("-1000.05")),
        ),
        "reasons": (Reason("collateral", "无需抵质押物", True), Reason("place", "机构在市中区", False)),
        "documents": (Coded("licence", "营业执照"),),
        "missing": (),
        "changes": (),
    } | values
    return Offer(**given)  # type: ignore[arg-type]


def small(**values: object) -> Snapshot:
    """One product in each group."""
    missing = offer(name="核心链贷", missing=(Datum("supplier", "核心企业供应商", "合同", "上传近一年合同"),))
    almost = offer(name="专精贷", changes=(Change("years", "成立满3年", False, date(2027, 5, 1)),))
    given: dict[str, object] = {
        "format": FORMAT,
        "language": "zh-hans",
        "day": date(2026, 11, 25),
        "city": "济南市",
        "currency": "CNY",
        "company": "济南立祥医药有限公司",
        "credit_code": "91370100MA1900000A",
        "need": 7,
        "need_version": 2,
        "title": "流动资金周转",
        "amount": Decimal("3660000.00"),
        "term_months": 12,
        "need_facts": (Fact("term", "融资期限", "12个月"),),
        "company_facts": (Fact("region", "所在区县", "槐荫区"),),
        "eligible": Group(1, (offer(),)),
        "missing": Group(1, (missing,)),
        "almost": Group(70, (almost,)),
        "considered": 95,
        "total": 95,
    } | values
    return Snapshot(**given)  # type: ignore[arg-type]
