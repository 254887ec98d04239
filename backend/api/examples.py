"""The examples of the OpenAPI description: answers of the demo market, shortened. A test holds each to its schema."""

from __future__ import annotations

from typing import Any

_TIME = "2025-06-30T09:30:00+08:00"


def _declared(**values: Any) -> dict[str, Any]:
    return {key: {"value": value, "source": "declared", "as_of": "2025-06-30"} for key, value in values.items()}


def _problem(status: int, code: str, title: str, detail: str = "", field: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"urn:rongqiao:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    if field:
        body["errors"] = [{"field": field, "code": code, "message": detail}]
    return body


PROBLEMS: dict[int, dict[str, Any]] = {
    400: _problem(
        400,
        "unknown_attribute",
        "Some of the input cannot be used",
        "There is no such fact here.",
        "facts.anual_revenue",
    ),
    401: _problem(401, "not_authenticated", "Authentication credentials were not provided."),
    403: _problem(403, "permission_denied", "Your role does not allow this", "Only the company itself may do this."),
    404: _problem(404, "not_found", "There is nothing here that you may see"),
    406: _problem(406, "not_acceptable", "Could not satisfy the request Accept header."),
    409: _problem(
        409,
        "wrong_state",
        "This cannot be done as things stand",
        "A closed need cannot be changed: reopen it first.",
    ),
    412: _problem(
        412,
        "version_conflict",
        "It was changed meanwhile",
        "Somebody changed this need meanwhile. Read it again and repeat your change.",
        "If-Match",
    ),
    413: _problem(413, "body_too_large", "The body is too large", "The body is larger than this site takes."),
    415: _problem(415, "unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
    422: _problem(
        422,
        "idempotency_key_reused",
        "The key was used already",
        "This idempotency key was used for another request. Make a new key for each new request.",
        "Idempotency-Key",
    ),
    428: _problem(
        428,
        "if_match_required",
        "Say which version you read",
        "Send the ETag of your last read as If-Match, so that nobody's change is lost.",
        "If-Match",
    ),
    429: _problem(429, "throttled", "Request was throttled. Expected available in 42 seconds."),
    503: _problem(
        503,
        "search_unavailable",
        "Search is away for the moment",
        "Your data is safe. Try again in a minute.",
    ),
}

SIGN_IN = {"username": "li.min", "password": "a long pass phrase"}
TOKEN = {"token": "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b"}
ME = {
    "username": "li.min",
    "full_name": "李敏",
    "role": "member",
    "actions": ["company.edit", "need.edit"],
    "organisation": {
        "id": 7,
        "kind": "company",
        "name": "鼎泰精密机械有限公司",
        "parent": None,
        "region": "",
        "suspended": False,
    },
}

MEMBER: dict[str, Any] = {
    "id": 31,
    "username": "zhou.min",
    "full_name": "周敏",
    "email": "zhou.min@example.com",
    "role": "account_manager",
    "organisation": 12,
    "active": True,
    "left_at": None,
    "successor": None,
}
GONE_MEMBER = {**MEMBER, "active": False, "left_at": _TIME, "successor": 12}
INVITATION: dict[str, Any] = {
    "id": 5,
    "organisation": 12,
    "email": "zhou.min@example.com",
    "role": "account_manager",
    "created_at": _TIME,
    "expires_at": "2025-07-07T09:30:00+08:00",
    "withdrawn_at": None,
    "accepted_at": None,
}
WITHDRAWN_INVITATION = {**INVITATION, "withdrawn_at": _TIME}
ACCEPT = {
    "token": "Zb1mWl0c7bS0n0m1WJ7mX1n5qvH3YyqXo8a2tK9dE4s",
    "full_name": "周敏",
    "username": "zhou.min",
    "password": "a long pass phrase",
}
ORGANISATION: dict[str, Any] = {
    "id": 14,
    "kind": "institution",
    "name": "城南支行",
    "parent": 12,
    "region": "",
    "suspended_at": None,
    "suspended_because": "",
}
SUSPENDED_ORGANISATION = {**ORGANISATION, "suspended_at": _TIME, "suspended_because": "营业执照已被吊销"}

PAPER: dict[str, Any] = {
    "id": 9,
    "kind": "licence",
    "name": "营业执照.pdf",
    "content_type": "application/pdf",
    "size": 182044,
    "sha256": "5b0f0d1c8a2f1b6de9b5f2b2a4f6c9f7a6c1f1de0f6f0b7d9a1b2c3d4e5f6071",
    "added_at": _TIME,
}
NEW_PAPER = {"kind": "licence", "name": "营业执照.pdf", "content": "JVBERi0xLjcKLi4uCiUlRU9GCg=="}
PAPER_WITH_CONTENT = {**PAPER, "content": "JVBERi0xLjcKLi4uCiUlRU9GCg=="}
VERIFICATION: dict[str, Any] = {
    "id": 4,
    "organisation": 7,
    "name": "鼎泰精密机械有限公司",
    "credit_code": "91350200MA2YJ1XR9G",
    "status": "submitted",
    "submitted_at": _TIME,
    "due_on": "2025-07-01",
    "decided_at": None,
    "reason": "",
    "version": 2,
}
VERIFICATION_WITH_PAPERS = {**VERIFICATION, "papers": [PAPER]}
WITHDRAWN_VERIFICATION = {**VERIFICATION, "status": "draft", "version": 3}
APPROVED_VERIFICATION = {**VERIFICATION, "status": "approved", "decided_at": _TIME, "version": 3}
REFUSAL = {"reason": "营业执照照片模糊，请重新拍摄上传。"}
RETURNED_VERIFICATION = {**APPROVED_VERIFICATION, "status": "returned", **REFUSAL}
REVOKED_VERIFICATION = {**RETURNED_VERIFICATION, "status": "revoked", "version": 4}

NEW_COMPANY = {
    "name": "鼎泰精密机械有限公司",
    "credit_code": "91350200MA2YJ1XR9G",
    "founded_on": "2016-04-12",
    "facts": {"industry": "34", "annual_revenue": "30000000", "tax_grade": "A", "employees": "60"},
}
COMPANY: dict[str, Any] = {
    "id": 1,
    "name": "鼎泰精密机械有限公司",
    "credit_code": "91350200MA2YJ1XR9G",
    "credit_code_checked": True,
    "founded_on": "2016-04-12",
    "verified_at": None,
    "facts": _declared(industry="34", annual_revenue="30000000", tax_grade="A", employees="60"),
    "version": 1,
    "updated_at": _TIME,
}
CHANGED_COMPANY = {**COMPANY, "name": "鼎泰精密科技有限公司", "version": 2}

NEW_NEED = {
    "company": 1,
    "title": "流动资金周转",
    "amount": "2000000.00",
    "term_months": 12,
    "purpose": "working_capital",
    "facts": {"max_annual_cost": "5.5", "collateral": ["receivables"], "guarantor_available": True},
}
NEED: dict[str, Any] = {
    "id": 1,
    "company": 1,
    "title": "流动资金周转",
    "description": "",
    "amount": "2000000.00",
    "term_months": 12,
    "purpose": "working_capital",
    "facts": _declared(max_annual_cost="5.5", collateral=["receivables"], guarantor_available=True),
    "status": "draft",
    "opened_at": None,
    "verify_by": None,
    "expires_on": None,
    "version": 1,
    "updated_at": _TIME,
}
_WORDING = ("title", "description", "amount", "term_months", "purpose", "facts")
CHANGED_NEED = {**NEED, "amount": "2500000.00", "version": 2}
OPEN_NEED = {**NEED, "status": "open", "opened_at": _TIME, "expires_on": "2025-12-27", "version": 4}
CLOSED_NEED = {**OPEN_NEED, "status": "closed", "version": 5}
NEED_VERSION = {"number": 1, "at": _TIME, "said": {name: NEED[name] for name in _WORDING}}
DUPLICATE = {
    "need": {**OPEN_NEED, "id": 2, "amount": "1900000.00"},
    "likenesses": [{"ground": "same_purpose", "apart": "0.0500", "pledges": []}],
}
REASON = {"reason": "请补充资金用途说明。"}
EVENT = {
    "number": 2,
    "event": "submit",
    "before": "draft",
    "after": "submitted",
    "at": _TIME,
    "by": {"id": 7, "kind": "company", "name": "鼎泰精密机械有限公司"},
    "note": "",
    "data": {},
}

NEW_PRODUCT: dict[str, Any] = {
    "code": "tax-credit-loan",
    "kind": "loan.tax",
    "name_zh": "税信贷",
    "name_en": "Tax-based credit loan",
    "amount_min": "100000.00",
    "amount_max": "3000000.00",
    "term_min": 3,
    "term_max": 12,
    "rate_min": "3.5500",
    "rate_max": "4.1000",
    "purposes": ["working_capital"],
    "terms": {"repayment": "interest_monthly"},
    "rule": {
        "all": [
            {"attribute": "years_in_business", "op": "at_least", "value": "2", "unit": "year"},
            {"attribute": "tax_grade", "op": "one_of", "value": ["A", "B", "M"]},
            {"attribute": "tax_paid", "op": "at_least", "value": "20000", "unit": "yuan"},
        ]
    },
}
_INSTITUTION = {"id": 1, "code": "huadai", "kind": "bank", "name_zh": "华岱银行", "name_en": "Huadai Bank"}
_NAME = {
    "id": 49,
    "code": "tax-credit-loan",
    "kind": "loan.tax",
    "name_zh": "税信贷",
    "name_en": "Tax-based credit loan",
    "institution": _INSTITUTION,
}
PRODUCT: dict[str, Any] = {
    **_NAME,
    **NEW_PRODUCT,
    "summary_zh": "",
    "summary_en": "",
    "first_loan_friendly": False,
    "themes": [],
    "stages": [],
    "collateral": [],
    "fees": [],
    "documents": [],
    "status": "draft",
    "last_confirmed_on": None,
    "version": 1,
    "updated_at": _TIME,
}
PUBLISHED_PRODUCT = {**PRODUCT, "status": "published", "last_confirmed_on": "2025-06-30", "version": 3}
REVIEWED_PRODUCT = {**PRODUCT, "status": "review", "version": 2}
CHANGED_PRODUCT = {**PUBLISHED_PRODUCT, "rate_max": "5.0000", "version": 4}
SUSPENDED_PRODUCT = {**PUBLISHED_PRODUCT, "status": "suspended", "version": 4}
RETIRED_PRODUCT = {**PUBLISHED_PRODUCT, "status": "retired", "version": 4}
_OF_THE_ROW = {"id", "institution", "status", "last_confirmed_on", "version", "updated_at"}
PRODUCT_VERSION = {
    "number": 1,
    "at": _TIME,
    "said": {name: value for name, value in PRODUCT.items() if name not in _OF_THE_ROW},
}

_FRESHNESS = {"engine": "embedded", "standby": False, "pending": 0, "oldest_pending_seconds": None}
_COST = {"low": "3.6083", "high": "4.1779"}
_REASON = {
    "key": "cost",
    "label": "All-in cost",
    "text": "All-in annual cost 3.61–4.18%; the need can bear 5.50%",
    "number": "3.8931",
    "value": 0.7922,
    "weight": "15.00",
    "points": 11.88,
    "favourable": True,
}
_FINDING = {
    "path": "all[2]",
    "attribute": "tax_paid",
    "state": "unknown",
    "text": "tax paid a year of at least 20,000 yuan; not known yet; authorise a query or state it",
    "settled": False,
}
_MISSING = {
    "attribute": "tax_paid",
    "label": "Tax paid a year",
    "source": "Proof of tax paid",
    "how": "Get the proof in the electronic tax office, or authorise tax-bank data sharing",
}
_INTEREST = {
    "kind": "interest",
    "label": "Interest",
    "payee": "lender",
    "payee_label": "Lender",
    "low": "71000.04",
    "high": "81999.96",
}
MATCHES: dict[str, Any] = {
    "eligible": [],
    "missing": [
        {
            "product": _NAME,
            "score": 0.753895,
            "cost": {**_COST, "parts": [_INTEREST]},
            "reasons": [_REASON],
            "findings": [_FINDING],
            "missing": [_MISSING],
            "gaps": [],
            "earliest": None,
        }
    ],
    "almost": [
        {
            "product": {**_NAME, "id": 110, "code": "swift-discount", "kind": "loan.bill_discount",
                        "name_zh": "极速贴现", "name_en": "Swift Discount"},
            "score": 0.659472,
            "cost": None,
            "reasons": [{**_REASON, "number": None}],
            "findings": [
                {
                    "path": "all[4]",
                    "attribute": "term",
                    "state": "unmet",
                    "text": "term from 1 month to 6 months; it has 12 months",
                    "settled": False,
                }
            ],
            "missing": [],
            "gaps": [
                {
                    "attribute": "term",
                    "label": "Term",
                    "text": "term from 1 month to 6 months; it has 12 months; 6 months over",
                    "gap": "-6",
                    "unit": "month",
                    "improvable": True,
                    "earliest": None,
                }
            ],
            "earliest": None,
        }
    ],
    "counts": {"eligible": 0, "missing": 64, "almost": 30},
    "considered": 127,
    "total": 127,
    "freshness": _FRESHNESS,
}  # fmt: skip
LEADS: dict[str, Any] = {
    "results": [
        {
            "need": {
                "id": 1,
                "title": "流动资金周转",
                "amount": "2000000.00",
                "term_months": 12,
                "purpose": "working_capital",
                "opened_at": _TIME,
            },
            "title_marked": [{"text": "流动资金", "hit": False}, {"text": "周转", "hit": True}],
            "group": "missing",
            "score": 0.82936,
            "cost": _COST,
            "reasons": [_REASON],
            "findings": [_FINDING],
            "missing": [_MISSING],
        }
    ],
    "facets": [
        {
            "name": "stage",
            "label": "Stage",
            "values": [{"key": "growth", "label": "Growth", "count": 1, "selected": False}],
        }
    ],
    "total": 1,
    "next": None,
    "freshness": _FRESHNESS,
}
SHELF: dict[str, Any] = {
    "results": [
        {
            "product": {
                **_NAME,
                **{key: PUBLISHED_PRODUCT[key] for key in ("amount_min", "amount_max", "term_min", "term_max")},
                **{key: PUBLISHED_PRODUCT[key] for key in ("rate_min", "rate_max", "first_loan_friendly")},
                "last_confirmed_on": "2025-06-30",
            },
            "name_marked": [{"text": "税信", "hit": False}, {"text": "贷", "hit": True}],
            "summary_marked": [{"text": "纯信用、免抵押，随借随还。", "hit": False}],
        }
    ],
    "facets": [
        {
            "name": "kind",
            "label": "产品类别",
            "values": [{"key": "loan", "label": "银行贷款", "count": 62, "selected": False}],
        }
    ],
    "total": 76,
    "next": "hxSfxy2R-hBT_2AyWyJhZmRkNTM3YjQxMjg5Y2RkIiwiMjAyNi0xMS0yNCIsWzIyMiw5N10sbnVsbCxudWxsXQ",
    "freshness": _FRESHNESS,
}
PRODUCT_SUGGESTIONS = {"suggestions": ["税信贷", "税易贷"]}
NEED_SUGGESTIONS = {"suggestions": ["流动资金周转"]}

_SEED = {"code": "seed", "parent": None, "label": {"zh": "种子期", "en": "Seed"}}
VOCABULARY_NAMES = {"schemes": ["collateral", "industries", "regions", "stages"]}
VOCABULARY = {"scheme": "stages", "terms": [_SEED]}
ATTRIBUTES: dict[str, Any] = {
    "attributes": [
        {
            "key": "years_in_business",
            "subject": "company",
            "kind": "number",
            "label": {"zh": "成立年限", "en": "Years in business"},
            "source": "computed",
            "improvable": False,
            "scheme": None,
            "unit": "year",
            "units": [{"key": "year", "label": {"zh": "年", "en": "years"}, "factor": "1"}],
            "decimals": 2,
        }
    ]
}
RULE_SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Eligibility rule"}
