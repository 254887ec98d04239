"""Every write of institutions and products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain, count

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform, organisation_of
from backend.accounts.models import Organisation, User
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.indexing.services import mark_changed
from backend.products.checks import checked_institution, checked_product
from backend.products.models import Institution, Product
from backend.products.queries import product_visible_to

_CODE_LENGTH = 72
"""Of a code that is made here: eight characters are left for a number behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionInput:
    code: str
    kind: str
    name_zh: str
    name_en: str
    region: str = ""
    answer_days: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductInput:
    """What an institution says of a product; the fields are those of `Product`. For a partial update:
    `replace(ProductInput.of(product), rate_max=…)`. A new product without a `code` is given one."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    summary_zh: str = ""
    summary_en: str = ""
    amount_min: Decimal = Decimal(0)
    amount_max: Decimal = Decimal(0)
    term_min: int = 0
    term_max: int = 0
    rate_min: Decimal | None = None
    rate_max: Decimal | None = None
    first_loan_friendly: bool = False
    purposes: Sequence[str] = ()
    themes: Sequence[str] = ()
    stages: Sequence[str] = ()
    collateral: Sequence[str] = ()
    terms: Mapping[str, object] = field(default_factory=dict)
    fees: Sequence[Mapping[str, object]] = ()
    documents: Sequence[str] = ()
    rule: object = field(default_factory=dict)

    @classmethod
    def of(cls, product: Product) -> ProductInput:
        return cls(**{name: getattr(product, name) for name in cls.__dataclass_fields__})


@transaction.atomic
def institution_create(*, actor: User, data: InstitutionInput, organisation: Organisation | None = None) -> Institution:
    """Admit an institution; only the platform may. Raises NotAllowed, InvalidInput, Conflict."""
    _platform_only(actor)
    checked = checked_institution(data)
    owner = organisation or Organisation.objects.create(kind=Organisation.Kind.INSTITUTION, name=checked["name_zh"])
    try:
        with transaction.atomic():
            return Institution.objects.create(organisation=owner, **checked)
    except IntegrityError as error:
        raise _taken("institution_taken") from error


@transaction.atomic
def institution_update(*, actor: User, institution_id: int, data: InstitutionInput) -> Institution:
    """Replace what is said of an institution, and have its products copied anew; only the platform may."""
    _platform_only(actor)
    checked = checked_institution(data)
    try:
        with transaction.atomic():
            changed = Institution.objects.filter(pk=institution_id).update(**checked)
    except IntegrityError as error:
        raise _taken("institution_taken") from error
    if not changed:
        raise NotFound("")
    # After the update: its row lock makes a product that is being filed now wait, or has let it commit before.
    mark_changed("product", Product.objects.filter(institution_id=institution_id).values_list("pk", flat=True))
    return Institution.objects.get(pk=institution_id)


@transaction.atomic
def product_create(*, actor: User, data: ProductInput, institution_id: int | None = None) -> Product:
    """File a draft of the actor's institution; the platform names which. Raises NotAllowed, NotFound, InvalidInput,
    Conflict."""
    institution = _institution(actor, institution_id)
    checked = checked_product(data if data.code else replace(data, code=_code_for(institution, data)))
    # The lock orders this against a change of the institution that runs at the same time; see institution_update.
    Institution.objects.select_for_update().get(pk=institution.pk)
    try:
        with transaction.atomic():
            product = Product.objects.create(institution=institution, **checked)
    except IntegrityError as error:
        raise _taken("product_taken") from error
    mark_changed("product", [product.pk])
    return product


@transaction.atomic
def product_update(*, actor: User, product_id: int, data: ProductInput, expected_version: int) -> Product:
    """Replace what a draft or a published product says.

    Raises NotFound, NotAllowed, InvalidInput, and Conflict where it is retired or no longer at `expected_version`.
    """
    product = _own(actor, product_id)
    states = (Product.Status.DRAFT, Product.Status.PUBLISHED)
    return _change(product, expected_version, states, checked_product(data))


@transaction.atomic
def product_publish(*, actor: User, product_id: int, expected_version: int, today: date | None = None) -> Product:
    """Show a draft or a retired product to everybody, or confirm a published one as still on offer.

    Its rule, terms and codes are checked again: vocabularies may have changed since it was filed.
    """
    product = _own(actor, product_id)
    checked_product(ProductInput.of(product))
    values = {"status": Product.Status.PUBLISHED, "last_confirmed_on": today or timezone.localdate()}
    return _change(product, expected_version, tuple(Product.Status), values)


@transaction.atomic
def product_retire(*, actor: User, product_id: int, expected_version: int) -> Product:
    """Take a published product off the shelf."""
    product = _own(actor, product_id)
    return _change(product, expected_version, (Product.Status.PUBLISHED,), {"status": Product.Status.RETIRED})


def _platform_only(actor: User) -> None:
    if not acts_for_platform(actor):
        raise NotAllowed(_("Only the platform may do this."))


def _institution(actor: User, institution_id: int | None) -> Institution:
    institutions = Institution.objects.all()
    if not acts_for_platform(actor):
        institutions = institutions.filter(organisation=organisation_of(actor), organisation__kind="institution")
    elif institution_id is None:
        raise InvalidInput(_("Say whose product it is."), code="required", field="institution")
    if institution_id is not None:
        institutions = institutions.filter(pk=institution_id)
    institution = institutions.first()
    if institution is None:
        raise NotAllowed(_("Only an institution's own people may file its products."))
    return institution


def _code_for(institution: Institution, data: ProductInput) -> str:
    """The institution's code and the product's English name, or its kind; with a number where that is taken."""
    name = slugify(data.name_en) or slugify(data.kind.replace(".", "-")) or "product"
    wanted = f"{institution.code}-{name}"[:_CODE_LENGTH].rstrip("-")
    taken = set(Product.objects.filter(code__startswith=wanted).values_list("code", flat=True))
    return next(code for code in chain((wanted,), (f"{wanted}-{number}" for number in count(2))) if code not in taken)


def _own(actor: User, product_id: int) -> Product:
    product = product_visible_to(actor, product_id)
    if not acts_for_platform(actor) and product.institution.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the institution itself may do this."))
    return product


_NOT_NOW = {
    Product.Status.DRAFT: _("This product is still a draft: publish it first."),
    Product.Status.RETIRED: _("This product is off the shelf: publish it again first."),
}


def _change(product: Product, expected_version: int, states: tuple[str, ...], values: dict[str, object]) -> Product:
    """The database decides: the row changes only in one of `states` and at `expected_version`."""
    try:
        with transaction.atomic():
            changed = Product.objects.filter(pk=product.pk, version=expected_version, status__in=states).update(
                **values, version=F("version") + 1, updated_at=timezone.now()
            )
    except IntegrityError as error:
        raise _taken("product_taken") from error
    product.refresh_from_db()
    if not changed:
        if product.version != expected_version:
            raise Conflict(_("Somebody changed this product meanwhile. Read it again and repeat your change."))
        raise Conflict(_NOT_NOW[Product.Status(product.status)], code="wrong_state")
    mark_changed("product", [product.pk])
    return product


def _taken(code: str) -> Conflict:
    return Conflict(_("This code is in use already."), code=code, field="code")
