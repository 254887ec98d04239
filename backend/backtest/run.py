"""The backtest: file the market as of the cut-off, match every later loan's need, count. docs/backtest.md explains."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backend.accounts.services import platform_account
from backend.backtest.baselines import baselines
from backend.backtest.loans import Loan
from backend.backtest.market import FiledNeed, Progress, Shelf, add_history, file_needs, file_shelf
from backend.backtest.metrics import Quality, quality, rank_of
from backend.backtest.split import Split
from backend.indexing import engines, outbox
from backend.matching.results import Matches
from backend.matching.services import products_for
from backend.packs.queries import vocabulary
from backend.packs.services import pack_load

SHOWN = 40
"""Products of each group that are asked for: more than a page, so that the mean reciprocal rank sees on."""

_STEP = 50


@dataclass(frozen=True, slots=True)
class Ranking:
    """Lenders in the order in which the company meets them; `eligible`: at least one product admitted the need."""

    lenders: tuple[int, ...]
    eligible: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """`rankings` in the order of the later loans; `seconds` that the matching of all of them took."""

    shelf: Shelf
    rankings: tuple[Ranking, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """`ranks` of the lenders that made the later loans, in their order. `uncovered`: share of needs for which no
    product was eligible. `unknown_lenders`: share whose lender made no earlier loan, so that nobody could rank it."""

    cutoff: date
    earlier: int
    products: int
    ranks: tuple[int | None, ...]
    uncovered: float
    unknown_lenders: float
    needs_per_second: float
    baselines: Mapping[str, Quality]

    def as_json(self) -> dict[str, object]:
        return {
            "needs": len(self.ranks),
            "products": self.products,
            **quality(self.ranks).as_json(),
            "uncovered": round(self.uncovered, 4),
            "needs_per_second": round(self.needs_per_second, 1),
            "baselines": {name: found.as_json() for name, found in self.baselines.items()},
        }


def backtest(parts: Split, *, pack: Path, progress: Progress) -> Result:
    """Run on the database and the index of this process, both empty; `pack` knows the places of the loans."""
    matched = match_later(parts, pack=pack, progress=progress)
    count = len(parts.later)
    return Result(
        cutoff=parts.cutoff,
        earlier=len(parts.earlier),
        products=len(matched.shelf.products),
        ranks=tuple(
            rank_in(ranking, matched.shelf.institutions.get(loan.lender))
            for loan, ranking in zip(parts.later, matched.rankings, strict=True)
        ),
        uncovered=sum(1 for ranking in matched.rankings if not ranking.eligible) / count,
        unknown_lenders=sum(1 for loan in parts.later if loan.lender not in matched.shelf.institutions) / count,
        needs_per_second=count / matched.seconds,
        baselines=_baselines(parts, progress),
    )


def match_later(parts: Split, *, pack: Path, progress: Progress) -> Matched:
    """File the market as of the cut-off and every later need, then match each. Reads no later loan's lender."""
    actor = platform_account()
    pack_load(pack, actor=actor, progress=progress, today=parts.cutoff)
    shelf = file_shelf(actor, parts, progress)
    add_history(shelf, parts)
    needs = file_needs(parts, progress)
    left = sum(outbox.pending(name).count() for name in engines.names())
    if left:
        raise RuntimeError(f"{left} documents could not be copied to the index; see the log above for the reason")
    rankings, seconds = rank_needs(needs, parts.cutoff, progress)
    return Matched(shelf, tuple(rankings), seconds)


def rank_needs(needs: Sequence[FiledNeed], today: date, progress: Progress) -> tuple[list[Ranking], float]:
    """Every need as its company would see it on `today`, one by one; and the seconds that took."""
    rankings = []
    started = time.perf_counter()
    for done, filed in enumerate(needs, start=1):
        rankings.append(ranking(products_for(filed.need, viewer=filed.viewer, today=today, language="en", limit=SHOWN)))
        if done % _STEP == 0 or done == len(needs):
            progress("matched", done, len(needs))
    return rankings, time.perf_counter() - started


def ranking(matches: Matches) -> Ranking:
    """Eligible products, then those that lack a datum, then the almost eligible; of each lender the first."""
    shown = (*matches.eligible, *matches.missing, *matches.almost)
    lenders = dict.fromkeys(match.product.institution_id for match in shown)
    return Ranking(tuple(lenders), bool(matches.eligible))


def rank_in(ranking: Ranking, institution_id: int | None) -> int | None:
    """From 1; None where the lender is not there."""
    if institution_id is None or institution_id not in ranking.lenders:
        return None
    return 1 + ranking.lenders.index(institution_id)


def _baselines(parts: Split, progress: Progress) -> dict[str, Quality]:
    terms = vocabulary()
    sectors = {code: term.label.en for code, term in terms.terms("industries").items()}
    found = {}
    for name, baseline in baselines(parts.earlier, sectors).items():
        found[name] = quality(_ranks(baseline.scores, parts.later))
        progress(f"baseline {name}", len(parts.later), len(parts.later))
    return found


def _ranks(scores: Callable[[Loan], dict[str, float]], later: Sequence[Loan]) -> list[int | None]:
    return [rank_of(loan.lender, scores(loan)) for loan in later]
