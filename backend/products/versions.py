"""The wordings of a product that were on offer: each is kept as it was."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

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
    row, so that two cannot count at once."""
    content = content_of(product)
    last = product.versions.order_by("-number").first()
    if last is not None and last.content == content:
        return last
    return ProductVersion.objects.create(product=product, number=last.number + 1 if last else 1, at=at, content=content)


def product_version(product: Product) -> ProductVersion:
    """The wording in force, or the last that was. A product that came past the services (an import of rows) is kept as
    it stands."""
    last = product.versions.order_by("-number").first()
    if last is not None:
        return last
    values = {"at": timezone.now(), "content": content_of(product)}
    return ProductVersion.objects.get_or_create(product=product, number=1, defaults=values)[0]
