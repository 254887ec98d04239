"""Reads of an institution's leads: its products at a glance, saved filters, what was read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs

from django.db.models import QuerySet

from backend.accounts.audience import Viewer
from backend.accounts.models import User
from backend.common.errors import Conflict, InvalidInput, NotFound
from backend.leads.models import LeadView, SavedSearch
from backend.matching.results import Lead, Leads
from backend.matching.services import eligible_leads, leads_for, still_leads
from backend.needs.cycle import SHOWN
from backend.products.models import Product
from backend.products.queries import products_owned_by

PRODUCTS_SHOWN = 12
BEST_OF_EACH = 3
BEST_SHOWN = 6
SAVED_SHOWN = 24


@dataclass(frozen=True, slots=True)
class ProductLeads:
    """The leads of a product in numbers. `recent`: opened within seven days; `first_time`: of companies that never
    borrowed; `new`: not read by the person yet. All None where the product's rule cannot be read any more."""

    product: Product
    total: int | None = None
    eligible: int | None = None
    recent: int | None = None
    first_time: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True)
class BestLead:
    product: Product
    lead: Lead


@dataclass(frozen=True, slots=True)
class Morning:
    """The first products in numbers, how many more there are, and the best leads of those shown, each need once."""

    products: tuple[ProductLeads, ...]
    more: int
    best: tuple[BestLead, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A saved filter and how many leads it finds now; None where one of its choices does not exist any more."""

    saved: SavedSearch
    total: int | None


def own_product(viewer: Viewer, product_id: int) -> Product:
    """A product of the viewer's own institution. Raises NotFound."""
    product = products_owned_by(viewer).filter(pk=product_id).first()
    if product is None:
        raise NotFound("")
    return product


def saved_searches_of(viewer: User, product: Product | None = None) -> QuerySet[SavedSearch]:
    """The person's own saved filters for products of the own institution, oldest first."""
    own = SavedSearch.objects.filter(user=viewer, product__in=products_owned_by(viewer)).select_related("product")
    return own if product is None else own.filter(product=product)


def seen_among(viewer: User, product: Product, need_ids: Collection[int]) -> Mapping[int, LeadView]:
    """Which of the needs the person read as leads of the product."""
    return {view.need_id: view for view in LeadView.objects.filter(user=viewer, product=product, need_id__in=need_ids)}


def seen_of(viewer: User, leads: Collection[BestLead]) -> Mapping[tuple[int, int], LeadView]:
    """(product, need) → when the person read it, of leads of several products."""
    views = LeadView.objects.filter(user=viewer, need_id__in=[one.lead.need.pk for one in leads])
    return {(view.product_id, view.need_id): view for view in views}


def morning(viewer: User, *, today: date, language: str) -> Morning:
    """Raises PackMissing, SearchUnavailable, IndexMissing."""
    published = products_owned_by(viewer).filter(status=Product.Status.PUBLISHED).order_by("pk")
    products = list(published[: PRODUCTS_SHOWN + 1])
    more = published.count() - PRODUCTS_SHOWN if len(products) > PRODUCTS_SHOWN else 0
    read = _read_by(viewer, products)
    rows, best = [], []
    for product in products[:PRODUCTS_SHOWN]:
        try:
            leads = leads_for(product, viewer=viewer, today=today, language=language, size=BEST_OF_EACH)
            eligible = eligible_leads(product, viewer=viewer, today=today)
        except Conflict:
            rows.append(ProductLeads(product))
            continue
        still = still_leads(product, read.get(product.pk, ()), viewer=viewer, today=today)
        rows.append(
            ProductLeads(
                product=product,
                total=leads.total,
                eligible=eligible,
                recent=_counted(leads, "freshness", "week"),
                first_time=_counted(leads, "first_time", "yes"),
                new=max(leads.total - len(still), 0),
            )
        )
        best += [BestLead(product, lead) for lead in leads.results]
    return Morning(tuple(rows), more, _best(best))


def saved_counted(viewer: User, *, today: date, language: str) -> tuple[Counted, ...]:
    """The person's saved filters for published products, the newest first. Raises PackMissing, SearchUnavailable,
    IndexMissing."""
    saved = saved_searches_of(viewer).filter(product__status=Product.Status.PUBLISHED).order_by("-pk")
    found = []
    for one in saved.select_related("product__institution")[:SAVED_SHOWN]:
        params = parse_qs(one.query)
        words = " ".join(params.get("q", ()))
        try:
            leads = leads_for(
                one.product, viewer=viewer, today=today, language=language, params=params, q=words, size=1
            )
        except (InvalidInput, Conflict):
            found.append(Counted(one, None))
        else:
            found.append(Counted(one, leads.total))
    return tuple(found)


def _read_by(viewer: User, products: Collection[Product]) -> Mapping[int, list[int]]:
    """Product → the open needs that the person read as its leads."""
    views = LeadView.objects.filter(user=viewer, product__in=products, need__status__in=SHOWN)
    read: dict[int, list[int]] = {}
    for product_id, need_id in views.values_list("product_id", "need_id"):
        read.setdefault(product_id, []).append(need_id)
    return read


def _counted(leads: Leads, name: str, key: str) -> int:
    return next(
        (value.count for facet in leads.facets if facet.name == name for value in facet.values if value.key == key), 0
    )


def _best(found: list[BestLead]) -> tuple[BestLead, ...]:
    """The highest scores; a need that is a lead of several products stands once, for the one that it fits best."""
    shown: dict[int, BestLead] = {}
    for one in sorted(found, key=lambda one: (-one.lead.score, one.lead.need.pk, one.product.pk)):
        shown.setdefault(one.lead.need.pk, one)
    return tuple(shown.values())[:BEST_SHOWN]
