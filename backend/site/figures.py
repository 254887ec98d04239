"""Live figures of the whole market, counted in the database. They are sums: nobody's need can be read from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.utils import timezone

from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.products.models import Product

KEPT_SECONDS = 60
CACHE_KEY = "site:figures"


@dataclass(frozen=True, slots=True)
class Figures:
    """Open needs with the amount that they ask for, in the pack's currency; the companies behind them, and those of
    these that are known never to have borrowed; published products and their institutions. `at`: when counted."""

    needs: int
    asked: Decimal
    companies: int
    never_borrowed: int
    products: int
    institutions: int
    at: datetime


def market_figures() -> Figures:
    """Counted at most once in KEPT_SECONDS; two queries then, none else."""
    kept: Figures | None = cache.get(CACHE_KEY)
    if kept is None:
        kept = _count()
        cache.set(CACHE_KEY, kept, KEPT_SECONDS)
    return kept


def _count() -> Figures:
    first_time = Q(company__facts__has_ever_borrowed__value=False)
    needs = Need.objects.filter(status__in=SHOWN).aggregate(
        needs=Count("pk"),
        asked=Sum("amount"),
        companies=Count("company", distinct=True),
        never_borrowed=Count("company", distinct=True, filter=first_time),
    )
    products = Product.objects.filter(status=Product.Status.PUBLISHED).aggregate(
        products=Count("pk"), institutions=Count("institution", distinct=True)
    )
    return Figures(
        needs=needs["needs"],
        asked=needs["asked"] or Decimal(0),
        companies=needs["companies"],
        never_borrowed=needs["never_borrowed"],
        products=products["products"],
        institutions=products["institutions"],
        at=timezone.now(),
    )
