"""The wordings of a product that were on offer: each is kept as it was."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backend.lifecycle.wordings import in_force, kept
from backend.products.models import Product, ProductVersion

TEXTS = ("code", "kind", "name_zh", "name_en", "summary_zh", "summary_en")
LIMITS = ("amount_min", "amount_max", "term_min", "term_max", "rate_min", "rate_max")
REST = ("first_loan_friendly", "purposes", "themes", "stages", "collateral", "terms", "fees", "documents", "rule")
COLUMNS = (*TEXTS, *LIMITS, *REST)
"""The fields of `ProductInput`; a test holds the two together."""


def content_of(product: Product) -> dict[str, Any]:
    values = {name: getattr(product, name) for name in COLUMNS}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def product_keep(product: Product, *, at: datetime) -> ProductVersion:
    """Keep the product as it is on offer now, unless its last wording says the same. Whoever calls has just changed the
    row."""
    version: ProductVersion = kept(product.versions, content_of(product), at=at)
    return version


def product_version(product: Product) -> ProductVersion:
    """The wording in force, or the last that was. A product that came past the services (an import of rows) is kept as
    it stands."""
    version: ProductVersion = in_force(product.versions, lambda: content_of(product), at=timezone.now())
    return version
