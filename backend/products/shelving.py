"""A product's way onto the shelf and off it: submitted, reviewed by a second pair of eyes, confirmed, suspended,
retired.

Each raises NotFound, NotAllowed, and Conflict where the product is in another state or no longer at `expected_version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform, organisation_of
from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.common.errors import NotAllowed
from backend.common.texts import passage
from backend.indexing.services import mark_changed
from backend.lifecycle.queries import events_of
from backend.lifecycle.services import advance
from backend.products.checks import checked_product
from backend.products.models import Product
from backend.products.moves import moves_to, written
from backend.products.queries import own_product
from backend.products.services import ProductInput
from backend.products.versions import product_keep


def product_publish(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """The institution's one button. A draft is submitted, and stands on the shelf at once where the actor may review it
    and nobody else can; else it waits for its review. What is on the shelf is confirmed, what is suspended resumed;
    what is reviewed is approved. The platform alone puts a retired product back. Raises InvalidInput as well."""
    product = own_product(actor, product_id)
    match product.status:
        case Product.Status.PUBLISHED:
            return product_confirm(actor=actor, product_id=product_id, expected_version=expected_version, now=now)
        case Product.Status.REVIEW:
            return product_approve(actor=actor, product_id=product_id, expected_version=expected_version, now=now)
        case Product.Status.SUSPENDED | Product.Status.RETIRED:
            return product_resume(actor=actor, product_id=product_id, expected_version=expected_version, now=now)
    with transaction.atomic():
        product = product_submit(actor=actor, product_id=product_id, expected_version=expected_version, now=now)
        if may(actor, Action.PRODUCT_REVIEW) and (acts_for_platform(actor) or not _other_reviewers(actor)):
            return product_approve(actor=actor, product_id=product_id, expected_version=product.version, now=now)
    return product


def product_submit(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Hand a draft to its review. Raises InvalidInput where it can no longer be filed so: vocabularies may have changed
    since."""
    product = own_product(actor, product_id)
    checked_product(ProductInput.of(product))
    return _moved(product, "submit", actor, expected_version, now)


def product_withdraw(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Take it back from its review, to change it."""
    return _moved(own_product(actor, product_id), "withdraw", actor, expected_version, now)


def product_reject(
    *, actor: User, product_id: int, expected_version: int, reason: str, now: datetime | None = None
) -> Product:
    """Give it back to its editor, with the reason. Raises InvalidInput (field `reason`)."""
    product = own_product(actor, product_id)
    note = passage(reason, "reason")
    return _moved(product, "reject", actor, expected_version, now, note=note)


def product_approve(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Put a reviewed product on the shelf. Who submitted it may do so only where nobody else in the institution can
    review it; the event says whether a second pair of eyes was there. Raises NotAllowed (`four_eyes`), InvalidInput."""
    product = own_product(actor, product_id)
    data = {}
    if product.status == Product.Status.REVIEW:
        checked_product(ProductInput.of(product))
        data["four_eyes"] = _second_pair(product, actor)
    return _shelved(product, "approve", actor, expected_version, now, data)


def product_confirm(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Say that a published product is still on offer as it stands. Raises InvalidInput."""
    product = own_product(actor, product_id)
    checked_product(ProductInput.of(product))
    return _shelved(product, "confirm", actor, expected_version, now)


def product_suspend(
    *, actor: User, product_id: int, expected_version: int, reason: str = "", now: datetime | None = None
) -> Product:
    """Take it off the shelf for a while. Raises InvalidInput (field `reason`) for a reason that cannot be kept."""
    product = own_product(actor, product_id)
    note = passage(reason, "reason") if reason.strip() else ""
    return _moved(product, "suspend", actor, expected_version, now, note=note)


def product_resume(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Put a suspended product back, confirmed as it stands; the platform also a retired one. Raises InvalidInput."""
    product = own_product(actor, product_id)
    checked_product(ProductInput.of(product))
    restored = product.status == Product.Status.RETIRED and acts_for_platform(actor)
    return _shelved(product, "restore" if restored else "resume", actor, expected_version, now)


def product_retire(*, actor: User, product_id: int, expected_version: int, now: datetime | None = None) -> Product:
    """Take it off the shelf for good. Its versions stay."""
    return _moved(own_product(actor, product_id), "retire", actor, expected_version, now)


@transaction.atomic
def product_restock(*, actor: User, product_id: int, confirmed_on: date, now: datetime | None = None) -> Product:
    """Put a product on the shelf from whichever state, confirmed on that day, since a pack lists it so; only the
    platform may. Raises InvalidInput."""
    product = own_product(actor, product_id)
    if not acts_for_platform(actor):
        raise NotAllowed(_("Only the platform may do this."))
    checked_product(ProductInput.of(product))
    if product.status == Product.Status.DRAFT:
        product = _moved(product, "submit", actor, product.version, now)
    events = {
        Product.Status.REVIEW: "approve",
        Product.Status.PUBLISHED: "confirm",
        Product.Status.SUSPENDED: "resume",
        Product.Status.RETIRED: "restore",
    }
    event = events[Product.Status(product.status)]
    return _shelved(product, event, actor, product.version, now, confirmed_on=confirmed_on)


@transaction.atomic
def _moved(
    product: Product, event: str, actor: User, expected_version: int, now: datetime | None, *, note: str = ""
) -> Product:
    advance(product, event, actor=actor, now=now, expected_version=expected_version, note=note)
    mark_changed("product", [product.pk])
    return product


def _shelved(
    product: Product,
    event: str,
    actor: User,
    expected_version: int,
    now: datetime | None,
    data: Mapping[str, object] | None = None,
    *,
    confirmed_on: date | None = None,
) -> Product:
    """Onto the shelf, confirmed on that day or today, with what it says kept as a version. Which needs it gains is
    asked before the transaction begins: a first look at a large market takes a moment."""
    at = now or timezone.now()
    today = timezone.localdate(at)
    confirms = product.status == Product.Status.PUBLISHED
    moves = None if confirms else moves_to(product, product, today=today)
    with transaction.atomic():
        advance(
            product, event, actor=actor, now=at, expected_version=expected_version,
            values={"last_confirmed_on": confirmed_on or today}, data={**(data or {}), **written(moves)},
        )  # fmt: skip
        product_keep(product, at=at)
        mark_changed("product", [product.pk])
    return product


def _second_pair(product: Product, actor: User) -> bool:
    """Whether somebody else submitted it. Raises NotAllowed where nobody did though somebody could."""
    submitted = events_of(product).filter(event="submit").last()
    if submitted is None or submitted.actor_id != actor.pk:
        return True
    if not acts_for_platform(actor) and _other_reviewers(actor):
        message = _("You submitted this product yourself: somebody else of your institution has to approve it.")
        raise NotAllowed(message, code="four_eyes")
    return False


def _other_reviewers(actor: User) -> bool:
    """Whether somebody else of the actor's organisation may review products."""
    others = User.objects.filter(organisation=organisation_of(actor), is_active=True).exclude(pk=actor.pk)
    return any(may(person, Action.PRODUCT_REVIEW) for person in others.select_related("organisation"))
