"""The shelf of published products, and its answer while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from backend.common.errors import DomainError, InvalidInput
from backend.matching.coarse import REFERENCE_AMOUNT, REFERENCE_MONTHS
from backend.matching.cost import CostRange
from backend.matching.filters import PRODUCT_FILTERS
from backend.matching.marks import Standing, standings
from backend.matching.product_cost import compared_cost
from backend.matching.results import ShelfItem
from backend.matching.services import products_search, suggest_products
from backend.needs.models import Need
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.errors import page
from backend.site.facets import address, facets_as_links
from backend.site.lost_page import LOST_PAGE, to_first_page
from backend.site.product_page import own_need
from search.port import SearchError

SHELF_PAGE = 12
ANSWERS = 5
SUGGESTED = 4
LONGEST_QUESTION = 200
SORTS = {
    "relevance": _("Best match"),
    "cost": _("Lowest all-in cost"),
    "amount": _("Largest amount"),
    "speed": _("Fastest answer"),
    "newest": _("Last confirmed"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A product on the shelf. `cost` at the amount and term at which products are compared; `standing` of the
    visitor's own need, "" where there is none."""

    item: ShelfItem
    cost: CostRange | None
    standing: Standing | str


@require_safe
@page
@held()
def shelf(request: HttpRequest) -> HttpResponse:
    """The published products: words, filters, orders, pages; all of it in the address. To htmx only the results."""
    asked, today = request.GET, timezone.localdate()
    question, sort = asked.get("q", "")[:LONGEST_QUESTION], asked.get("sort") or "relevance"
    part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    try:
        found = products_search(
            viewer=request.user,
            today=today,
            language=_language(),
            q=question,
            params=dict(asked.lists()),
            sort=sort,
            cursor=asked.get("cursor", ""),
            size=SHELF_PAGE,
        )
    except (DomainError, SearchError) as error:
        if isinstance(error, InvalidInput) and error.code in LOST_PAGE:
            return to_first_page(request, address(asked, cursor=""), part=part)
        if part:  # the refusal is a page of its own
            return HttpResponseClientRedirect(request.get_full_path())
        raise
    need = own_need(request.user)
    context = {
        "found": found,
        "cards": _cards(found.results, need, request, today),
        "need": need,
        "question": question,
        "facets": facets_as_links(asked, found.facets, PRODUCT_FILTERS, vocabulary(), leave_out={"institution"}),
        "sorts": [(label, key == sort, address(asked, sort=key, cursor="")) for key, label in SORTS.items()],
        "next": address(asked, cursor=found.next_cursor) if found.next_cursor else "",
        "first": address(asked, cursor="") if asked.get("cursor") else "",
        "compared": {"amount": REFERENCE_AMOUNT, "months": REFERENCE_MONTHS},
        "pack": current_pack(),
    }
    response = render(request, "site/shelf_results.html" if part else "site/shelf.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@page
@held()
def answer(request: HttpRequest) -> HttpResponse:
    """What lies under the search box while somebody types: names that begin so, and the best few products. Without
    words, and where search is away, nothing: the box goes on without it."""
    question = request.GET.get("q", "")[:LONGEST_QUESTION].strip()
    context: dict[str, object] = {"question": question}
    if question:
        today, language = timezone.localdate(), _language()
        try:
            names = suggest_products(question, viewer=request.user, today=today, language=language)
            found = products_search(viewer=request.user, today=today, language=language, q=question, size=ANSWERS)
        except SearchError:
            pass
        else:
            context |= {
                "names": [name for name in names if name != question][:SUGGESTED],
                "cards": _cards(found.results, None, request, today),
                "total": found.total,
                "pack": current_pack(),
            }
    return render(request, "site/answer.html", context)


def _cards(items: Sequence[ShelfItem], need: Need | None, request: HttpRequest, today: date) -> list[Card]:
    products = [item.product for item in items]
    stand = {} if need is None else standings(need, products, viewer=request.user, today=today)
    return [Card(item, compared_cost(item.product), stand.get(item.product.pk, "")) for item in items]


def _language() -> str:
    return get_language() or "zh-hans"
