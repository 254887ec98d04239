"""What an offer costs: its own terms through the one method of all costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backend.applications.models import Offer
from backend.matching.cost import CostError, CostSheet, CostTerms, annual_cost, cost_sheet, cost_terms
from backend.matching.cost_parts import CostPart, cost_parts

OFFER_TERMS = ("repayment", "subsidies", "deposit", "residual", "loan_rate_cap")
"""The keys of a product's terms that an offer states: those that enter the cost."""


@dataclass(frozen=True, slots=True)
class OfferCost:
    """`sheet` holds every payment with its date; `parts` the same added up by kind and payee."""

    sheet: CostSheet
    parts: tuple[CostPart, ...]


def terms_of(*, rate: Decimal | None, terms: Mapping[str, Any], fees: Sequence[Mapping[str, Any]]) -> CostTerms:
    """Raises CostError."""
    return cost_terms(rate_min=rate, rate_max=rate, terms=terms, fees=fees)


def cost_of(
    *,
    amount: Decimal,
    months: int,
    rate: Decimal | None,
    terms: Mapping[str, Any],
    fees: Sequence[Mapping[str, Any]],
) -> Decimal | None:
    """All-in annual cost in per cent; None where none can be stated."""
    try:
        read = terms_of(rate=rate, terms=terms, fees=fees)
        return None if read.rate_min is None else annual_cost(read, read.rate_min, amount, months)
    except CostError:
        return None


def offer_cost(offer: Offer, *, start: date | None = None) -> OfferCost | None:
    """The sheet of an offer, dated as if it were paid out on `start`; None where no cost can be stated."""
    try:
        read = terms_of(rate=offer.rate, terms=offer.terms, fees=offer.fees)
        if read.rate_min is None:
            return None
        sheet = cost_sheet(read, read.rate_min, offer.amount, offer.term_months, start=start)
    except CostError:
        return None
    return OfferCost(sheet, cost_parts(read, offer.amount, offer.term_months))


def unpublished_fees(offer: Offer, product_terms: Mapping[str, Any]) -> tuple[str, ...]:
    """Kinds of fees that the offer charges and the product, as it was applied for, did not name."""
    published = {fee.get("kind") for fee in product_terms.get("fees", ())}
    return tuple(dict.fromkeys(str(fee["kind"]) for fee in offer.fees if fee.get("kind") not in published))
