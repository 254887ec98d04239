"""Reads of products and institutions, scoped by who asks."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, acts_for_platform, house_of, organisation_of
from backend.accounts.models import Organisation, User
from backend.common.errors import NotAllowed, NotFound
from backend.packs.queries import life_cycles
from backend.products.cycle import UNSEEN
from backend.products.models import Institution, Product

_ON_THE_SHELF = Q(status=Product.Status.PUBLISHED, institution__organisation__suspended_at__isnull=True)


def products_on_the_shelf() -> QuerySet[Product]:
    """What is published, of institutions that are not suspended."""
    return Product.objects.filter(_ON_THE_SHELF)


def products_visible_to(viewer: Viewer) -> QuerySet[Product]:
    """Everybody sees what is on the shelf; an institution and its branches all of their own, the bureau all that were
    ever published, the platform all."""
    products = Product.objects.select_related("institution")
    organisation = organisation_of(viewer)
    if organisation is None:
        return products.filter(_ON_THE_SHELF)
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return products
        case Organisation.Kind.BUREAU:
            return products.exclude(status__in=UNSEEN)
        case _:
            return products.filter(_ON_THE_SHELF | Q(institution__organisation__in=_house(organisation)))


def product_visible_to(viewer: Viewer, product_id: int) -> Product:
    """Raises NotFound, also where the product exists but is not the viewer's to see."""
    product = products_visible_to(viewer).filter(pk=product_id).first()
    if product is None:
        raise NotFound("")
    return product


def product_with_history(viewer: Viewer, product_id: int) -> Product:
    """A product whose versions and events the viewer may read: its institution, and those who oversee the market.

    Raises NotFound."""
    product = product_visible_to(viewer, product_id)
    organisation = organisation_of(viewer)
    overseers = (Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM)
    if organisation is None or not (organisation.kind in overseers or sells(viewer, product)):
        raise NotFound("")
    return product


def own_product(actor: User, product_id: int) -> Product:
    """A product that the actor's organisation may write; the platform any. Raises NotFound, NotAllowed."""
    product = product_visible_to(actor, product_id)
    if not acts_for_platform(actor) and product.institution.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the institution itself may do this."))
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


def products_to_review(viewer: Viewer) -> QuerySet[Product]:
    """What waits for a second pair of eyes in the viewer's own institution."""
    return products_owned_by(viewer).filter(status=Product.Status.REVIEW).order_by("updated_at", "pk")


def confirm_by(product: Product, today: date) -> date | None:
    """The last day on which a published product is on the shelf without being confirmed once more; None where it is not
    published, or the pack does not say."""
    settings = life_cycles(today)
    if settings is None or product.status != Product.Status.PUBLISHED or product.last_confirmed_on is None:
        return None
    return product.last_confirmed_on + timedelta(days=settings.product_confirm_days)


def products_notice_due(today: date) -> QuerySet[Product]:
    """Published products that leave the shelf within the days of notice unless somebody confirms them."""
    settings = life_cycles(today)
    if settings is None:
        return Product.objects.none()
    first = today - timedelta(days=settings.product_confirm_days)
    soon = Product.objects.filter(
        status=Product.Status.PUBLISHED,
        last_confirmed_on__gte=first,
        last_confirmed_on__lte=first + timedelta(days=settings.product_notice_days),
    )
    return soon.select_related("institution").order_by("last_confirmed_on", "pk")
