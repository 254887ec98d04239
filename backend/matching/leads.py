"""The leads of a product: ranked, paged, faceted, explained.

The engine orders needs by the coarse score; windows of that order are judged and ranked exactly (`cursor.py`). What is
ranked comes from the documents; what is shown is read from the database and judged anew, so that a stale document
can misplace a lead but never show one that is closed, hidden or no longer admitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, may
from backend.common.errors import Conflict, InvalidInput, NotAllowed, Text
from backend.eligibility.query import possible
from backend.eligibility.rule import RuleError
from backend.eligibility.verdict import State
from backend.eligibility.vocabulary import Vocabulary
from backend.indexing import engines
from backend.matching import coarse, filters, paging
from backend.matching.candidate import Asking, Candidate, Listing, traits_of
from backend.matching.context import Context, context
from backend.matching.cursor import Window, question
from backend.matching.explanations import missing
from backend.matching.filters import LEAD_FILTERS, FilterError, Selection
from backend.matching.offers import Judge, asking_from
from backend.matching.ranking import Ranked, rank, reasons
from backend.matching.results import Lead, Leads
from backend.matching.searching import Words, words_of
from backend.matching.standing import on_offer
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.needs.queries import needs_searchable_by
from backend.packs.queries import held
from backend.products.models import Product
from backend.products.queries import sells
from search.port import Hit, Page, SearchEngine
from search.query import All, Facet, Nothing, Position, Query, Request, Terms, Weighted

WINDOW = 200
"""Needs judged and ranked exactly at a time. Larger recalls more and costs more; the tests report the recall."""

LARGEST_PAGE = 100
STORED = ("facts", "stored")


@held()
def leads_for(
    product: Product,
    *,
    viewer: Viewer,
    today: date,
    language: str = "zh-hans",
    params: Mapping[str, Sequence[str]] | None = None,
    q: str = "",
    cursor: str = "",
    size: int = 20,
) -> Leads:
    """One page of the open needs that the product's rule admits or may admit, best first.

    `params`: filter name → values, see `filters.LEAD_FILTERS`; `q`: words that the need's text must hold. A page is
    full as long as there are leads. Raises NotAllowed, InvalidInput (`unknown_choice`, `bad_cursor`, `stale_cursor`,
    `bad_size`), Conflict (`broken_rule`), PackMissing, and SearchUnavailable or IndexMissing where no engine can
    answer.
    """
    may_see(viewer, product)
    if not 1 <= size <= LARGEST_PAGE:
        raise InvalidInput(_("A page holds 1 to 100 leads."), code="bad_size", field="size")
    given = paging.opened(cursor, today)
    # Later pages are ranked as of the day of the first, with what was known on that day.
    asked = context(viewer, today if given is None else given.today, language)
    search = search_of(asked, product, params or {}, q)
    start = paging.begun(given, search.digest, today)

    def answer(engine: SearchEngine) -> tuple[Page, list[Found], Window | None]:
        return walk(search, engine, start.window, size)

    (first, found, rest), freshness = engines.ask(answer)
    return Leads(
        results=tuple(search.lead(one) for one in found),
        facets=filters.results(LEAD_FILTERS, first.facets, search.selection, language, asked.vocabulary),
        total=first.total,
        next_cursor=None if rest is None else paging.token(replace(start, window=rest)),
        freshness=freshness,
    )


def search_of(asked: Context, product: Product, params: Mapping[str, Sequence[str]], q: str) -> LeadSearch:
    """Raises InvalidInput (`unknown_choice`), Conflict (`broken_rule`)."""
    selection = selection_of(LEAD_FILTERS, params, asked)
    return LeadSearch(asked, judge_for(asked, product), selection, words_of(q, asked.bench.segmenter))


def selection_of(
    definitions: Sequence[filters.FilterDefinition], params: Mapping[str, Sequence[str]], asked: Context
) -> Selection:
    """Raises InvalidInput, code `unknown_choice`."""
    return chosen(definitions, params, asked.vocabulary)


def chosen(
    definitions: Sequence[filters.FilterDefinition], params: Mapping[str, Sequence[str]], vocabulary: Vocabulary
) -> Selection:
    """`filters.parse`, refused in words. Raises InvalidInput, code `unknown_choice`."""
    try:
        return filters.parse(definitions, params, vocabulary)
    except FilterError as error:
        raise InvalidInput(_refusal(error), code="unknown_choice", field=error.name) from error


def _refusal(error: FilterError) -> Text:
    told = {"value": error.value, "known": ", ".join(error.known), "suggestion": error.suggestion}
    if error.known:
        return _("There is no choice “%(value)s” here; known are: %(known)s.") % told
    if error.suggestion:
        return _("There is no choice “%(value)s” here. Did you mean %(suggestion)s?") % told
    return _("There is no choice “%(value)s” here.") % told


def may_see(viewer: Viewer, product: Product) -> None:
    """Who works with leads reads those of the own institution's products; bureau and platform those of any."""
    organisation = organisation_of(viewer)
    kinds = Organisation.Kind
    if organisation is not None:
        if organisation.kind in (kinds.BUREAU, kinds.PLATFORM) and may(viewer, Action.MARKET_READ):
            return
        if organisation.kind == kinds.INSTITUTION and may(viewer, Action.LEAD_READ) and sells(viewer, product):
            return
    raise NotAllowed(_("Leads are for the institution whose product it is."))


