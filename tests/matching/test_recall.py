"""Coarse-then-exact against judging everything, on the demo market of 2,000 companies.

The engine's coarse score chooses what is judged exactly. Recall@20 is the share of the best twenty of everything that
the answer's twenty hold, averaged over products (leads) and needs (products). With the windows of the services it must
be 0.99 or more; far smaller windows show that this is the coarse score's merit, not that of a window which takes all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from backend.indexing import engines
from backend.matching import leads, services
from backend.matching.candidate import Candidate, Listing, traits_of
from backend.matching.context import Context, context
from backend.matching.offers import Judge
from backend.matching.ranking import rank
from backend.matching.searching import words_of
from backend.matching.standing import on_offer, supplements
from backend.needs.models import Need
from backend.products.models import Product
from search.query import Request
from tests.demo_market import Market

pytestmark = pytest.mark.django_db
BEST = 20


@pytest.fixture(scope="module")
def companies() -> int:
    return 2_000


def recall(found: Sequence[int], best: Sequence[int]) -> float:
    return len(set(found[:BEST]) & set(best[:BEST])) / len(best[:BEST])


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def test_leads(market: Market, record_property: Callable[[str, object], None]) -> None:
    asked = context(market.platform, market.today, "en")
    needs = list(Need.objects.filter(status=Need.Status.OPEN).select_related("company"))
    askings = [asked.asking(need, asked.facts(need)) for need in needs]
    wide: list[float] = []
    narrow: list[float] = []
    reached = 0
    for product in Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution"):
        if not on_offer(asked.bench.judge(product).offer, asked.today, asked.settings):
            continue
        search = leads.LeadSearch(asked, asked.bench.judge(product), {}, words_of("", asked.bench.segmenter))
        judged = [search.candidate(asking) for asking in askings]
        best = [one.id for one in rank([c for state, c in judged if state.name != "UNMET"], asked.settings)]
        if not best:
            continue
        reached += 1
        request = search.request(None, facets=True)
        for window, recalls in ((leads.WINDOW, wide), (3 * BEST, narrow)):
            page = engines.primary().search(engines.schema("need"), replace(request, size=window))
            assert page.total == len(best)
            recalls.append(recall([one.id for one in search.ranked(page.hits)], best))
    record_property("leads_recall_at_20", round(mean(wide), 4))
    record_property("leads_recall_at_20_window_60", round(mean(narrow), 4))
    print(f"leads of {reached} products: recall@20 {mean(wide):.4f}, within the best 60 {mean(narrow):.4f}")
    assert reached > 100
    assert mean(wide) >= 0.99
    assert mean(narrow) >= 0.98


def everything(asked: Context, need: Need, judges: Sequence[Judge]) -> list[int]:
    facts = asked.facts(need)
    asking = asked.asking(need, facts)
    scores = asked.record.scores(traits_of(facts), {j.offer.id: j.offer.institution_id for j in judges})
    admitted = []
    for judge in judges:
        state, met = judge.compiled.read(facts)
        if state.name == "MET" and on_offer(judge.offer, asked.today, asked.settings):
            admitted.append(
                Candidate(
                    judge.offer,
                    asking,
                    judge.compiled.asked,
                    met,
                    asked.today,
                    asked.bench.cost(judge.offer, facts),
                    scores[judge.offer.id],
                    Listing.OFFERS,
                )
            )
    ranked = rank(admitted, asked.settings)
    return [one.id for one in sorted(ranked, key=lambda one: supplements(one.candidate.offer, asked.settings))]


def test_products(
    market: Market, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = context(market.platform, market.today, "en")
    published = Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution")
    offered = asked.bench.judges(published, list(published.values_list("pk", flat=True)))
    judges = [judge for judge, _product in offered.values()]
    double: list[float] = []
    narrow: list[float] = []
    for need in Need.objects.filter(status=Need.Status.OPEN).select_related("company")[:300]:
        best = everything(asked, need, judges)
        if not best:
            continue
        matches = services.products_for(need, viewer=market.platform, today=market.today, limit=BEST)
        assert matches.considered == matches.total < services.WINDOW  # this shelf fits in, so nothing may be lost
        assert [match.product.pk for match in matches.eligible] == best[:BEST]
        with monkeypatch.context() as patched:
            patched.setattr(services, "WINDOW", 2 * BEST)
            fewer = services.products_for(need, viewer=market.platform, today=market.today, limit=BEST)
        closed = sum(not on_offer(judge.offer, asked.today, asked.settings) for judge in judges)
        assert min(2 * BEST, fewer.total) - closed <= fewer.considered <= 2 * BEST
        double.append(recall([match.product.pk for match in fewer.eligible], best))
        request: Request = replace(services.products_request(asked, asked.asking(need, asked.facts(need))), size=BEST)
        page = engines.primary().search(engines.schema("product"), request)
        narrow.append(recall([hit.id for hit in page.hits], best))
    record_property("products_recall_at_20_window_40", round(mean(double), 4))
    record_property("products_recall_at_20_window_20", round(mean(narrow), 4))
    print(
        f"products of {len(double)} needs: recall@20 {mean(double):.4f} of 40, the engine's best 20 {mean(narrow):.4f}"
    )
    assert len(double) > 200
    assert mean(double) >= 0.99
    assert mean(narrow) >= 0.98
