"""What a product costs, from its columns."""

from __future__ import annotations

from decimal import Decimal

from backend.eligibility.vocabulary import Vocabulary
from backend.matching.coarse import reference_cost
from backend.matching.cost import CostError, CostTerms, cost_terms
from backend.matching.cost_parts import CostPart, cost_parts
from backend.products.models import Product


def terms_of(product: Product) -> CostTerms:
    """What decides the product's cost; terms that cannot be read state no cost rather than hide the product."""
    try:
        return cost_terms(rate_min=product.rate_min, rate_max=product.rate_max, terms=product.terms, fees=product.fees)
    except CostError:
        return CostTerms("interest_monthly", None, None)


def product_reference_cost(product: Product) -> Decimal | None:
    """The middle all-in cost, per cent a year, at the reference amount and term; None where none can be stated."""
    return reference_cost(
        terms_of(product),
        amount_min=product.amount_min,
        amount_max=product.amount_max,
        term_min=product.term_min,
        term_max=product.term_max,
    )


def product_cost_parts(product: Product, amount: Decimal | None, months: int | None) -> tuple[CostPart, ...]:
    """What the all-in cost of that amount and term is made of; empty where either is missing or no cost can be
    stated."""
    return () if amount is None or months is None else cost_parts(terms_of(product), amount, months)


def part_names(part: CostPart, language: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """What the payment is called and who is paid; "" where nobody in particular is."""
    subsidy = part.high <= 0 and part.kind in vocabulary.terms("subsidy_kinds")
    scheme = "subsidy_kinds" if subsidy or part.kind not in vocabulary.terms("fee_kinds") else "fee_kinds"
    payee = vocabulary.label("payees", part.payee).in_language(language) if part.payee else ""
    return vocabulary.label(scheme, part.kind).in_language(language), payee
