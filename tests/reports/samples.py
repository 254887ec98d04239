"""An offer and a small snapshot that is quick to draw, varied one thing at a time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
