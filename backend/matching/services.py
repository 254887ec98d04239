"""The matcher's two questions: which products for this need, which leads for this product. Reads only.

Each is one request to the search engine, an exact judgement of what it returns, and the ranking of `features.py`.
`match_counts` asks the first question of a need that is not saved, `compare` of a few products.
docs/explanation/matching.md tells the story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer
from backend.common.errors import InvalidInput
from backend.companies.models import Company
from backend.eligibility.attributes import Facts
from backend.eligibility.envelope import need_query
from backend.eligibility.verdict import State
from backend.indexing import engines
from backend.indexing.engines import Freshness
from backend.matching import coarse
from backend.matching.candidate import Asking, Candidate, traits_of
from backend.matching.compiled import Distance
from backend.matching.context import Context, context
from backend.matching.explanations import gaps, missing
from backend.matching.lead import eligible_leads, lead_explained, lead_neighbours, lead_of, still_leads
from backend.matching.leads import leads_for
from backend.matching.offers import Judge
from backend.matching.ranking import Ranked, rank, reasons
from backend.matching.results import Match, MatchCounts, Matches
from backend.matching.shelf import products_search, suggest_leads, suggest_products
from backend.matching.standing import on_offer, shut
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_sketch
from backend.packs.queries import held
from backend.products.models import Institution, Product
from backend.products.queries import products_visible_to
from search.query import All, Not, Request, Terms

__all__ = [
    "compare",
    "eligible_leads",
    "lead_explained",
    "lead_neighbours",
    "lead_of",
    "leads_for",
    "match_counts",
    "products_for",
    "products_search",
    "standing_with",
    "still_leads",
    "suggest_leads",
    "suggest_products",
]

WINDOW = 300
"""Products judged exactly for one need."""

MOST_UNMET = 2
"""Attributes that may stand between a need and an *almost* product."""

MOST_COMPARED = 4
SHOWN = 20


@held()
def products_for(need: Need, *, viewer: Viewer, today: date, language: str = "zh-hans", limit: int = SHOWN) -> Matches:
    """The published products for a need that the viewer was let see, at most `limit` of each group.

    Raises PackMissing, FactError where the need's stored data is broken, SearchUnavailable and IndexMissing where no
    engine can answer.
    """
    asked = context(viewer, today, language)
    asking = asked.asking(need, asked.facts(need))
    reached = products_in_reach(asked, asking)
    judges = {id: judge for id, (judge, _product) in reached.offered.items()}
    ranked = ranked_by_state(asked, asking, judges.values())
    states = {one.id: state for state, group in ranked.items() for one in group}
    far = _Distances(judges, asking.facts, today)
    chosen = {
        "eligible": ranked[State.MET],
        "missing": far.incomplete(ranked[State.UNKNOWN]),
        "almost": far.almost(ranked[State.UNKNOWN], ranked[State.UNMET]),
    }
    groups = {
        name: tuple(match_of(asked, *reached.offered[one.id], one, states[one.id]) for one in group[:limit])
        for name, group in chosen.items()
    }
    return Matches(
        **groups,
        counts={name: len(group) for name, group in chosen.items()},
        considered=len(judges),
        total=reached.total,
        freshness=reached.freshness,
    )


@held()
def match_counts(company: Company, draft: NeedInput, *, viewer: Viewer, today: date) -> MatchCounts:
    """How many products there are for a need that is still being typed; nothing is written.

    What is missing, or cannot be used as it stands, counts as not said yet. The counts are those that `products_for`
    gives once the need is saved: the same request to the engine and the same judgement, without ranking and words.
    Raises as `products_for` does.
    """
    asked = context(viewer, today, "zh-hans")
    need = need_sketch(company, draft, today=today)
    asking = asked.asking(need, asked.facts(need))
    reached = products_in_reach(asked, asking)
    eligible = missing = almost = 0
    for judge, _product in reached.offered.values():
        state, _met = judge.compiled.read(asking.facts)
        if state is State.MET:
            eligible += 1
        elif (far := judge.compiled.distance(asking.facts, today)) is not None:
            missing += far.unmet == 0
            almost += 1 <= far.unmet <= MOST_UNMET
    return MatchCounts(eligible, missing, almost, reached.freshness)


@held()
def compare(
    need: Need, product_ids: Sequence[int], *, viewer: Viewer, today: date, language: str = "zh-hans"
) -> tuple[Match, ...]:
    """Up to four published products side by side in the order given, each judged exactly, whatever its group and
    whether it is on offer today.

    Products that the viewer may not see, or that are not there, are left out. Raises InvalidInput
    (`too_many_products`) and, as `products_for`, PackMissing and FactError.
    """
    ids = list(dict.fromkeys(product_ids))
    if len(ids) > MOST_COMPARED:
        message = _("At most four products can be compared: leave some out.")
        raise InvalidInput(message, code="too_many_products", field="products")
    asked = context(viewer, today, language)
    asking = asked.asking(need, asked.facts(need))
    offered = asked.bench.judges(published_to(viewer), ids)
    ranked = ranked_by_state(asked, asking, [judge for judge, _product in offered.values()])
    found = {one.id: (one, state) for state, group in ranked.items() for one in group}
    return tuple(match_of(asked, *offered[id], *found[id]) for id in offered)


@held()
def standing_with(
    need: Need, product_ids: Sequence[int], *, viewer: Viewer, today: date
) -> dict[int, tuple[Product, str]]:
    """How the need stands with each of these products that a company can have today: met, unknown or unmet. Products
    that are not on offer, or not there, are left out. Raises PackMissing and FactError."""
    asked = context(viewer, today, "zh-hans")
    facts = asked.facts(need)
    offered = on_offer_today(asked, asked.bench.judges(published_to(viewer), list(product_ids)))
    return {id: (product, judge.compiled.read(facts)[0].key) for id, (judge, product) in offered.items()}


@dataclass(frozen=True, slots=True)
class Reached:
    """The products judged exactly for a need, of `total` in the engine's reach."""

    offered: Mapping[int, tuple[Judge, Product]]
    total: int
    freshness: Freshness


