"""The examples of the OpenAPI description of applications. A test holds each to its schema."""

from __future__ import annotations

from typing import Any

_SENT, _LATER = "2025-06-30T12:00:00+08:00", "2025-07-02T10:00:00+08:00"
_BANK = {"id": 1, "code": "huadai", "kind": "bank", "name_zh": "华岱银行", "name_en": "Huadai Bank"}
_PRODUCT = {
    "id": 49,
    "code": "tax-credit-loan",
    "kind": "loan.tax",
    "name_zh": "税信贷",
    "name_en": "Tax-based credit loan",
    "institution": _BANK,
}
_CONSENT_TEXT = {"zh": "本企业同意……", "en": "The company agrees …"}

CONSENT_TEXT = {"version": 1, "text": _CONSENT_TEXT}
ROUND = {"need": 1, "products": [49], "consent": {"agreed": True, "text_version": 1, "language": "zh-hans"}}
APPLICATION: dict[str, Any] = {
    "id": 1,
    "number": "RQ-A000001",
    "need": 1,
    "company": "鼎泰精密机械有限公司",
    "product": _PRODUCT,
    "status": "submitted",
    "next": {
        "who": "institution",
        "what": "accept the application, or say why not",
        "by": "2025-07-01T23:59:59+08:00",
    },
    "decide_by": "2025-07-07T23:59:59+08:00",
    "handler": None,
    "offer": None,
    "sent_at": _SENT,
    "ended_at": None,
    "version": 1,
    "updated_at": _SENT,
}
SENT = {"results": [APPLICATION]}


def _in_state(
    status: str, version: int, who: str | None = None, what: str = "", by: str | None = None
) -> dict[str, Any]:
    return {
        **APPLICATION,
        "status": status,
        "version": version,
        "handler": "wang.lei",
        "updated_at": _LATER,
        "next": {"who": who, "what": what, "by": by},
        "ended_at": None if who else _LATER,
    }


