"""What a product costs, from its columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from backend.eligibility.vocabulary import Vocabulary
from backend.matching.coarse import REFERENCE_AMOUNT, REFERENCE_MONTHS, reference_cost
from backend.matching.cost import CostError, CostRange, CostTerms, cost_range, cost_terms
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


@dataclass(frozen=True, slots=True)
class CostExample:
    """What a product costs at one amount and term; `cost` is None and `parts` empty where no cost can be stated."""

    amount: Decimal
    months: int
    cost: CostRange | None
    parts: tuple[CostPart, ...]


def middle_of(product: Product) -> tuple[Decimal, int]:
    """The middle of the product's amounts, to the currency unit, and of its terms, in whole months. Where it sets no
    limit: the reference amount or term, or the least that it lends if that is more."""
    amount, months = within(product, REFERENCE_AMOUNT, REFERENCE_MONTHS)
    if product.amount_max > 0:
        amount = Decimal(int((product.amount_min + product.amount_max) / 2))
    if product.term_max > 0:
        months = (product.term_min + product.term_max) // 2
    return amount, months


def within(product: Product, amount: Decimal, months: int) -> tuple[Decimal, int]:
    """The amount and term that the product lends nearest to these."""
    amount, months = max(amount, product.amount_min), max(months, product.term_min)
    return min(amount, product.amount_max or amount), min(months, product.term_max or months)


def cost_example(product: Product, amount: Decimal, months: int) -> CostExample:
    try:
        cost = cost_range(terms_of(product), amount, months)
    except CostError:
        cost = None
    return CostExample(amount, months, cost, product_cost_parts(product, amount, months))


def compared_cost(product: Product) -> CostRange | None:
    """The all-in cost at the reference amount and term, or the nearest that it lends: the one that sorts the shelf."""
    try:
        return cost_range(terms_of(product), *within(product, REFERENCE_AMOUNT, REFERENCE_MONTHS))
    except CostError:
        return None