def judge_for(asked: Context, product: Product) -> Judge:
    try:
        return asked.bench.judge(product)
    except RuleError as fault:
        raise Conflict(
            _("The product's rule cannot be read any more (%(reason)s): correct it, and its leads can be found.")
            % {"reason": fault},
            code="broken_rule",
            field="rule",
        ) from fault


@dataclass(frozen=True, slots=True)
class Found:
    """A need to show, from the database, with its place in the ranking."""

    ranked: Ranked
    need: Need
    candidate: Candidate
    state: State


class LeadSearch:
    """One reader's question about one product."""

    def __init__(self, asked: Context, judge: Judge, selection: Selection, words: Words) -> None:
        self.asked = asked
        self.judge = judge
        self.selection = selection
        self.words = words
        self.facets = filters.facets(LEAD_FILTERS, selection, asked.today)
        pinned = (
            judge.offer.id,
            judge.offer.version,
            asked.settings.version,
            asked.settings.points,
            asked.record.cases,
            engines.revision(),
        )
        self.digest = question("leads", selection, words.text, *pinned)
        self.needs = needs_searchable_by(asked.viewer).filter(status__in=SHOWN)

    def request(self, after: Position | None, *, facets: bool) -> Request:
        """Facets carry the filters; where they are not counted the filters go with the others."""
        rule, weights = lead_query(self.asked, self.judge)
        conditions: list[Query] = [self.asked.visible, Terms("status", SHOWN), rule]
        counted: tuple[Facet, ...] = self.facets
        if not facets:
            counted = ()
            conditions += [facet.selected for facet in self.facets if facet.selected is not None]
        text = self.words.query(coarse.NEED_TEXT, self.asked.settings)
        return Request(
            filter=All(tuple(conditions)),
            weights=weights,
            text=text,
            facets=counted,
            after=after,
            size=WINDOW,
            fetch=STORED,
            count_up_to=None if facets else WINDOW,
        )

    def ranked(self, hits: Sequence[Hit]) -> list[Ranked]:
        """The hits judged and ranked; those that the rule refuses, whose documents are behind, are dropped."""
        candidates = []
        for hit in hits:
            asking = asking_from(
                hit.id, hit.stored["facts"], hit.stored["stored"], self.asked.vocabulary, self.asked.bench.segmenter
            )
            state, candidate = self.candidate(asking)
            if state is not State.UNMET:
                candidates.append(candidate)
        found = rank(candidates, self.asked.settings)
        return self.words.reranked(found) if self.words.text else found

    def candidate(self, asking: Asking) -> tuple[State, Candidate]:
        offer, asked = self.judge.offer, self.asked
        state, met = self.judge.compiled.read(asking.facts)
        return state, Candidate(
            offer=offer,
            asking=asking,
            asked=self.judge.compiled.asked,
            met=met,
            today=asked.today,
            cost=asked.bench.cost(offer, asking.facts),
            record=asked.record.score(offer.institution_id, offer.id, traits_of(asking.facts)),
            listing=Listing.NEEDS,
        )

    def shown(self, ranked: Sequence[Ranked], wanted: int) -> Iterator[Found | Ranked]:
        """The needs behind `ranked` as the database has them now: Found, or the Ranked alone where the need is gone
        or refused. Read in bulk, `wanted` at a time."""
        for begin in range(0, len(ranked), wanted):
            some = ranked[begin : begin + wanted]
            needs = {need.pk: need for need in self.needs.filter(pk__in=[one.id for one in some])}
            for one in some:
                need = needs.get(one.id)
                if need is None:
                    yield one
                    continue
                state, candidate = self.candidate(self.asked.asking(need, self.asked.facts(need)))
                yield one if state is State.UNMET else Found(one, need, candidate, state)

    def lead(self, found: Found) -> Lead:
        voice, facts = self.asked.voice, found.candidate.facts
        unknown = found.state is State.UNKNOWN
        short = self.judge.compiled.shortfall(facts, self.asked.today) if unknown else None
        return Lead(
            need=found.need,
            facts=facts,
            group="missing" if unknown else "eligible",
            score=found.ranked.score,
            cost=found.candidate.cost,
            reasons=tuple(reasons(found.candidate, self.asked.settings, voice)),
            findings=self.asked.bench.spoken(self.judge, voice.language).findings(facts),
            missing=missing(short.unknown, voice, self.asked.bench.note) if short else (),
            title_marked=self.words.marked(found.need.title),
        )


