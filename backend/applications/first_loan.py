"""Whether a company had borrowed before a disbursement, and by which evidence.

The credit system decides, never our own database alone: a bank's inquiry is grade A, a fact taken over from a register
is grade B, what the company declares, and what earlier disbursements here let infer, is grade C. A first loan is a
bank's loan, on the day of its disbursement; what counts in a statistic is the statistic's definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.applications.models import Application, Drawdown
from backend.common.errors import InvalidInput
from backend.eligibility.attributes import Source
from backend.packs.queries import vocabulary

BANK, LOANS = "bank", frozenset({"loan", "linked"})
INQUIRY_LIMIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLoan:
    """What the institution attests: whether the company `borrowed` before, as the credit system said on `inquired_on`
    under the number `inquiry`. All empty: it did not inquire."""

    borrowed: bool | None = None
    inquired_on: date | None = None
    inquiry: str = ""


def evidence_of(case: Application, attested: FirstLoan, today: date) -> tuple[bool, bool | None, dict[str, Any]]:
    """(is a bank's loan, had borrowed before or None, evidence). Raises InvalidInput for half of an attestation."""
    kinds = vocabulary().path("product_kinds", str(case.product_version.content["kind"]))
    bank_loan = case.institution.kind == BANK and not LOANS.isdisjoint(kinds)
    if attested.borrowed is not None:
        return bank_loan, attested.borrowed, _attested(attested, today)
    fact = case.need.company.facts.get("has_ever_borrowed")
    if isinstance(fact, dict) and fact.get("source") == Source.AUTHORISED:
        return bank_loan, bool(fact["value"]), _evidence("B", "register", str(fact.get("as_of", "")))
    earlier = (
        Drawdown.objects.filter(
            line__application__need__company=case.need.company_id, bank_loan=True, reversal__isnull=True
        )
        .order_by("paid_on")
        .first()
    )
    if earlier is not None:
        return bank_loan, True, _evidence("C", "platform", earlier.paid_on.isoformat())
    if isinstance(fact, dict):
        return bank_loan, bool(fact["value"]), _evidence("C", "declared", str(fact.get("as_of", "")))
    return bank_loan, None, {}


def _attested(attested: FirstLoan, today: date) -> dict[str, Any]:
    if attested.inquired_on is None:
        raise InvalidInput(_("Give the day of the inquiry."), code="required", field="first.inquired_on")
    if attested.inquired_on > today:
        raise InvalidInput(_("This date lies in the future."), code="future_date", field="first.inquired_on")
    inquiry = attested.inquiry.strip()
    if not inquiry or len(inquiry) > INQUIRY_LIMIT or not inquiry.isprintable():
        raise InvalidInput(
            _("Give the number of the inquiry: it is the evidence."), code="required", field="first.inquiry"
        )
    return _evidence("A", "bank", attested.inquired_on.isoformat(), inquiry)


def _evidence(grade: str, source: str, as_of: str, inquiry: str = "") -> dict[str, Any]:
    return {"grade": grade, "source": source, "as_of": as_of, "inquiry": inquiry}
