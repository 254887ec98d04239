"""Reads of products and institutions, scoped by who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotFound
from backend.products.models import Institution, Product


def products_visible_to(viewer: Viewer) -> QuerySet[Product]:
    """Everybody sees what is published; an institution its own drafts and retired products as well, the bureau all
    that were ever published, the platform all."""
    products = Product.objects.select_related("institution")
    organisation = organisation_of(viewer)
    published = Q(status=Product.Status.PUBLISHED)
    if organisation is None:
        return products.filter(published)
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return products
        case Organisation.Kind.BUREAU:
            return products.exclude(status=Product.Status.DRAFT)
        case _:
            return products.filter(published | Q(institution__organisation=organisation))


def product_visible_to(viewer: Viewer, product_id: int) -> Product:
    """Raises NotFound, also where the product exists but is not the viewer's to see."""
    product = products_visible_to(viewer).filter(pk=product_id).first()
    if product is None:
        raise NotFound("")
    return product


def products_owned_by(viewer: Viewer) -> QuerySet[Product]:
    """The products of the viewer's own institution: those whose leads it may read."""
    organisation = organisation_of(viewer)
    products = Product.objects.select_related("institution")
    return products.none() if organisation is None else products.filter(institution__organisation=organisation)


def institutions_visible_to(viewer: Viewer) -> QuerySet[Institution]:
    """Institutions are public."""
    return Institution.objects.all()
