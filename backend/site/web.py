"""The public pages, and the demonstration of the matcher. Each view asks the services and renders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.common.errors import NotFound
from backend.companies.facts import facts_of
from backend.matching.filters import LEAD_FILTERS, PRODUCT_FILTERS, FacetResult
from backend.matching.services import leads_for, products_for, products_search
from backend.packs.queries import PackMissing, current_pack, held, note, size_table, terms_of, vocabulary
from backend.site import cards, demo, samples
from backend.site.errors import page
from backend.site.facets import address, facets_as_links
from backend.site.figures import market_figures
from backend.site.templatetags.terms import SCHEME
from search.port import SearchError

SHELF_PAGE = 12
LEADS_PAGE = 10
MATCHES_SHOWN = 10
"""Products of each group."""
LONGEST_QUESTION = 200
SORTS = {
    "relevance": _("Best match"),
    "cost": _("Lowest all-in cost"),
    "amount": _("Largest amount"),
    "speed": _("Fastest answer"),
    "newest": _("Last confirmed"),
}


@require_safe
@page
@held()
def home(request: HttpRequest) -> HttpResponse:
    """The landing page. Where search is away it stands without the parts that ask it."""
    language, today = _language(), timezone.localdate()
    context: dict[str, Any] = {"figures": market_figures(), "pack": current_pack()}
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
        context["matches"] = cards.match_cards(case.matches.eligible, case.need, language, vocabulary())
        context["leads"] = cards.lead_cards(case.leads.results if case.leads else (), language, vocabulary())
    return render(request, "site/home.html", context)


@require_safe
@page
@held()
def shelf(request: HttpRequest) -> HttpResponse:
    """The published products: words, filters, orders, pages; all of it in the address."""
    asked = request.GET
    question, sort = asked.get("q", "")[:LONGEST_QUESTION], asked.get("sort", "relevance")
    found = products_search(
        viewer=request.user,
        today=timezone.localdate(),
        language=_language(),
        q=question,
        params=dict(asked.lists()),
        sort=sort,
        cursor=asked.get("cursor", ""),
        size=SHELF_PAGE,
    )
    context = {
        "found": found,
        "question": question,
        "facets": facets_as_links(asked, found.facets, PRODUCT_FILTERS, vocabulary(), leave_out={"institution"}),
        "sorts": [(label, key == sort, address(asked, sort=key, cursor="")) for key, label in SORTS.items()],
        "next": address(asked, cursor=found.next_cursor) if found.next_cursor else "",
        "pack": current_pack(),
    }
    return render(request, "site/shelf.html", context)


@require_safe
@page
@held()
def terms(request: HttpRequest) -> HttpResponse:
    """The words of the field, explained; those of the pack."""
    language = _language()
    found = [
        {"code": term.code, "word": term.label.in_language(language), "explanation": said.in_language(language)}
        for term in (terms_of(SCHEME) if vocabulary().knows(SCHEME) else ())
        if (said := note(SCHEME, term.code))
    ]
    return render(request, "help/terms.html", {"terms": found})


@require_safe
@page
@held()
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in each of its states."""
    return render(request, "site/styleguide.html", samples.samples(_language(), vocabulary()))


@require_safe
@page
@held()
def demo_need(request: HttpRequest, id: int) -> HttpResponse:
    """The products of one need, as its company sees them."""
    language, today, words = _language(), timezone.localdate(), vocabulary()
    viewer, need = demo.demo_need(id)
    matches = products_for(need, viewer=viewer, today=today, language=language, limit=MATCHES_SHOWN)
    facts = facts_of(need.company, need, today=today, vocabulary=words, size_table=size_table(today))
    context = {
        "need": need,
        "asked": cards.facts_shown(facts, cards.NEED_FACTS, language, words),
        "company": cards.facts_shown(facts, cards.COMPANY_FACTS, language, words),
        "matches": matches,
        "eligible": cards.match_cards(matches.eligible, need, language, words),
        "missing": cards.match_cards(matches.missing, need, language, words),
        "almost": cards.match_cards(matches.almost, need, language, words),
        "pack": current_pack(),
    }
    return render(request, "site/demo_need.html", context)


@require_safe
@page
@held()
def demo_leads(request: HttpRequest, id: int) -> HttpResponse:
    """The leads of one product, as its institution sees them: without the companies' names."""
    asked, language = request.GET, _language()
    viewer, product = demo.demo_product(id)
    leads = leads_for(
        product,
        viewer=viewer,
        today=timezone.localdate(),
        language=language,
        params=dict(asked.lists()),
        cursor=asked.get("cursor", ""),
        size=LEADS_PAGE,
    )
    context = {
        "product": product,
        "leads": leads,
        "results": cards.lead_cards(leads.results, language, vocabulary()),
        "facets": facets_as_links(asked, leads.facets, LEAD_FILTERS, vocabulary()),
        "next": address(asked, cursor=leads.next_cursor) if leads.next_cursor else "",
        "pack": current_pack(),
    }
    return render(request, "site/demo_leads.html", context)


def _language() -> str:
    return get_language() or "zh-hans"


def _only(found: tuple[FacetResult, ...], name: str) -> list[FacetResult]:
    return [facet for facet in found if facet.name == name]