def products_in_reach(asked: Context, asking: Asking) -> Reached:
    request = products_request(asked, asking)
    page, freshness = engines.ask(lambda engine: engine.search(engines.schema("product"), request))
    found = asked.bench.judges(published_to(asked.viewer), [hit.id for hit in page.hits])
    offered = on_offer_today(asked, found)
    return Reached(offered, page.total - len(found) + len(offered), freshness)


def on_offer_today(asked: Context, offered: Mapping[int, tuple[Judge, Product]]) -> dict[int, tuple[Judge, Product]]:
    """Those that a company can have today."""
    return {id: one for id, one in offered.items() if on_offer(one[0].offer, asked.today, asked.settings)}


def published_to(viewer: Viewer) -> QuerySet[Product]:
    return products_visible_to(viewer).filter(status=Product.Status.PUBLISHED)


def products_request(asked: Context, asking: Asking) -> Request:
    """What the engine is asked for: visible published products with at most two facts outside of their envelopes."""
    institutions = dict(Institution.objects.values_list("pk", "code"))
    values = asked.record.values(traits_of(asking.facts), list(institutions))
    return Request(
        filter=All(
            (
                asked.visible,
                Terms("status", (Product.Status.PUBLISHED.value,)),
                need_query(asking.facts, asked.vocabulary, allow_unmet=MOST_UNMET),
                Not(Terms("kind_path", tuple(sorted(asked.settings.for_lenders)))),
            )
        ),
        weights=coarse.product_weights(
            asking,
            asked.settings,
            asked.vocabulary,
            today=asked.today,
            institutions={institutions[pk]: value for pk, value in values.items()},
        ),
        size=WINDOW,
    )


def ranked_by_state(asked: Context, asking: Asking, judges: Iterable[Judge]) -> dict[State, list[Ranked]]:
    """The candidates by state, each state ranked."""
    found = list(judges)
    scores = asked.record.scores(
        traits_of(asking.facts), {judge.offer.id: judge.offer.institution_id for judge in found}
    )
    candidates: dict[State, list[Candidate]] = {state: [] for state in State}
    for judge in found:
        state, met = judge.compiled.read(asking.facts)
        candidates[state].append(
            Candidate(
                offer=judge.offer,
                asking=asking,
                asked=judge.compiled.asked,
                met=met,
                today=asked.today,
                cost=asked.bench.cost(judge.offer, asking.facts),
                record=scores[judge.offer.id],
            )
        )
    return {state: rank(some, asked.settings) for state, some in candidates.items()}


class _Distances:
    """How far one need is from the products that it is not, or not surely, eligible for."""

    def __init__(self, judges: Mapping[int, Judge], facts: Facts, today: date) -> None:
        self._judges = judges
        self._facts = facts
        self._today = today

    def incomplete(self, ranked: list[Ranked]) -> list[Ranked]:
        """Products that lack data and nothing else, the fewest first."""
        able = [pair for pair in self._measured(ranked) if pair[1].unmet == 0]
        able.sort(key=lambda pair: (pair[1].unknown, pair[0].place))
        return [one for one, _far in able]

    def almost(self, *ranked: list[Ranked]) -> list[Ranked]:
        """Products that one or two changed attributes bring into reach: those that the company or time can change
        first, then the fewest changes."""
        able = [pair for some in ranked for pair in self._measured(some) if 1 <= pair[1].unmet <= MOST_UNMET]
        able.sort(
            key=lambda pair: (not pair[1].within_reach, pair[1].unmet + pair[1].unknown, pair[0].place),
        )
        return [one for one, _far in able]

    def _measured(self, ranked: list[Ranked]) -> Iterator[tuple[Ranked, Distance]]:
        for one in ranked:
            far = self._judges[one.id].compiled.distance(self._facts, self._today)
            if far is not None:
                yield one, far


def match_of(asked: Context, judge: Judge, product: Product, one: Ranked, state: State) -> Match:
    voice, facts = asked.voice, one.candidate.facts
    short = None if state is State.MET else judge.compiled.shortfall(facts, asked.today)
    return Match(
        product=product,
        supplement=one.supplement,
        state=state.key,
        score=one.score,
        cost=one.candidate.cost,
        reasons=tuple(reasons(one.candidate, asked.settings, voice)),
        findings=asked.bench.spoken(judge, voice.language).findings(facts),
        missing=missing(short.unknown, voice, asked.bench.note) if short else (),
        gaps=gaps(short.unmet, voice) if short else (),
        earliest=short.earliest if short and short.unmet else None,
        shortfall=short,
        shut=shut(judge.offer, asked.today, asked.settings),
    )
