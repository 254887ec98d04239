"""The public pages, and the demonstration of the matcher. Each view asks the services and renders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from backend.accounts.queries import demo_people
from backend.common.errors import NotFound
from backend.matching.filters import PRODUCT_FILTERS, FacetResult
from backend.matching.services import products_search
from backend.packs.folder import TERMS
from backend.packs.queries import PackMissing, current_pack, held, note, terms_of, vocabulary
from backend.site import cards, demo, places, samples
from backend.site.errors import page
from backend.site.facets import facets_as_links
from backend.site.figures import market_figures
from search.port import SearchError

LEADS_PAGE = 10


@require_safe
@page
@held()
def home(request: HttpRequest) -> HttpResponse:
    """The landing page. Where search is away it stands without the parts that ask it."""
    language, today = _language(), timezone.localdate()
    context: dict[str, Any] = {"figures": market_figures(), "pack": current_pack(), "people": _people()}
    try:
        shelf = products_search(viewer=request.user, today=today, language=language, size=1)
        context["kinds"] = facets_as_links(request.GET, _only(shelf.facets, "kind"), PRODUCT_FILTERS, vocabulary())
        case = demo.demo_case(today=today, language=language)
    except NotFound:
        pass
    except (SearchError, PackMissing):
        context["search_away"] = True
    else:
        context["case"] = case
        context["need_page"] = places.need_page(case.need.pk)
        context["leads_page"] = places.leads_page(case.product.pk) if case.product else ""
        context["matches"] = cards.match_cards(case.matches.eligible, case.need, language, vocabulary())
        context["leads"] = cards.lead_cards(case.leads.results if case.leads else (), language, vocabulary())
    return render(request, "site/home.html", context)


@require_safe
@page
@held()
def terms(request: HttpRequest) -> HttpResponse:
    """The words of the field, explained; those of the pack."""
    language, words = _language(), vocabulary()
    groups: dict[str, dict[str, Any]] = {}
    for term in terms_of(TERMS) if words.knows(TERMS) else ():
        said = note(TERMS, term.code)
        if said is None:
            continue  # the head of a group
        above = words.path(TERMS, term.code)[1:]
        head = above[-1] if above else ""
        name = words.label(TERMS, head).in_language(language) if head else ""
        group = groups.setdefault(head, {"code": head, "name": name, "terms": []})
        word = {"code": term.code, "word": term.label.in_language(language), "explanation": said.in_language(language)}
        group["terms"].append(word)
    return render(request, "help/terms.html", {"groups": list(groups.values())})


@require_safe
@page
@held()
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in each of its states."""
    return render(request, "site/styleguide.html", samples.samples(_language(), vocabulary()))


def _people() -> dict[str, str]:
    """Kind of organisation → the user name of the demo's account of that kind; empty outside of the demo."""
    return {str(one.organisation.kind): one.username for one in reversed(demo_people()) if one.organisation}


def _language() -> str:
    return get_language() or "zh-hans"


def _only(found: tuple[FacetResult, ...], name: str) -> list[FacetResult]:
    return [facet for facet in found if facet.name == name]
