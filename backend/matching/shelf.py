"""The shelf of products: free-text search with filters, and suggestions while typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer
from backend.common.errors import InvalidInput
from backend.indexing import engines
from backend.matching import filters, paging
from backend.matching.context import Context, context
from backend.matching.cursor import Window, question
from backend.matching.filters import PRODUCT_FILTERS
from backend.matching.leads import selection_of
from backend.matching.results import Shelf, ShelfItem
from backend.matching.searching import words_of
from backend.needs.cycle import SHOWN
from backend.packs.queries import held
from backend.products.models import Product
from backend.products.queries import products_visible_to
from search.query import All, Position, Query, Request, Sort, Terms, Text

LARGEST_PAGE = 100
SUGGESTIONS, LONGEST_TYPED = 8, 100
TEXT_FIELDS = (("name_zh", 8.0), ("name_en", 8.0), ("body", 1.0))
SORTS: Mapping[str, Sort | None] = {
    "relevance": None,
    "cost": Sort("annual_cost"),
    "rate": Sort("rate_min"),
    "amount": Sort("amount_limit", descending=True),
    "speed": Sort("answer_days"),
    "newest": Sort("confirmed_on", descending=True),
}
"""Orders of the shelf. Without words every product is equally relevant, and the order is that of ids."""


@held()
def products_search(
    *,
    viewer: Viewer,
    today: date,
    language: str = "zh-hans",
    q: str = "",
    params: Mapping[str, Sequence[str]] | None = None,
    sort: str = "relevance",
    cursor: str = "",
    size: int = 20,
) -> Shelf:
    """One page of the published products. `params`: see `filters.PRODUCT_FILTERS`; `sort`: one of SORTS.

    Raises InvalidInput (`unknown_choice`, `unknown_sort`, `bad_cursor`, `stale_cursor`, `bad_size`), PackMissing,
    SearchUnavailable, IndexMissing.
    """
    if sort not in SORTS:
        message = _("There is no such order; known are: %(known)s.") % {"known": ", ".join(SORTS)}
        raise InvalidInput(message, code="unknown_sort", field="sort")
    if not 1 <= size <= LARGEST_PAGE:
        raise InvalidInput(_("A page holds 1 to 100 products."), code="bad_size", field="size")
    asked = context(viewer, today, language)
    selection = filters_of(params or {}, asked)
    words = words_of(q, asked.bench.segmenter)
    digest = question("shelf", selection, words.text, sort, engines.revision())
    start = paging.begun(paging.opened(cursor, today), digest, today)
    request = Request(
        filter=_published(asked),
        text=Text(words.text, TEXT_FIELDS) if words.tokens else None,
        facets=filters.facets(PRODUCT_FILTERS, selection, today),
        sort=SORTS[sort],
        after=start.window.start,
        size=size + 1,
    )
    page, freshness = engines.ask(lambda engine: engine.search(engines.schema("product"), request))
    hits = page.hits[:size]
    found = products_visible_to(viewer).filter(status=Product.Status.PUBLISHED, pk__in=[hit.id for hit in hits])
    products = {product.pk: product for product in found}
    end = Position(hits[-1].sort_key, hits[-1].id) if len(page.hits) > size else None
    chinese = language.startswith("zh")
    return Shelf(
        results=tuple(
            ShelfItem(
                product,
                words.marked(product.name_zh if chinese else product.name_en),
                words.marked(product.summary_zh if chinese else product.summary_en),
            )
            for product in (products[hit.id] for hit in hits if hit.id in products)
        ),
        facets=filters.results(PRODUCT_FILTERS, page.facets, selection, language, asked.vocabulary),
        total=page.total,
        next_cursor=None if end is None else paging.token(replace(start, window=Window(start=end))),
        freshness=freshness,
    )


@held()
def suggest_products(typed: str, *, viewer: Viewer, today: date, language: str = "zh-hans") -> tuple[str, ...]:
    """Names of products and institutions that what was typed begins, or a word in them, among those that the viewer
    may see; see `search.names`."""
    return _suggest("product", typed, _published(context(viewer, today, language)))


@held()
def suggest_leads(typed: str, *, viewer: Viewer, today: date, language: str = "zh-hans") -> tuple[str, ...]:
    """Titles, trades, purposes and districts of open needs that the viewer may see, as `suggest_products` finds
    names."""
    asked = context(viewer, today, language)
    return _suggest("need", typed, All((asked.visible, Terms("status", SHOWN))))


def _suggest(kind: str, typed: str, visible: Query) -> tuple[str, ...]:
    words = typed.strip()[:LONGEST_TYPED]
    if not words:
        return ()
    found, _freshness = engines.ask(
        lambda engine: engine.suggest(engines.schema(kind), "suggestions", words, filter=visible, size=SUGGESTIONS)
    )
    return found


def _published(asked: Context) -> Query:
    return All((asked.visible, Terms("status", (Product.Status.PUBLISHED.value,))))


def filters_of(params: Mapping[str, Sequence[str]], asked: Context) -> filters.Selection:
    """Raises InvalidInput, code `unknown_choice`."""
    return selection_of(PRODUCT_FILTERS, params, asked)
