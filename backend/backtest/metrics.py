"""Hit rates and the mean reciprocal rank. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Quality:
    """`hits`: k → share of needs whose lender was among the first k. `mrr`: mean of 1 / rank, 0 where it was not
    found. Both in [0, 1]."""

    hits: dict[int, float]
    mrr: float

    def as_json(self) -> dict[str, float]:
        return {**{f"hit_at_{k}": round(share, 4) for k, share in self.hits.items()}, "mrr": round(self.mrr, 4)}


def quality(ranks: Sequence[int | None]) -> Quality:
    """`ranks`: the rank of the lender that made the loan, from 1; None where it was not ranked at all."""
    count = len(ranks) or 1
    return Quality(
        {k: sum(1 for rank in ranks if rank is not None and rank <= k) / count for k in KS},
        sum(1 / rank for rank in ranks if rank is not None) / count,
    )


def rank_of(wanted: str, scores: dict[str, float]) -> int | None:
    """The rank of `wanted` by descending score, ties by name; None where it has no score."""
    own = scores.get(wanted)
    if own is None:
        return None
    return 1 + sum(1 for name, score in scores.items() if score > own or (score == own and name < wanted))
