"""What may be filed of institutions and products: every field checked, with the path of the first fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.common.texts import one_line
from backend.eligibility.rule import RuleError, parse, to_json
from backend.eligibility.satisfiable import find_contradiction
from backend.eligibility.vocabulary import Vocabulary
from backend.packs.queries import vocabulary
from backend.products.cost_checks import check_fees, check_terms
from backend.products.rules import with_limits

if TYPE_CHECKING:
    from backend.products.services import InstitutionInput, ProductInput

TERM_LIMIT = 600
_SLUG = re.compile(r"[a-zA-Z0-9_-]{1,80}")
_LISTS = {
    "purposes": "purposes",
    "themes": "themes",
    "stages": "stages",
    "collateral": "collateral",
    "documents": "document_kinds",
}


def checked_institution(data: InstitutionInput) -> dict[str, Any]:
    """The columns for `data`. Raises InvalidInput."""
    terms = vocabulary()
    if data.answer_days is not None and not 0 <= data.answer_days < 1000:
        raise InvalidInput(_("Days are between 0 and 999."), code="out_of_range", field="answer_days")
    return {
        "code": _slug(data.code, 60),
        "kind": _code(terms, "institution_kinds", data.kind, "kind"),
        "name_zh": one_line(data.name_zh, "name_zh"),
        "name_en": one_line(data.name_en, "name_en"),
        "region": _code(terms, "regions", data.region, "region") if data.region else "",
        "answer_days": data.answer_days,
    }


def checked_product(data: ProductInput) -> dict[str, Any]:
    """The columns for `data`. Raises InvalidInput with the path of the first fault."""
    terms = vocabulary()
    columns: dict[str, Any] = {
        "code": _slug(data.code, 80),
        "kind": _code(terms, "product_kinds", data.kind, "kind"),
        "name_zh": one_line(data.name_zh, "name_zh"),
        "name_en": one_line(data.name_en, "name_en"),
        "summary_zh": data.summary_zh.strip(),
        "summary_en": data.summary_en.strip(),
        "first_loan_friendly": data.first_loan_friendly,
        "fees": [dict(fee) for fee in data.fees],
        "terms": dict(data.terms),
    }
    columns |= _limits(data)
    columns |= _rates(data)
    for name, scheme in _LISTS.items():
        columns[name] = _codes(terms, scheme, getattr(data, name), name)
    check_terms(data.terms, data.kind, terms)
    check_fees(data.fees, terms)
    columns["rule"] = _rule(data, terms)
    return columns


def _limits(data: ProductInput) -> dict[str, Any]:
    for name in ("amount_min", "amount_max"):
        amount: Decimal = getattr(data, name)
        if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 15 or amount != round(amount, 2):
            raise InvalidInput(
                _("An amount is not below zero and has at most two decimals."), code="out_of_range", field=name
            )
    for name in ("term_min", "term_max"):
        if not 0 <= getattr(data, name) <= TERM_LIMIT:
            raise InvalidInput(_("A term has at most 600 months."), code="out_of_range", field=name)
    for low, high in (("amount_min", "amount_max"), ("term_min", "term_max")):
        if getattr(data, high) < getattr(data, low):
            raise InvalidInput(_("The greatest is below the least."), code="empty_interval", field=high)
    return {name: getattr(data, name) for name in ("amount_min", "amount_max", "term_min", "term_max")}


def _rates(data: ProductInput) -> dict[str, Any]:
    low, high = data.rate_min, data.rate_max
    if (low is None) != (high is None):
        missing = "rate_min" if low is None else "rate_max"
        raise InvalidInput(_("Give both the lowest and the highest rate, or neither."), code="required", field=missing)
    for name, rate in (("rate_min", low), ("rate_max", high)):
        if rate is not None and (not rate.is_finite() or not 0 <= rate < 1000 or rate != round(rate, 4)):
            raise InvalidInput(
                _("A rate is per cent a year, not below zero, with at most four decimals."),
                code="out_of_range",
                field=name,
            )
    if low is not None and high is not None and high < low:
        raise InvalidInput(_("The highest rate is below the lowest."), code="empty_interval", field="rate_max")
    return {"rate_min": low, "rate_max": high}


def _rule(data: ProductInput, terms: Vocabulary) -> dict[str, object]:
    """The rule in normal form. It must leave somebody whom the limits leave as well."""
    try:
        rule = parse(data.rule, terms)
    except RuleError as error:
        said = error.message.in_language(_language())
        told = {"message": said[:1].upper() + said[1:], "suggestion": error.suggestion}
        message = _("%(message)s. Did you mean %(suggestion)s?") if error.suggestion else _("%(message)s.")
        raise InvalidInput(message % told, code=error.code, field=f"rule.{error.path}".rstrip(".")) from error
    whole = with_limits(
        rule,
        amount_min=data.amount_min,
        amount_max=data.amount_max,
        term_min=data.term_min,
        term_max=data.term_max,
    )
    contradiction = find_contradiction(whole, terms)
    if contradiction is not None and not contradiction.too_complex:
        raise InvalidInput(
            _("No need can meet both the rule and the product's own amounts and terms."),
            code="empty_interval",
            field="rule",
        )
    return to_json(rule)


def _slug(code: str, limit: int) -> str:
    if not _SLUG.fullmatch(code) or len(code) > limit:
        raise InvalidInput(
            _("A code has letters a to z, digits, hyphens and underscores only."), code="wrong_code", field="code"
        )
    return code


def _code(terms: Vocabulary, scheme: str, code: str, field: str) -> str:
    if not terms.accepts(scheme, code):
        message = _("There is no code %(code)s in this vocabulary.") % {"code": code[:80]}
        raise InvalidInput(message, code="unknown_code", field=field)
    return code


def _codes(terms: Vocabulary, scheme: str, codes: Sequence[str], field: str) -> list[str]:
    return [_code(terms, scheme, code, f"{field}[{index}]") for index, code in enumerate(codes)]


def _language() -> str:
    return get_language() or "zh-hans"
