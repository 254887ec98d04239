"""The leads of an institution's products, as its account managers work through them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.common.errors import Conflict, InvalidInput
from backend.leads import queries, services, shown
from backend.leads.forms import SavedSearchForm
from backend.matching.filters import LEAD_FILTERS
from backend.matching.results import Neighbours
from backend.matching.services import lead_explained, lead_neighbours, leads_for, suggest_leads
from backend.packs.queries import current_pack, held, vocabulary
from backend.products.models import Product
from backend.site.access import institution_page, person
from backend.site.errors import page
from backend.site.facets import address, facets_as_links
from backend.site.lost_page import LOST_PAGE, to_first_page

LEADS_PAGE = 20


@require_safe
@institution_page
@page
@held()
def home(request: HttpRequest) -> HttpResponse:
    """Where an account manager begins the day: products with their numbers, the best leads, saved filters."""
    viewer, language = person(request), _language()
    morning = queries.morning(viewer, today=timezone.localdate(), language=language)
    seen = queries.seen_of(viewer, morning.best)
    best = []
    for one in morning.best:
        read = {need_id: view for (product_id, need_id), view in seen.items() if product_id == one.product.pk}
        (card,) = shown.listed([one.lead], one.product, read, QueryDict(), language, vocabulary())
        best.append((one.product, card))
    saved = [
        (one, shown.list_url(one.product, one.query), None)
        for one in queries.saved_searches_of(viewer)
        .filter(product__status=Product.Status.PUBLISHED)
        .order_by("-pk")[: queries.SAVED_SHOWN]
    ]
    context = {"morning": morning, "best": best, "saved": saved, "today": timezone.localdate(), "pack": current_pack()}
    return render(request, "leads/home.html", context)


@require_safe
@institution_page
@page
@held()
def saved_counts(request: HttpRequest) -> HttpResponse:
    """The saved filters with what each finds now: a part of the first page, fetched after it."""
    found = queries.saved_counted(person(request), today=timezone.localdate(), language=_language())
    saved = [(one.saved, shown.list_url(one.saved.product, one.saved.query), one) for one in found]
    return render(request, "leads/_saved.html", {"saved": saved, "counted": True})


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page
@page
@held()
def lead_list(request: HttpRequest, id: str) -> HttpResponse:
    """The leads of one product: words, filters, views, pages, all of it in the address. POST saves the filters."""
    product = queries.own_product(person(request), int(id))
    if request.method == "POST":
        return _save(request, product)
    return _listed(request, product, request.GET)


def _save(request: HttpRequest, product: Product) -> HttpResponse:
    form = SavedSearchForm(request.POST)
    query = QueryDict(request.POST.get("query", "").encode("ascii", "ignore"))
    if not form.is_valid():
        return _listed(request, product, query, form, status=400)
    data = services.SavedSearchInput(
        product_id=product.pk, name=form.cleaned_data["name"], query=form.cleaned_data["query"]
    )
    try:
        saved = services.saved_search_create(actor=person(request), data=data)
    except (InvalidInput, Conflict) as error:
        form.add_error("name", error.message)
        return _listed(request, product, query, form, status=error.status)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return HttpResponseRedirect(shown.list_url(product, query.urlencode()))


def _listed(
    request: HttpRequest, product: Product, asked: QueryDict, form: SavedSearchForm | None = None, status: int = 200
) -> HttpResponse:
    viewer, language, today = person(request), _language(), timezone.localdate()
    view, question = shown.view_of(asked), asked.get("q", "")
    try:
        leads = leads_for(
            product,
            viewer=viewer,
            today=today,
            language=language,
            params=dict(asked.lists()),
            q=question,
            cursor=asked.get("cursor", ""),
            size=1 if view == "chart" else LEADS_PAGE,
        )
    except InvalidInput as error:
        if error.code not in LOST_PAGE:
            raise
        url = shown.list_url(product, shown.without_page(asked))
        return to_first_page(request, url, part=bool(request.htmx))  # type: ignore[attr-defined]
    query = services.normalised(asked.urlencode())
    saved = queries.saved_searches_of(viewer, product)
    seen = queries.seen_among(viewer, product, [lead.need.pk for lead in leads.results])
    links = shown.saved_links(saved, product, query)
    context: dict[str, Any] = {
        "product": product,
        "leads": leads,
        "view": view,
        "views": [
            (label, name == view, address(asked, view="" if name == shown.VIEWS[0] else name, cursor=""), name)
            for name, label in (("cards", _("Cards")), ("table", _("Table")), ("chart", _("Districts and industries")))
        ],
        "results": () if view == "chart" else shown.listed(leads.results, product, seen, asked, language, vocabulary()),
        "charts": shown.charts(asked, leads.facets, vocabulary()) if view == "chart" else (),
        "facets": facets_as_links(asked, leads.facets, LEAD_FILTERS, vocabulary()),
        "question": question,
        "without_question": address(asked, q="", cursor="") if question else "",
        "kept": shown.hidden_fields(asked),
        "saved": links,
        "form": form or SavedSearchForm(initial={"query": query}),
        "may_save": bool(query) and not any(link.here for link in links),
        "first": address(asked, cursor="") if asked.get("cursor") else "",
        "next": address(asked, cursor=leads.next_cursor) if leads.next_cursor and view != "chart" else "",
        "pack": current_pack(),
    }
    part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(request, "leads/_list.html" if part else "leads/list.html", context, status=status)
    patch_vary_headers(response, ("HX-Request",))
    return response


@require_safe
@institution_page
@page
@held()
def suggestions(request: HttpRequest, id: str) -> HttpResponse:
    """What the words typed so far may become."""
    viewer = person(request)
    queries.own_product(viewer, int(id))
    found = suggest_leads(request.GET.get("q", ""), viewer=viewer, today=timezone.localdate(), language=_language())
    return render(request, "leads/_suggestions.html", {"suggestions": found})


@require_http_methods(["GET", "HEAD", "POST"])
@institution_page
@page
@held()
def saved_filters(request: HttpRequest, id: str) -> HttpResponse:
    """The person's saved filters of one product, to be renamed and deleted."""
    viewer = person(request)
    product = queries.own_product(viewer, int(id))
    fault, faulty, typed = "", "", ""
    if request.method == "POST":
        faulty, typed = request.POST.get("saved", ""), request.POST.get("name", "")
        try:
            if request.POST.get("do") == "delete":
                gone = services.saved_search_delete(actor=viewer, saved_id=_number(faulty))
                messages.success(request, _("The filter “%(name)s” is deleted.") % {"name": gone.name})
            else:
                kept = services.saved_search_rename(actor=viewer, saved_id=_number(faulty), name=typed)
                messages.success(request, _("The filter is called “%(name)s” now.") % {"name": kept.name})
        except (InvalidInput, Conflict) as error:
            fault, status = error.message, error.status
        else:
            return HttpResponseRedirect(request.path)
    entries = [
        (
            one,
            shown.list_url(product, one.query),
            typed if str(one.pk) == faulty and fault else one.name,
            fault if str(one.pk) == faulty else "",
        )
        for one in queries.saved_searches_of(viewer, product)
    ]
    context = {"product": product, "entries": entries, "longest": services.LONGEST_NAME}
    return render(request, "leads/saved.html", context, status=status if fault else 200)


