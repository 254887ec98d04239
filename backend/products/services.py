"""Every write of institutions and of what a product says. Its states are changed in `shelving`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, count

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform, organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, demand
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.indexing.services import mark_changed
from backend.lifecycle.services import advance, record
from backend.products.checks import checked_institution, checked_product
from backend.products.cycle import UNSEEN
from backend.products.models import Institution, Product
from backend.products.moves import moves_to, written
from backend.products.queries import own_product
from backend.products.rules import RULING, Terms
from backend.products.versions import product_keep, product_version

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
    demand(actor, Action.PRODUCT_EDIT)
    product = _filed(institution, data, {})
    record(product, "file", before="", after=product.status, actor=actor, at=timezone.now())
    mark_changed("product", [product.pk])
    return product


@transaction.atomic
def product_import(
    *,
    actor: User,
    data: ProductInput,
    institution_id: int,
    confirmed_on: date,
    retired: bool = False,
    now: datetime | None = None,
) -> Product:
    """Bring in a product as it is on offer already, or no longer; only the platform may, and nobody reviews it.

    Raises NotAllowed, NotFound, InvalidInput, Conflict."""
    _platform_only(actor)
    institution = _institution(actor, institution_id)
    status = Product.Status.RETIRED if retired else Product.Status.PUBLISHED
    product = _filed(institution, data, {"status": status, "last_confirmed_on": None if retired else confirmed_on})
    at = now or timezone.now()
    number = product_keep(product, at=at).number
    record(product, "import", before="", after=status, actor=actor, at=at, data={"version": number})
    mark_changed("product", [product.pk])
    return product


def product_update(
    *, actor: User, product_id: int, data: ProductInput, expected_version: int, now: datetime | None = None
) -> Product:
    """Replace what a product says, unless it is reviewed or retired. What was on offer before is kept as a version, and
    the event tells how many open needs enter and leave by it.

    Raises NotFound, NotAllowed, InvalidInput, and Conflict where it is in another state or no longer at
    `expected_version`.
    """
    product = own_product(actor, product_id)
    checked = checked_product(data)
    at = now or timezone.now()
    changed = sorted(name for name, value in checked.items() if getattr(product, name) != value)
    moves = None
    if product.status == Product.Status.PUBLISHED and not RULING.isdisjoint(changed):
        moves = moves_to(product, Terms.of(checked), today=timezone.localdate(at))
    with transaction.atomic():
        if product.status not in UNSEEN:
            product_version(product)  # what came past the services is kept before it changes
        try:
            with transaction.atomic():
                advance(
                    product, "change", actor=actor, now=at, expected_version=expected_version, values=checked,
                    data={"changed": changed, **written(moves)},
                )  # fmt: skip
        except IntegrityError as error:
            raise _taken("product_taken") from error
        if product.status not in UNSEEN:
            product_keep(product, at=at)
        mark_changed("product", [product.pk])
    return product


def standing_changed(organisation: Organisation) -> None:
    """The organisation was suspended or takes part again: the copies of its products follow. Within the caller's
    transaction."""
    mark_changed("product", Product.objects.filter(institution__organisation=organisation).values_list("pk", flat=True))


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


def _filed(institution: Institution, data: ProductInput, values: Mapping[str, object]) -> Product:
    checked = checked_product(data if data.code else replace(data, code=_code_for(institution, data)))
    # The lock orders this against a change of the institution that runs at the same time; see institution_update.
    Institution.objects.select_for_update().get(pk=institution.pk)
    try:
        with transaction.atomic():
            return Product.objects.create(institution=institution, **checked, **values)
    except IntegrityError as error:
        raise _taken("product_taken") from error


def _taken(code: str) -> Conflict:
    return Conflict(_("This code is in use already."), code=code, field="code")
