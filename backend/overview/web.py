"""The bureau's overview of the market, the needs that no product covers, and every table of both as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backend.accounts.roles import Action
from backend.common.errors import InvalidInput
from backend.eligibility.attributes import ATTRIBUTES
from backend.matching.filters import FacetResult
from backend.overview.filters import OVERVIEW_FILTERS
from backend.overview.queries import SEVERAL, overview, uncovered_needs, uncovered_needs_all
from backend.overview.selects import Select, binding_select, selects
from backend.overview.tables import (
    coverage_bars,
    download_address,
    figures,
    tables,
    uncovered_address,
    uncovered_table,
)
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.access import bureau_page, person
from backend.site.charts import Chart
from backend.site.downloads import chart_rows, csv_response
from backend.site.errors import page
from backend.site.facets import Link, address, facets_as_links
from backend.site.unknown_filters import left_out, without_unknown

LISTED = 25


@require_safe
@bureau_page(Action.MARKET_READ)
@page
@held()
def home(request: HttpRequest) -> HttpResponse:
    """The overview under the filters of the address."""
    language = _language()
    asked, left_out = without_unknown(_filters(request), OVERVIEW_FILTERS, vocabulary(), language)
    found = overview(person(request), today=timezone.localdate(), language=language, params=dict(asked.lists()))
    context = {
        "found": found,
        "figures": figures(found, asked),
        "bars": coverage_bars(found),
        "charts": tables(found, asked),
        "uncovered_url": uncovered_address(asked),
        "several_url": uncovered_address(asked, SEVERAL),
        "left_out": left_out,
        **_chosen(asked, found.filters, selects(found.filters)),
    }
    return render(request, "overview/home.html", context)


@require_safe
@bureau_page(Action.MARKET_READ)
@page
@held()
def uncovered(request: HttpRequest) -> HttpResponse:
    """The needs that every product refuses, a page of them, with what stands in the way of each."""
    language, binding = _language(), request.GET.get("binding", "")
    asked, gone = without_unknown(_filters(request), OVERVIEW_FILTERS, vocabulary(), language)
    if binding and binding != SEVERAL and binding not in ATTRIBUTES:
        gone = (*gone, left_out(_("What stands in the way"), [binding]))
        binding = ""
    found = uncovered_needs(
        person(request),
        today=timezone.localdate(),
        language=language,
        params=dict(asked.lists()),
        binding=binding,
        page=_page(request),
        size=LISTED,
    )
    which = binding_select(found.bindings, found.several, binding, language)
    asked_all = asked.copy()
    if binding:
        asked_all["binding"] = binding
    context = {
        "found": found,
        "rows": [(need, need_address(need.need_id)) for need in found.results],
        "overview_url": (reverse("bureau-home") + address(asked)).removesuffix("?"),
        "download": download_address("uncovered", asked_all),
        "previous": address(asked_all, page=str(found.page - 1)) if 1 < found.page <= found.pages else "",
        "next": address(asked_all, page=str(found.page + 1)) if found.page < found.pages else "",
        "first": address(asked_all),
        "left_out": gone,
        **_chosen(asked_all, found.filters, (*selects(found.filters), which)),
    }
    return render(request, "overview/uncovered.html", context)


@require_safe
@bureau_page(Action.MARKET_READ)
@page
@held()
def table(request: HttpRequest, table: str) -> HttpResponse:
    """A table of the overview, or the whole list of uncovered needs, as a file."""
    asked, viewer, today, language = _filters(request), person(request), timezone.localdate(), _language()
    params = dict(asked.lists())
    if table == "uncovered":
        binding = request.GET.get("binding", "")
        needs = uncovered_needs_all(viewer, today=today, language=language, params=params, binding=binding)
        chart: Chart | None = uncovered_table(needs, current_pack().currency)
    else:
        chart = tables(overview(viewer, today=today, language=language, params=params), asked).get(table)
    if chart is None:
        raise Http404
    return csv_response(f"{chart.title} {today.isoformat()}", chart_rows(chart))


def need_address(need_id: int) -> str:
    return f"/needs/{need_id}/"


def _filters(request: HttpRequest) -> QueryDict:
    """Those of the address, without what else stands in it and without what was left open."""
    kept = QueryDict(mutable=True)
    for definition in OVERVIEW_FILTERS:
        values = [value for value in request.GET.getlist(definition.name) if value]
        if values:
            kept.setlist(definition.name, values)
    return kept


def _chosen(asked: QueryDict, filters: tuple[FacetResult, ...], lists: tuple[Select, ...]) -> dict[str, Any]:
    """The lists to choose from, and the choices in force, each with the way out of it."""
    facets = facets_as_links(asked, filters, OVERVIEW_FILTERS, vocabulary())
    bindings = [
        Link(option.value, option.label, option.count or 0, True, address(asked, binding=""))
        for one in lists
        if one.name == "binding"
        for option in one.options
        if option.selected
    ]
    return {"selects": lists, "facets": {"chosen": (*facets.chosen, *bindings)}}


def _page(request: HttpRequest) -> int:
    given = request.GET.get("page", "") or "1"
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise InvalidInput(_("Pages are counted from 1."), code="bad_page", field="page")
    return int(given)


def _language() -> str:
    return get_language() or "zh-hans"
