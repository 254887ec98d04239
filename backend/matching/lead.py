"""One lead: a need judged for a product, its place among the others, and how many there are of what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from backend.accounts.audience import Viewer
from backend.common.errors import NotFound
from backend.eligibility.query import met
from backend.eligibility.verdict import State
from backend.indexing import engines
from backend.matching import paging
from backend.matching.context import Context, context
from backend.matching.explanations import gaps
from backend.matching.leads import Found, LeadSearch, judge_for, may_see, search_of, walk
from backend.matching.ranking import Ranked, contributions, score
from backend.matching.results import Lead, LeadExplained, Neighbours
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.packs.queries import held
from backend.products.models import Product
from search.port import Page, SearchEngine
from search.query import All, Request, Terms

REACH = 100
"""Leads among which neighbours are sought, from the cursor on."""


def lead_of(product: Product, need_id: int, *, viewer: Viewer, today: date, language: str = "zh-hans") -> Lead:
    """The need as a lead of the product, as `leads_for` gives it without words. Raises as `lead_explained`."""
    return lead_explained(product, need_id, viewer=viewer, today=today, language=language).lead


@held()
def lead_explained(
    product: Product, need_id: int, *, viewer: Viewer, today: date, language: str = "zh-hans"
) -> LeadExplained:
    """The need as a lead of the product, with everything that the score is made of.

    Raises NotAllowed, NotFound where the need is not open, not the viewer's to see, or refused by the product, Conflict
    (`broken_rule`), PackMissing. No engine is asked.
    """
    may_see(viewer, product)
    asked = context(viewer, today, language)
    search = search_of(asked, product, {}, "")
    need = search.needs.filter(pk=need_id).first()
    if need is None:
        raise NotFound("")
    found = _judged(asked, search, need)
    if found.state is State.UNMET:
        raise NotFound("")
    short = search.judge.compiled.shortfall(found.candidate.facts, today) if found.state is State.UNKNOWN else None
    return LeadExplained(
        lead=search.lead(found),
        contributions=tuple(contributions(found.candidate, asked.settings, asked.voice)),
        gaps=gaps(short.unmet, asked.voice) if short else (),
    )


@held()
def lead_neighbours(
    product: Product,
    need_id: int,
    *,
    viewer: Viewer,
    today: date,
    language: str = "zh-hans",
    params: Mapping[str, Sequence[str]] | None = None,
    q: str = "",
    cursor: str = "",
) -> Neighbours | None:
    """The leads before and after this one in the list that `leads_for` gives for the same question; None where it is
    not among the first hundred from the cursor on. Raises as `leads_for`."""
    may_see(viewer, product)
    given = paging.opened(cursor, today)
    asked = context(viewer, today if given is None else given.today, language)
    search = search_of(asked, product, params or {}, q)
    start = paging.begun(given, search.digest, today)

    def answer(engine: SearchEngine) -> list[Found]:
        return walk(search, engine, start.window, REACH)[1]

    found, _freshness = engines.ask(answer)
    ids = [one.need.pk for one in found]
    if need_id not in ids:
        return None
    place = ids.index(need_id)
    return Neighbours(
        place=place + 1,
        before=ids[place - 1] if place else None,
        after=ids[place + 1] if place + 1 < len(ids) else None,
    )


@held()
def eligible_leads(product: Product, *, viewer: Viewer, today: date, language: str = "zh-hans") -> int:
    """How many open needs the product's rule surely admits, of which nothing that decides is unknown.

    Raises NotAllowed, Conflict (`broken_rule`), PackMissing, SearchUnavailable, IndexMissing.
    """
    may_see(viewer, product)
    asked = context(viewer, today, language)
    sure = met(judge_for(asked, product).rule)
    request = Request(filter=All((asked.visible, Terms("status", SHOWN), sure)), size=1, fetch=())

    def answer(engine: SearchEngine) -> Page:
        return engine.search(engines.schema("need"), request)

    return engines.ask(answer)[0].total


@held()
def still_leads(product: Product, need_ids: Collection[int], *, viewer: Viewer, today: date) -> frozenset[int]:
    """Those of the needs that are leads of the product today. Raises NotAllowed, Conflict (`broken_rule`)."""
    may_see(viewer, product)
    if not need_ids:
        return frozenset()
    asked = context(viewer, today, "en")
    search = search_of(asked, product, {}, "")
    return frozenset(
        need.pk
        for need in search.needs.filter(pk__in=need_ids)
        if search.judge.compiled.read(asked.facts(need))[0] is not State.UNMET
    )


def _judged(asked: Context, search: LeadSearch, need: Need) -> Found:
    state, candidate = search.candidate(asked.asking(need, asked.facts(need)))
    return Found(Ranked(need.pk, score(candidate, asked.settings), candidate), need, candidate, state)
