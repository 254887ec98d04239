"""Reads of products and institutions, scoped by who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, house_of, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotFound
from backend.products.models import Institution, Product

_ON_THE_SHELF = Q(status=Product.Status.PUBLISHED, institution__organisation__suspended_at__isnull=True)


def products_on_the_shelf() -> QuerySet[Product]:
    """What is published, of institutions that are not suspended."""
    return Product.objects.filter(_ON_THE_SHELF)


def products_visible_to(viewer: Viewer) -> QuerySet[Product]:
    """Everybody sees what is on the shelf; an institution and its branches its own drafts and retired products as well,
    the bureau all that were ever published, the platform all."""
    products = Product.objects.select_related("institution")
    organisation = organisation_of(viewer)
    if organisation is None:
        return products.filter(_ON_THE_SHELF)
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return products
        case Organisation.Kind.BUREAU:
            return products.exclude(status=Product.Status.DRAFT)
        case _:
            return products.filter(_ON_THE_SHELF | Q(institution__organisation__in=_house(organisation)))


def product_visible_to(viewer: Viewer, product_id: int) -> Product:
    """Raises NotFound, also where the product exists but is not the viewer's to see."""
    product = products_visible_to(viewer).filter(pk=product_id).first()
    if product is None:
        raise NotFound("")
    return product


def products_owned_by(viewer: Viewer) -> QuerySet[Product]:
    """The products of the viewer's own institution, or of the one that it is a branch of: those whose leads it may
    read."""
    organisation = organisation_of(viewer)
    if organisation is None:
        return Product.objects.none()
    return Product.objects.select_related("institution").filter(institution__organisation__in=_house(organisation))


def sells(viewer: Viewer, product: Product) -> bool:
    """Whether the product is one of `products_owned_by`."""
    organisation = organisation_of(viewer)
    return organisation is not None and product.institution.organisation_id in _house(organisation)


def _house(organisation: Organisation) -> tuple[int, ...]:
    return house_of(organisation) if organisation.kind == Organisation.Kind.INSTITUTION else (organisation.pk,)


def institutions_visible_to(viewer: Viewer) -> QuerySet[Institution]:
    """Institutions are public."""
    return Institution.objects.all()
