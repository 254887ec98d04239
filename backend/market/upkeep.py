"""What the people of a made-up market would have done since it was last looked at: confirmed products, renewed needs.

Without it a demonstration that was left for some months would have an empty shelf: nobody confirms there.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backend.accounts.models import User
from backend.common.errors import Conflict
from backend.needs.models import Need
from backend.needs.services import need_renew
from backend.packs.queries import life_cycles
from backend.products.models import Product
from backend.products.shelving import product_restock


@dataclass(frozen=True, slots=True)
class Kept:
    products: int = 0
    needs: int = 0


@transaction.atomic
def market_keep(*, actor: User, now: datetime) -> Kept:
    """Where nobody has confirmed anything for as long as a notice takes: every product that was on the shelf is
    confirmed, as long after the others as before, and every open or expired need is renewed. `actor` acts for the
    platform."""
    today = timezone.localdate(now)
    settings = life_cycles(today)
    shelf = Product.objects.filter(status__in=(Product.Status.PUBLISHED, Product.Status.SUSPENDED))
    newest = shelf.aggregate(newest=Max("last_confirmed_on"))["newest"]
    if settings is None or newest is None or (today - newest).days <= settings.product_notice_days:
        return Kept()
    later = today - newest
    products = needs = 0
    for product in shelf.exclude(last_confirmed_on=None).order_by("pk"):
        confirmed = (product.last_confirmed_on or newest) + later
        product_restock(actor=actor, product_id=product.pk, confirmed_on=confirmed, now=now)
        products += 1
    soon = today + timedelta(days=settings.need_notice_days)
    due = Need.objects.filter(status__in=(Need.Status.OPEN, Need.Status.EXPIRED), expires_on__lte=soon)
    for need in due.order_by("pk"):
        with suppress(Conflict):  # the company has filed the same need once more
            need_renew(actor=actor, need_id=need.pk, expected_version=need.version, now=now)
            needs += 1
    return Kept(products, needs)