@require_safe
@institution_page
@page
@held()
def lead(request: HttpRequest, id: str, need_id: str) -> HttpResponse:
    """One lead: everything that an institution may know of the need, and its neighbours in the list."""
    viewer, language, today, asked = person(request), _language(), timezone.localdate(), request.GET
    product = queries.own_product(viewer, int(id))
    explained = lead_explained(product, int(need_id), viewer=viewer, today=today, language=language)
    near = _neighbours(request, product, int(need_id))
    context = {
        "product": product,
        "sheet": shown.sheet(explained, product, language, vocabulary()),
        "near": near,
        "numbered": near is not None and not asked.get("cursor"),
        "before": shown.lead_url(product, near.before, asked) if near and near.before else "",
        "after": shown.lead_url(product, near.after, asked) if near and near.after else "",
        "list": shown.list_url(product, asked.urlencode()),
        "seen": queries.seen_among(viewer, product, [int(need_id)]).get(int(need_id)),
        "pack": current_pack(),
    }
    return render(request, "leads/lead.html", context)


def _neighbours(request: HttpRequest, product: Product, need_id: int) -> Neighbours | None:
    """None also where the page that the visitor came from does not exist any more."""
    asked = request.GET
    try:
        return lead_neighbours(
            product,
            need_id,
            viewer=person(request),
            today=timezone.localdate(),
            language=_language(),
            params=dict(asked.lists()),
            q=asked.get("q", ""),
            cursor=asked.get("cursor", ""),
        )
    except InvalidInput as error:
        if error.code not in LOST_PAGE:
            raise
        return None


@require_POST
@institution_page
@page
@held()
def seen(request: HttpRequest, id: str, need_id: str) -> HttpResponse:
    """The lead's page tells that it was opened."""
    services.lead_seen(actor=person(request), product_id=int(id), need_id=int(need_id))
    return HttpResponse(status=204)


def _number(text: str) -> int:
    """The id in a form; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _language() -> str:
    return get_language() or "zh-hans"
