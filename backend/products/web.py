"""An institution's own products: the product form, the rule editor, the preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.models import User
from backend.accounts.roles import Action
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from backend.eligibility.rule import RuleError, read
from backend.eligibility.vocabulary import EMPTY
from backend.packs.queries import current_pack, held, terms_of, vocabulary
from backend.products import services
from backend.products.checks import checked_product
from backend.products.forms import ROWS, SECTIONS, Offered
from backend.products.models import Product
from backend.products.outline import Line, outline
from backend.products.product_forms import FORM_TERMS, MOST_ROWS, ProductForms, forms_from, forms_of
from backend.products.product_forms import row_numbers as numbers_of
from backend.products.queries import products_owned_by
from backend.products.rule_actions import Action as RuleAction
from backend.products.rule_actions import Do, action_of, apply
from backend.products.rule_editor import editor_view
from backend.products.rule_form import EMPTY_DRAFT, Draft, Place, check, draft_from_fields, draft_of, same
from backend.products.rule_panel import moves_of, panel_of
from backend.products.rules import Terms, effective_rule
from backend.products.state_web import changes
from backend.products.sweeping import Sweep, sweep_of
from backend.products.telling import moves_text, name_of
from backend.site.access import institution_page, person
from backend.site.errors import page
from backend.site.navigation import OWN_PRODUCTS
from backend.site.posted import version_of

SAVING = ("save", "over")
"""Buttons that save; `over` replaces the version that was `seen` after somebody else had been faster."""


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page(Action.PRODUCT_EDIT)
@page
@held()
def product_new(request: HttpRequest) -> HttpResponse:
    """A draft of the institution. Saved, it goes on with the rule."""
    return _product_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page(Action.PRODUCT_EDIT)
@page
@held()
def product_edit(request: HttpRequest, id: int) -> HttpResponse:
    return _product_page(request, _to_change(person(request), id))


@require_safe
@institution_page(*OWN_PRODUCTS)
@page
@held()
def product_preview(request: HttpRequest, id: int) -> HttpResponse:
    """The product as companies will see it, drafts included."""
    product, language = _own(person(request), id), _language()
    try:
        lines: Sequence[Line] = outline(effective_rule(product), language, vocabulary())
    except RuleError:
        lines = ()
    context = {
        "product": product,
        "lines": lines,
        "pack": current_pack(),
        "public": _public_page(product),
        "may_edit": changes(person(request), product),
    }
    return render(request, "products/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page(Action.PRODUCT_EDIT)
@page
@held()
def product_rule(request: HttpRequest, id: int) -> HttpResponse:
    """The rule editor. Its whole state is the form; `do` names the button: an action on the tree, `save`, or `read`,
    which answers with what stands beside the editor."""
    product = _to_change(person(request), id)
    if request.method != "POST":
        draft, unreadable = _stored_draft(product)
        return _rule_page(request, product, draft, unreadable=unreadable)
    draft = draft_from_fields({name: request.POST.getlist(name) for name in request.POST})
    do = request.POST.get("do", "")
    if do in SAVING:
        return _rule_saved(request, product, draft)
    action = action_of(do) or RuleAction(Do.REFRESH)
    done = apply(draft, action)
    if action.do is Do.REFRESH:
        return _rule_page(request, product, done.draft, at=action.place)
    return _rule_page(request, product, done.draft, focus=done.focus)


def _product_page(request: HttpRequest, product: Product | None) -> HttpResponse:
    offered = _offered()
    if request.method != "POST":
        return _product_form(request, product, forms_of(product, offered))
    do = request.POST.get("do", "save")
    if do not in SAVING:
        return _product_form(request, product, _rows_changed(request, product, offered, do))
    filled = forms_from(request.POST, product, offered, checked=True)
    if not filled.valid():
        return _product_form(request, product, filled, status=422)
    if product is not None and (sweep := _to_ask(request, product, filled.input(product))):
        return _product_form(request, product, filled, sweep=sweep)
    try:
        saved = _save(request, product, filled)
    except InvalidInput as error:
        filled.refused(error)
        return _product_form(request, product, filled, status=422)
    except Conflict as error:
        if error.code != "version_conflict":
            filled.refused(InvalidInput(error.message, field=error.field))
            return _product_form(request, product, filled, status=409)
        return _product_form(request, product, filled, status=409, conflict=error)
    if product is None:
        messages.success(request, _("The draft is saved. Now say whom it admits."))
        return _go(request, reverse("product-rule", args=[saved.pk]))
    messages.success(request, _("“%(name)s” is saved.") % {"name": name_of(saved)})
    return _go(request, reverse("institution-products"))


def _save(request: HttpRequest, product: Product | None, filled: ProductForms) -> Product:
    user = person(request)
    if product is None:
        return services.product_create(actor=user, data=filled.input(None))
    data = filled.input(product)
    return services.product_update(
        actor=user,
        product_id=product.pk,
        data=data if data.code else replace(data, code=product.code),
        expected_version=_expected(request),
    )


def _rows_changed(request: HttpRequest, product: Product | None, offered: Offered, do: str) -> ProductForms:
    """The form with a row more (`add-fees`) or less (`remove-fees:2`), or just read again."""
    data = request.POST.copy()
    verb, _dash, rest = do.partition("-")
    name, _colon, number = rest.partition(":")
    if name in ROWS and verb == "add":
        taken = numbers_of(data, name)
        if len(taken) < MOST_ROWS:
            data[f"{name}-{taken[-1] + 1 if taken else 0}-kind"] = ""
    if name in ROWS and verb == "remove":
        for key in [key for key in data if key.startswith(f"{name}-{number}-")]:
            del data[key]
    return forms_from(data, product, offered, checked=False)


def _product_form(
    request: HttpRequest,
    product: Product | None,
    filled: ProductForms,
    *,
    status: int = 200,
    conflict: DomainError | None = None,
    sweep: Sweep | None = None,
) -> HttpResponse:
    form = filled.product
    context = {
        "product": product,
        "form": form,
        "sections": [(section, form.section(section)) for section in SECTIONS],
        "terms": form.shown_terms(),
        "fees": filled.rows["fees"],
        "subsidies": filled.rows["subsidies"],
        "kept": sorted(key for key in (product.terms if product else {}) if key not in FORM_TERMS),
        "conflict": conflict,
        "version": request.POST.get("version", "") or (product.version if product else ""),
        "faulty_rows": status != 200 and any(row.errors for rows in filled.rows.values() for row in rows),
        **_asked(request, sweep),
    }
    partial = bool(request.htmx)  # type: ignore[attr-defined]
    template = "products/product_form.html" if partial else "products/edit.html"
    return render(request, template, context, status=status)


def _rule_saved(request: HttpRequest, product: Product, draft: Draft) -> HttpResponse:
    checked = check(draft, vocabulary())
    if checked.rule is None or checked.written.left_out:
        return _rule_page(request, product, draft, status=422)
    data = replace(services.ProductInput.of(product), rule=checked.written.rule)
    if sweep := _to_ask(request, product, data):
        return _rule_page(request, product, draft, sweep=sweep)
    today = timezone.localdate()
    moves = moves_of(product, checked.rule, today=today) if product.status == Product.Status.PUBLISHED else None
    try:
        saved = services.product_update(
            actor=person(request), product_id=product.pk, data=data, expected_version=_expected(request)
        )
    except (InvalidInput, Conflict) as error:
        return _rule_page(request, product, draft, status=422 if isinstance(error, InvalidInput) else 409, error=error)
    said = _("The rule of “%(name)s” is saved.") % {"name": name_of(saved)}
    if moves is not None:
        said += " " + moves_text(moves.enter, moves.leave)
    messages.success(request, said)
    return _go(request, reverse("institution-products"))


def _rule_page(
    request: HttpRequest,
    product: Product,
    draft: Draft,
    *,
    focus: Place | None = None,
    at: Place | None = None,
    status: int = 200,
    error: DomainError | None = None,
    unreadable: str = "",
    sweep: Sweep | None = None,
) -> HttpResponse:
    language, words = _language(), vocabulary()
    checked = check(draft, words)
    panel = panel_of(product, checked, today=timezone.localdate(), language=language, vocabulary=words)
    context: dict[str, Any] = {
        "product": product,
        "version": request.POST.get("version", "") or product.version,
        "editor": editor_view(
            draft, checked, language=language, vocabulary=words, focus=focus, at=at, all_marks=status != 200
        ),
        "panel": panel,
        "pack": current_pack(),
        "error": error,
        "refused": status != 200,
        "changed": not same(draft, _stored_draft(product)[0]),
        "unreadable": unreadable,
        **_asked(request, sweep),
    }
    template = "products/rule.html"
    if request.htmx:  # type: ignore[attr-defined]
        template = "products/rule_read.html" if request.POST.get("do") == "read" else "products/rule_swap.html"
    return render(request, template, context, status=status)


def _stored_draft(product: Product) -> tuple[Draft, str]:
    """The draft of the rule on file; an empty one and the reason where that one cannot be read any more."""
    try:
        return draft_of(read(product.rule, EMPTY)), ""
    except RuleError as error:
        return EMPTY_DRAFT, error.message.in_language(_language())


def _own(user: User, product_id: int) -> Product:
    """Raises NotFound for another institution's product, also where it is published."""
    product = products_owned_by(user).filter(pk=product_id).first()
    if product is None:
        raise NotFound("")
    return product