def lead_query(asked: Context, judge: Judge) -> tuple[Query, tuple[Weighted, ...]]:
    """The product's rule over need documents, and the coarse score. Made once a day for each version of a product.
    A product that no company can have today has no leads."""

    def make() -> tuple[Query, tuple[Weighted, ...]]:
        rises = asked.record.rises(judge.offer.institution_id, asked.vocabulary)
        admitted = possible(judge.rule) if on_offer(judge.offer, asked.today, asked.settings) else Nothing()
        return admitted, coarse.need_weights(judge.offer, judge.rule, asked.settings, traits=rises, today=asked.today)

    return asked.bench.remembered(judge, asked.today, (asked.settings, asked.record), make)


def walk(
    search: LeadSearch, engine: SearchEngine, window: Window, size: int
) -> tuple[Page, list[Found], Window | None]:
    """The first engine page (for facets and total), the leads of this page, and where the next begins."""
    schema = engines.schema("need")
    first = page = engine.search(schema, search.request(window.start, facets=True))
    found: list[Found] = []
    while True:
        hits = list(page.hits)
        while window.end is not None and len(page.hits) == WINDOW and not _past(page.hits[-1], window.end):
            page = engine.search(schema, search.request(_position(page.hits[-1]), facets=False))
            hits += page.hits
        end = window.end if window.end is not None else _position(hits[-1]) if hits else None
        if end is None:
            return first, found, None
        ranked = [
            one
            for one in search.ranked([hit for hit in hits if not _beyond(hit, end)])
            if window.last is None or one.order > (-window.last[0], window.last[1])
        ]
        for place, shown in enumerate(search.shown(ranked, size - len(found)), start=1):
            if isinstance(shown, Found):
                found.append(shown)
            if len(found) == size:
                last = ranked[place - 1]
                if place == len(ranked):
                    return first, found, Window(start=end) if _more(search, engine, end, hits, page) else None
                return first, found, Window(window.start, end, (last.score, last.id))
        if _all_seen(hits, page, end):
            return first, found, None
        window = Window(start=end)
        page = engine.search(schema, search.request(end, facets=False))
        if not page.hits:
            return first, found, None


def _more(search: LeadSearch, engine: SearchEngine, end: Position, hits: Sequence[Hit], last: Page) -> bool:
    """Is anything left after `end`? `hits` are those met so far, `last` the page that they end with."""
    if len(last.hits) < WINDOW or _beyond(hits[-1], end):
        return not _all_seen(hits, last, end)
    rest = replace(search.request(end, facets=False), size=1, fetch=(), count_up_to=1)
    return bool(engine.search(engines.schema("need"), rest).hits)


def _all_seen(hits: Sequence[Hit], last: Page, end: Position) -> bool:
    """The engine had no full page any more, and nothing that it gave lies after `end`."""
    return len(last.hits) < WINDOW and not (hits and _beyond(hits[-1], end))


def _position(hit: Hit) -> Position:
    return Position(hit.sort_key, hit.id)


def _order(key: float | int | str | None, id: int) -> tuple[float, int]:
    if not isinstance(key, (int, float)):
        raise TypeError(f"a place in the order of scores has a number, not {key!r}")
    return -key, id


def _beyond(hit: Hit, end: Position) -> bool:
    return _order(hit.sort_key, hit.id) > _order(end.key, end.id)


def _past(hit: Hit, end: Position) -> bool:
    """Has the engine's page reached the end of the window?"""
    return _order(hit.sort_key, hit.id) >= _order(end.key, end.id)
