"""An institution's shelf, and the state of each of its products: what is expected next, whom publishing would reach,
its versions and history, and the buttons of those who edit and those who review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.models import User
from backend.accounts.roles import Action, actions_of, may
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from backend.eligibility.rule import RuleError
from backend.lifecycle.queries import events_of, last_events
from backend.lifecycle.telling import Expected, Told, Words
from backend.matching.reach import Moves, Reach, reaches
from backend.packs.queries import current_pack, held, vocabulary
from backend.products import shelving
from backend.products.cycle import PRODUCT
from backend.products.models import Institution, Product
from backend.products.moves import moves_to
from backend.products.queries import confirm_by, products_owned_by
from backend.products.rules import effective_rule
from backend.products.telling import expected, history, name_of, needs_confirming, rule_of, wordings
from backend.site.access import institution_page, person
from backend.site.errors import page
from backend.site.navigation import OWN_PRODUCTS
from backend.site.posted import version_of

SHELF = gettext_lazy("“%(name)s” is on the shelf, confirmed today.")
DONE: Mapping[str, tuple[Callable[..., Product], Words]] = {
    "submit": (shelving.product_submit, gettext_lazy("“%(name)s” waits for its review.")),
    "withdraw": (shelving.product_withdraw, gettext_lazy("“%(name)s” is a draft again.")),
    "approve": (shelving.product_approve, SHELF),
    "reject": (shelving.product_reject, gettext_lazy("“%(name)s” is given back. Its editor reads your reason.")),
    "publish": (shelving.product_publish, SHELF),
    "confirm": (shelving.product_confirm, SHELF),
    "suspend": (shelving.product_suspend, gettext_lazy("“%(name)s” is off the shelf for a while.")),
    "resume": (shelving.product_resume, SHELF),
    "retire": (shelving.product_retire, gettext_lazy("“%(name)s” is off the shelf for good.")),
}
"""Button → what it does, and what is said then."""

WITH_REASON = frozenset({"reject", "suspend"})


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """`reach` is None where the rule on file cannot be read any more. `soon`: it leaves the shelf after `confirm_by`
    unless somebody confirms it. `can`: events whose buttons the reader has. `may_edit`: whether the reader changes what
    it says. `last`: what happened last."""

    product: Product
    reach: Reach | None
    confirm_by: Any
    soon: bool
    leads: str
    can: frozenset[str]
    may_edit: bool
    last: Told | None


@require_safe
@institution_page(*OWN_PRODUCTS)
@page
@held()
def own_products(request: HttpRequest) -> HttpResponse:
    """The shelf of the institution's own products."""
    return _shelf(request)


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page(*OWN_PRODUCTS)
@page
@held()
def product_state(request: HttpRequest, id: int) -> HttpResponse:
    """The state of a product. A button sends `do`, with the `version` that the page showed; `shelf` where it stood on
    the shelf."""
    user = person(request)
    product = products_owned_by(user).filter(pk=id).first()
    if product is None:
        raise NotFound("")
    if request.method != "POST":
        return _state(request, product)
    do, on_shelf = request.POST.get("do", ""), "shelf" in request.POST
    if do not in DONE:
        return redirect("product-state", product.pk)
    service, said = DONE[do]
    given = {"reason": request.POST.get("reason", "")} if do in WITH_REASON else {}
    try:
        done = service(actor=user, product_id=product.pk, expected_version=version_of(request), **given)
    except (Conflict, InvalidInput, NotAllowed) as error:
        product.refresh_from_db()
        if on_shelf:
            return _shelf(request, fault=error, at=product)
        return _state(request, product, fault=error, at=do)
    if done.status == Product.Status.REVIEW:
        said = DONE["submit"][1]
    messages.success(request, str(said) % {"name": name_of(product)})
    return redirect("institution-products") if on_shelf else redirect("product-state", product.pk)


def _shelf(request: HttpRequest, *, fault: DomainError | None = None, at: Product | None = None) -> HttpResponse:
    viewer, today = person(request), timezone.localdate()
    products = list(products_owned_by(viewer))
    rules = {}
    for product in products:
        try:
            rules[product.pk] = effective_rule(product)
        except RuleError:
            continue
    found = reaches(rules, today=today)
    off = [one.pk for one in products if one.status == Product.Status.SUSPENDED]
    last = {id: history([event], viewer)[0] for id, event in last_events(Product, off).items()} if off else {}
    rows = [
        ShelfRow(
            product=one,
            reach=found.get(one.pk),
            confirm_by=confirm_by(one, today),
            soon=needs_confirming(one, today),
            leads=reverse("lead-list", args=[one.pk]),
            can=_can(viewer, one),
            may_edit=changes(viewer, one),
            last=last.get(one.pk),
        )
        for one in products
    ]
    context = {
        "rows": rows,
        "reviews": [row for row in rows if "approve" in row.can],
        "soon": sum(row.soon for row in rows),
        "pack": current_pack(),
        "fault": fault,
        "at": at,
        "may_read_leads": may(viewer, Action.LEAD_READ),
        "may_file": any(row.may_edit for row in rows) or _may_file(viewer),
    }
    return render(request, "products/own.html", context, status=fault.status if fault else 200)


def _state(request: HttpRequest, product: Product, *, fault: DomainError | None = None, at: str = "") -> HttpResponse:
    viewer, today = person(request), timezone.localdate()
    coming: Expected = expected(product, today=today)
    moves: Moves | None = None
    if product.status in (Product.Status.DRAFT, Product.Status.REVIEW, Product.Status.SUSPENDED):
        moves = moves_to(product, product, today=today)
    reach = None
    if product.status == Product.Status.PUBLISHED:
        try:
            reach = reaches({product.pk: effective_rule(product)}, today=today)[product.pk]
        except RuleError:
            reach = None
    versions = product.versions.select_related("product__institution").order_by("number")
    context = {
        "product": product,
        "can": _can(viewer, product),
        "may_edit": changes(viewer, product),
        "next": coming,
        "moves": moves,
        "reach": reach,
        "wordings": wordings(list(versions), vocabulary()),
        "rule": rule_of(product, vocabulary()),
        "history": history(events_of(product), viewer),
        "pack": current_pack(),
        "fault": fault,
        "at": at,
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "products/state.html", context, status=fault.status if fault else 200)


def changes(viewer: User, product: Product) -> bool:
    """Whether the reader may change what the product says. The people of a branch read the products of its head office,
    and change none of them."""
    return _mine(viewer, product) and may(viewer, Action.PRODUCT_EDIT)


def _can(viewer: User, product: Product) -> frozenset[str]:
    if not _mine(viewer, product):
        return frozenset()
    return frozenset(step.event for step in PRODUCT.open_to(product.status, actions_of(viewer)))


def _mine(viewer: User, product: Product) -> bool:
    return product.institution.organisation_id == viewer.organisation_id


def _may_file(viewer: User) -> bool:
    own = Institution.objects.filter(organisation=viewer.organisation)
    return may(viewer, Action.PRODUCT_EDIT) and own.exists()