def _to_change(user: User, product_id: int) -> Product:
    """Raises NotFound as `_own` does, NotAllowed for the products of a branch's head office."""
    product = _own(user, product_id)
    if product.institution.organisation_id != user.organisation_id:
        raise NotAllowed(_("Only the institution itself may do this."))
    return product


def _to_ask(request: HttpRequest, product: Product, data: services.ProductInput) -> Sweep | None:
    """The sweeping change that nobody has agreed to yet; None too where saving will be refused anyway."""
    if _expected(request) != product.version:
        return None
    try:
        after = Terms.of(checked_product(data))
    except InvalidInput:
        return None
    sweep = sweep_of(product, after, today=timezone.localdate())
    return sweep if sweep and sweep.agreed != request.POST.get("agreed") else None


def _asked(request: HttpRequest, sweep: Sweep | None) -> dict[str, Any]:
    """What products/sweep.html needs."""
    return {"sweep": sweep, "again": request.POST.get("do", ""), "seen": request.POST.get("seen", "")}


def _expected(request: HttpRequest) -> int:
    """The version that the page showed, or the one that somebody saw and chose to replace."""
    return version_of(request, "seen" if request.POST.get("do") == "over" else "version")


def _offered() -> Offered:
    words, today = vocabulary(), timezone.localdate()
    return Offered(
        _language(),
        current_pack().currency,
        words,
        lambda scheme: terms_of(scheme, today) if words.knows(scheme) else (),
    )


def _public_page(product: Product) -> str:
    """Where everybody reads the product."""
    return reverse("product", args=[product.pk])


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """To another page, also where htmx sent the form."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _language() -> str:
    return get_language() or "zh-hans"
