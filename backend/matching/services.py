"""The matcher's two questions: which products for this need, which leads for this product. Reads only.

Each is one request to the search engine, an exact judgement of what it returns, and the ranking of `features.py`.
docs/explanation/matching.md tells the story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from backend.accounts.audience import Viewer
from backend.eligibility.attributes import Facts
from backend.eligibility.envelope import need_query
from backend.eligibility.verdict import State
from backend.indexing import engines
from backend.matching import coarse
from backend.matching.candidate import Asking, Candidate, traits_of
from backend.matching.compiled import Distance
from backend.matching.context import Context, context
from backend.matching.explanations import gaps, missing
from backend.matching.leads import leads_for
from backend.matching.offers import Judge
from backend.matching.ranking import Ranked, rank, reasons
from backend.matching.results import Match, Matches
from backend.matching.shelf import products_search, suggest_leads, suggest_products
from backend.matching.standing import on_offer, supplements
from backend.needs.models import Need
from backend.packs.queries import held
from backend.products.models import Institution, Product
from backend.products.queries import products_visible_to
from search.query import All, Not, Request, Terms

__all__ = ["leads_for", "products_for", "products_search", "suggest_leads", "suggest_products"]

WINDOW = 300
"""Products judged exactly for one need."""

MOST_UNMET = 2
"""Attributes that may stand between a need and an *almost* product."""

SHOWN = 20


@held()
def products_for(need: Need, *, viewer: Viewer, today: date, language: str = "zh-hans", limit: int = SHOWN) -> Matches:
    """The published products for a need that the viewer was let see, at most `limit` of each group.

    Raises PackMissing, FactError where the need's stored data is broken, SearchUnavailable and IndexMissing where no
    engine can answer.
    """
    asked = context(viewer, today, language)
    facts = asked.facts(need)
    asking = asked.asking(need, facts)
    request = products_request(asked, asking)
    page, freshness = engines.ask(lambda engine: engine.search(engines.schema("product"), request))
    published = products_visible_to(viewer).filter(status=Product.Status.PUBLISHED)
    offered = asked.bench.judges(published, [hit.id for hit in page.hits])
    judges = {id: judge for id, (judge, _product) in offered.items() if on_offer(judge.offer, today, asked.settings)}
    ranked = _ranked(asked, asking, judges.values())
    far = _Distances(asked, judges, facts)
    incomplete, almost = far.incomplete(ranked[State.UNKNOWN]), far.almost(ranked[State.UNKNOWN], ranked[State.UNMET])
    chosen = {"eligible": ranked[State.MET], "missing": incomplete, "almost": almost}
    groups = {
        name: tuple(_match(asked, *offered[one.id], one, facts, explain=name != "eligible") for one in group[:limit])
        for name, group in chosen.items()
    }
    return Matches(
        **groups,
        counts={name: len(group) for name, group in chosen.items()},
        considered=len(judges),
        total=page.total - len(offered) + len(judges),
        freshness=freshness,
    )


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


def _ranked(asked: Context, asking: Asking, judges: Iterable[Judge]) -> dict[State, list[Ranked]]:
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
    return {
        state: sorted(rank(some, asked.settings), key=lambda one: _place(one, asked))
        for state, some in candidates.items()
    }


def _place(one: Ranked, asked: Context) -> tuple[bool, float, int]:
    """What pays out first, then what only supplements it; within each by score."""
    return (supplements(one.candidate.offer, asked.settings), *one.order)


class _Distances:
    """How far one need is from the products that it is not, or not surely, eligible for."""

    def __init__(self, asked: Context, judges: Mapping[int, Judge], facts: Facts) -> None:
        self._asked = asked
        self._judges = judges
        self._facts = facts

    def incomplete(self, ranked: list[Ranked]) -> list[Ranked]:
        """Products that lack data and nothing else, the fewest first."""
        able = [pair for pair in self._measured(ranked) if pair[1].unmet == 0]
        able.sort(key=lambda pair: (pair[1].unknown, _place(pair[0], self._asked)))
        return [one for one, _far in able]

    def almost(self, *ranked: list[Ranked]) -> list[Ranked]:
        """Products that one or two changed attributes bring into reach: those that the company or time can change
        first, then the fewest changes."""
        able = [pair for some in ranked for pair in self._measured(some) if 1 <= pair[1].unmet <= MOST_UNMET]
        able.sort(
            key=lambda pair: (
                not pair[1].within_reach,
                pair[1].unmet + pair[1].unknown,
                _place(pair[0], self._asked),
            )
        )
        return [one for one, _far in able]

    def _measured(self, ranked: list[Ranked]) -> Iterator[tuple[Ranked, Distance]]:
        for one in ranked:
            far = self._judges[one.id].compiled.distance(self._facts, self._asked.today)
            if far is not None:
                yield one, far


def _match(asked: Context, judge: Judge, product: Product, one: Ranked, facts: Facts, *, explain: bool) -> Match:
    """`explain`: what separates the need from the product."""
    voice = asked.voice
    short = judge.compiled.shortfall(facts, asked.today) if explain else None
    return Match(
        product=product,
        supplement=supplements(judge.offer, asked.settings),
        score=one.score,
        cost=one.candidate.cost,
        reasons=tuple(reasons(one.candidate, asked.settings, voice)),
        findings=asked.bench.spoken(judge, voice.language).findings(facts),
        missing=missing(short.unknown, voice, asked.bench.note) if short else (),
        gaps=gaps(short.unmet, voice) if short else (),
        earliest=short.earliest if short and short.unmet else None,
        shortfall=short,
    )