ACCEPTED = _in_state(
    "accepted", 2, "institution", "contact the company and begin due diligence", "2025-07-03T23:59:59+08:00"
)
DILIGENCE = _in_state(
    "due_diligence", 3, "institution", "decide: make an offer, or refuse with reasons", "2025-07-07T23:59:59+08:00"
)
MORE_ASKED = _in_state("more_asked", 4, "company", "hand in the papers asked for", "2025-07-16T23:59:59+08:00")
REFUSED = _in_state("refused", 4)
WITHDRAWN = _in_state("withdrawn", 2)
DECLINED = _in_state("declined", 5)
NOTE = {"note": "电话联系了企业财务负责人。"}
MORE = {"documents": ["tax_returns"], "note": "请补充近两年纳税申报表。"}
REFUSAL_INPUT = {"codes": ["5"], "sentence": "抵押物评估值低于申请金额。"}
NEW_OFFER: dict[str, Any] = {
    "amount": "2000000.00",
    "term_months": 12,
    "rate": "3.8500",
    "terms": {"repayment": "interest_monthly"},
    "fees": [],
    "collateral": [],
    "conditions": "",
    "valid_until": "2025-07-31",
}
OFFER: dict[str, Any] = {"id": 1, "number": 1, **NEW_OFFER, "annual_cost": "3.9188", "made_at": _LATER}
OFFERED = {
    **_in_state("offered", 4, "company", "choose this offer or decline it", "2025-07-31T23:59:59+08:00"),
    "offer": OFFER,
}
CHOSEN = {
    **_in_state("chosen", 5, "institution", "sign the contract", "2025-07-23T23:59:59+08:00"),
    "offer": OFFER,
}
COMPARED = {
    "results": [
        {
            **OFFER,
            "application": 1,
            "institution": _BANK,
            "status": "offered",
            "cost": {
                "annual_cost": "3.9188",
                "total": "77000.04",
                "lines": [
                    {"kind": "interest", "payee": "lender", "month": 1, "due_on": "2025-08-02", "amount": "6416.67"}
                ],
            },
            "unpublished_fees": [],
        }
    ]
}
CHOICE = {"offers": [1], "keep_others": False}
CHOSEN_CASES = {"results": [CHOSEN]}
CONTRACT = {"contract": "HT-2025-0731", "amount": "2000000.00", "signed_on": "2025-07-10"}
SIGNED = {
    **_in_state("contract_signed", 6, "institution", "pay out", "2025-07-24T23:59:59+08:00"),
    "offer": OFFER,
}
CLOSED = {**_in_state("closed", 9), "offer": OFFER}
NEW_PAYOUT = {
    "reference": "FK-0001",
    "amount": "1200000.00",
    "paid_on": "2025-07-11",
    "first": {"borrowed": False, "inquired_on": "2025-07-02", "inquiry": "ZX20250702-118"},
}
PAYOUT = {
    "id": 1,
    "reference": "FK-0001",
    "recorded_at": _LATER,
    "amount": "1200000.00",
    "paid_on": "2025-07-11",
    "bank_loan": True,
    "borrowed_before": False,
    "evidence": {"grade": "A", "source": "bank", "as_of": "2025-07-02", "inquiry": "ZX20250702-118"},
}
NEW_REPAYMENT = {"reference": "HK-0001", "principal": "0.00", "interest": "3850.00", "paid_on": "2025-08-11"}
REPAYMENT = {"id": 1, "recorded_at": _LATER, **NEW_REPAYMENT}
NEW_REVERSAL = {"payout": 1, "reference": "CZ-0001", "reason": "录入有误，重新入账。"}
REVERSAL = {
    "id": 1,
    "reference": "CZ-0001",
    "recorded_at": _LATER,
    "payout": 1,
    "repayment": None,
    "reason": "录入有误，重新入账。",
}
TASK = {
    "id": 1,
    "application": 1,
    "code": "5",
    "problem": {"zh": "抵质押物不足或担保能力不足", "en": "Collateral or guarantee is not enough"},
    "department": {"zh": "政府性融资担保机构", "en": "Government-backed guarantor"},
    "measure": {"zh": "对接政府性担保", "en": "Add a government-backed guarantee"},
    "done_at": None,
}
DONE_TASK = {**TASK, "done_at": _LATER}
NEW_MESSAGE = {
    "text": "附上近两年纳税申报表。",
    "files": [{"name": "纳税申报表.pdf", "kind": "tax_returns", "content": "JVBERi0xLjcK"}],
}
ATTACHMENT = {
    "id": 1,
    "name": "纳税申报表.pdf",
    "kind": "tax_returns",
    "media_type": "application/pdf",
    "size": 9,
    "sha256": "4d5a7a6b1b2b46d2b1b45a8f2b7f1a5d7b6c8b0a8e2f1c3d5e7f9a1b3c5d7e9f",
}
MESSAGE = {
    "id": 1,
    "organisation": "鼎泰精密机械有限公司",
    "text": NEW_MESSAGE["text"],
    "internal": False,
    "at": _LATER,
    "attachments": [ATTACHMENT],
}
EVENT = {
    "number": 1,
    "event": "send",
    "before": "",
    "after": "submitted",
    "at": _SENT,
    "by": {"id": 7, "kind": "company", "name": "鼎泰精密机械有限公司"},
    "note": "",
    "data": {"consent": 1},
}
CASE_FILE: dict[str, Any] = {
    **SIGNED,
    "consent": {
        "given_at": _SENT,
        "text_version": 1,
        "language": "zh-hans",
        "text": "本企业同意……",
        "recipients": [
            {
                "institution": 1,
                "institution_zh": "华岱银行",
                "institution_en": "Huadai Bank",
                "product": 49,
                "product_zh": "税信贷",
                "product_en": "Tax-based credit loan",
            }
        ],
        "shared": {"company": {"name": "鼎泰精密机械有限公司"}, "need": {"amount": "2000000.00"}},
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    "product_terms": {"rate_max": "4.1000"},
    "offers": [OFFER],
    "refusal": None,
    "tasks": [],
    "line": {
        "contract": "HT-2025-0731",
        "limit": "2000000.00",
        "revolving": False,
        "drawn": "1200000.00",
        "repaid": "0.00",
        "signed_on": "2025-07-10",
        "payouts": [PAYOUT],
        "repayments": [],
        "reversals": [],
    },
}
