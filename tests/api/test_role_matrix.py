"""Who may do what: every operation of the URL table, as each of seven callers, against `role_matrix.csv`.

The operations come from the resolver, so a new one without a row, or a row without an operation, fails. Each call is
a good one (right body, right version), made on the same market and undone: its status depends on the caller alone.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import URLPattern, reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.api.urls import urlpatterns
from tests.api.market import PASSWORD, ROLES, Market, small_market
from tests.world import credit_code

TABLE = Path(__file__).with_name("role_matrix.csv")
METHODS = ("get", "post", "put", "patch", "delete")

Call = tuple[dict[str, Any], dict[str, Any] | None]
"""Arguments of the address, and the body."""


def operations() -> Iterator[tuple[str, str]]:
    """(method, URL name) of all that the API answers to."""
    for pattern in urlpatterns:
        view = getattr(pattern.callback, "view_class", None) if isinstance(pattern, URLPattern) else None
        if view is not None:
            yield from ((method.upper(), str(pattern.name)) for method in METHODS if hasattr(view, method))


def rows() -> dict[str, dict[str, int]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["operation"]: {role: int(row[role]) for role in ROLES} for row in csv.DictReader(file, strict=True)}


def of(market: Market, role: str) -> User:
    found = market.people[role]
    assert found is not None
    return found


NEW_PRODUCT = {"code": "new-loan", "kind": "loan.credit", "name_zh": "新贷", "name_en": "New loan"}
DAYS, TODAY = timedelta(days=30), timezone.localdate()
REASON = {"reason": "请补充说明。"}
NEW_NEED = {"title": "采购设备", "amount": "800000.00"}
NOTE = {"note": "电话联系了企业。"}
CASE_CALLS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "application", None),
    ("GET", "application-events", None),
    ("GET", "application-messages", None),
    ("POST", "application-messages", {"text": "请问何时答复？"}),
    ("POST", "application-accept", None),
    ("POST", "application-diligence", NOTE),
    ("POST", "application-ask-more", NOTE),
    ("POST", "application-answer", {"text": "已补充"}),
    ("POST", "application-resume", NOTE),
    (
        "POST",
        "application-offer",
        {"amount": "1000000.00", "term_months": 12, "rate": "4.2", "valid_until": f"{TODAY + DAYS}"},
    ),
    ("POST", "application-refuse", {"codes": ["7"], "sentence": "不符合产品条件"}),
    ("POST", "application-withdraw", NOTE),
    ("POST", "application-decline", NOTE),
    ("POST", "application-contract", {"contract": "HT-2025-9", "amount": "1000000.00", "signed_on": f"{TODAY}"}),
    ("POST", "application-cancel", NOTE),
    ("POST", "application-close", None),
    ("POST", "application-payouts", {"reference": "P9", "amount": "1.00", "paid_on": f"{TODAY}"}),
    ("POST", "application-repayments", {"reference": "R9", "principal": "1.00", "paid_on": f"{TODAY}"}),
]


def _of_case(name: str, body: dict[str, Any] | None) -> Callable[[Market], Call]:
    return lambda market: ({"id": market.cases.by_name[name].pk}, body)


CALLS: dict[str, Callable[[Market], Call]] = {
    "POST token": lambda market: ({}, {"username": "owner-a", "password": PASSWORD}),
    "GET member": lambda market: ({"id": of(market, "bank_a").pk}, None),
    "PATCH member": lambda market: ({"id": of(market, "bank_a").pk}, {"role": "institution_admin"}),
    "POST member-leave": lambda market: ({"id": market.colleague.pk}, {}),
    "POST invitations": lambda market: ({}, {"email": "new@example.com", "role": "auditor"}),
    "POST invitation-accept": lambda market: (
        {},
        {"token": market.token_of_invitation, "full_name": "周敏", "username": "zhou", "password": PASSWORD},
    ),
    "POST invitation-withdraw": lambda market: ({"id": market.invitation.pk}, None),
    "GET organisation": lambda market: ({"id": market.institution.organisation_id}, None),
    "POST branches": lambda market: ({"id": market.institution.organisation_id}, {"name": "历下支行"}),
    "POST organisation-suspend": lambda market: ({"id": market.institution.organisation_id}, {"reason": "licence"}),
    "POST organisation-resume": lambda market: ({"id": market.stopped.pk}, None),
    "GET verification": lambda market: ({"id": market.verification.pk}, None),
    "POST verification-papers": lambda market: (
        {"id": market.verification.pk},
        {"kind": "other", "name": "x.pdf", "content": base64.b64encode(b"%PDF-1.7 %%EOF").decode()},
    ),
    **dict.fromkeys(
        ("POST verification-submit", "POST verification-withdraw", "POST verification-approve"),
        lambda market: ({"id": market.verification.pk}, None),
    ),
    **dict.fromkeys(
        ("POST verification-return", "POST verification-revoke"),
        lambda market: ({"id": market.verification.pk}, {"reason": "blurred"}),
    ),
    "GET paper": lambda market: ({"id": market.verification.papers.earliest("pk").pk}, None),
    "POST companies": lambda market: ({}, {"name": "乙公司", "credit_code": credit_code()}),
    "GET company": lambda market: ({"id": market.company.pk}, None),
    "PATCH company": lambda market: ({"id": market.company.pk}, {"name": "丙公司"}),
    "POST needs": lambda market: ({}, {**NEW_NEED, "company": market.company.pk}),
    "GET need": lambda market: ({"id": market.need.pk}, None),
    "PATCH need": lambda market: ({"id": market.need.pk}, {"title": "采购原料"}),
    "POST need-open": lambda market: ({"id": market.draft.pk}, None),
    "POST need-withdraw": lambda market: ({"id": market.waiting.pk}, None),
    "POST need-close": lambda market: ({"id": market.need.pk}, None),
    "POST need-renew": lambda market: ({"id": market.need.pk}, None),
    "POST need-verify": lambda market: ({"id": market.waiting.pk}, None),
    "POST need-return": lambda market: ({"id": market.waiting.pk}, REASON),
    "GET need-versions": lambda market: ({"id": market.need.pk}, None),
    "GET need-events": lambda market: ({"id": market.need.pk}, None),
    "GET need-duplicates": lambda market: ({"id": market.need.pk}, None),
    "GET need-matches": lambda market: ({"id": market.need.pk}, None),
    "POST products": lambda market: ({}, {**NEW_PRODUCT, "institution": market.institution.pk}),
    "GET product": lambda market: ({"id": market.product.pk}, None),
    "PATCH product": lambda market: ({"id": market.product.pk}, {"name_en": "Another name"}),
    "POST product-publish": lambda market: ({"id": market.filed.pk}, None),
    "POST product-submit": lambda market: ({"id": market.filed.pk}, None),
    "POST product-withdraw": lambda market: ({"id": market.reviewed.pk}, None),
    "POST product-approve": lambda market: ({"id": market.reviewed.pk}, None),
    "POST product-reject": lambda market: ({"id": market.reviewed.pk}, REASON),
    "POST product-confirm": lambda market: ({"id": market.product.pk}, None),
    "POST product-suspend": lambda market: ({"id": market.product.pk}, REASON),
    "POST product-resume": lambda market: ({"id": market.paused.pk}, None),
    "POST product-retire": lambda market: ({"id": market.product.pk}, None),
    "POST product-impact": lambda market: ({"id": market.product.pk}, {"amount_max": "100000.00"}),
    "GET product-versions": lambda market: ({"id": market.product.pk}, None),
    "GET product-events": lambda market: ({"id": market.product.pk}, None),
    "GET product-leads": lambda market: ({"id": market.product.pk}, None),
    "GET need-offers": lambda market: ({"id": market.cases.by_name["need-offers"].need_id}, None),
    "POST need-choose": lambda market: (
        {"id": market.cases.by_name["need-choose"].need_id},
        {"offers": [market.cases.by_name["need-choose"].offer_id]},
    ),
    "POST applications": lambda market: (
        {},
        {"need": market.need.pk, "products": [market.product.pk], "consent": {"agreed": True, "text_version": 1}},
    ),
    **{f"{method} {name}": _of_case(name, body) for method, name, body in CASE_CALLS},
    "POST application-reversals": lambda market: (
        {"id": market.cases.by_name["application-reversals"].pk},
        {
            "payout": market.cases.by_name["application-reversals"].line.drawdowns.get().pk,
            "reference": "X9",
            "reason": "录入有误",
        },
    ),
    "GET attachment": lambda market: ({"id": market.cases.attachment}, None),
    "POST repair-task-done": lambda market: ({"id": market.cases.task}, None),
    "GET vocabulary": lambda market: ({"scheme": "stages"}, None),
}
UNVERSIONED = {
    *("POST product-impact", "POST verification-papers", "POST verifications"),
    *("POST applications", "POST need-choose", "POST application-messages", "POST application-payouts"),
    *("POST application-repayments", "POST application-reversals", "POST repair-task-done"),
}


def call_of(market: Market, operation: str) -> Call:
    """Address and body of a good call; the plain address where the operation needs no more."""
    return CALLS[operation](market) if operation in CALLS else ({}, None)


def version(market: Market, operation: str) -> int | None:
    """The version of the thing that a versioned call names; None for a call that names none."""
    if operation.startswith("GET") or operation in UNVERSIONED:
        return None
    id = call_of(market, operation)[0].get("id")
    things: dict[str, list[Any]] = {
        "company": [market.company],
        "need": [market.need, market.draft, market.waiting],
        "product": [market.product, market.filed, market.reviewed, market.paused],
        "verification": [market.verification],
        "application": list(market.cases.by_name.values()),
    }
    kind = operation.split()[1].partition("-")[0]
    return next((int(thing.version) for thing in things.get(kind, []) if thing.pk == id), None)


def status_of(market: Market, role: str, method: str, name: str) -> int:
    operation = f"{method} {name}"
    address, body = call_of(market, operation)
    named = version(market, operation)
    headers = {} if named is None else {"If-Match": f'"{named}"'}
    client = market.client(role)
    cache.clear()  # the limits of signing in have a test of their own
    with transaction.atomic():
        answer = client.generic(
            method,
            reverse(f"api:{name}", kwargs=address or None),
            json.dumps(body) if body is not None else "",
            "application/json",
            headers=headers,
        )
        transaction.set_rollback(True)
    return answer.status_code


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    assert sorted(rows()) == sorted(f"{method} {name}" for method, name in operations())


def test_an_operation_without_a_row_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: one more address is one more operation."""
    known = len(list(operations()))
    monkeypatch.setattr("tests.api.test_role_matrix.urlpatterns", [*urlpatterns, urlpatterns[2]])
    assert len(list(operations())) == known + 1


@pytest.mark.django_db
def test_each_caller_gets_what_the_table_says() -> None:
    market = small_market()
    found = {
        f"{method} {name}": {role: status_of(market, role, method, name) for role in ROLES}
        for method, name in operations()
    }
    assert found == rows()
