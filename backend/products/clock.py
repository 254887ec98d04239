"""What time alone does to products. It may run twice, at once or again: the row decides."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from backend.common.errors import Conflict
from backend.indexing.services import mark_changed
from backend.lifecycle.services import CLOCK, advance
from backend.packs.queries import life_cycles
from backend.products.models import Product

BATCH = 200
"""Products at most in one run: the next one goes on."""


def products_lapse(now: datetime) -> int:
    """Published products that nobody has confirmed for too long leave the shelf, suspended. Returns how many did."""
    today = timezone.localdate(now)
    settings = life_cycles(today)
    if settings is None:
        return 0
    first = today - timedelta(days=settings.product_confirm_days)
    due = Product.objects.filter(status=Product.Status.PUBLISHED, last_confirmed_on__lt=first)
    return sum(_lapse(product, now) for product in due.order_by("last_confirmed_on", "pk")[:BATCH])


def _lapse(product: Product, now: datetime) -> bool:
    with suppress(Conflict), transaction.atomic():
        advance(product, "lapse", actor=CLOCK, now=now, data={"last_confirmed_on": product.last_confirmed_on})
        mark_changed("product", [product.pk])
        return True
    return False
