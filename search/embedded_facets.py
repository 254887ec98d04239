"""Counts on the embedded engine: matches, and facets that leave out their own filter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any as Json

import tantivy

from search.embedded_query import Compiler
from search.query import All, Facet

_MOST_VALUES = 60_000  # tantivy refuses more buckets than 65,000


def count_matches(searcher: tantivy.Searcher, matching: tantivy.Query) -> int:
    count: int = searcher.search(matching, 1).count  # type: ignore[attr-defined]  # missing in the library's own stub
    return count


def count_facets(
    searcher: tantivy.Searcher, compiler: Compiler, filters: All, matching: tantivy.Query, facets: Sequence[Facet]
) -> dict[str, dict[str, int]]:
    """`matching` is `filters` with the selections of all facets."""
    counted: dict[str, dict[str, int]] = {}
    for query, asked in facet_passes(compiler, filters, matching, facets):
        answer = searcher.aggregate(query, asked)
        counted |= {
            facet.name: _counts(facet, answer[facet.name]["buckets"]) for facet in facets if facet.name in asked
        }
    return {facet.name: counted[facet.name] for facet in facets}


def facet_passes(
    compiler: Compiler, filters: All, matching: tantivy.Query, facets: Sequence[Facet]
) -> Iterator[tuple[tantivy.Query, dict[str, Json]]]:
    """The aggregations to run: a query, and by name the facets that it counts. Facets over the same documents share
    one pass."""
    groups: defaultdict[str | None, list[Facet]] = defaultdict(list)
    for facet in facets:
        groups[facet.name if facet.selected is not None else None].append(facet)
    for own, group in groups.items():
        query = matching
        if own is not None:
            others = [facet.selected for facet in facets if facet.selected is not None and facet.name != own]
            query = compiler.matching(All((*filters.clauses, *others)))
        yield query, {facet.name: _aggregation(facet) for facet in group}


def _aggregation(facet: Facet) -> dict[str, Json]:
    if not facet.buckets:
        return {"terms": {"field": facet.field, "size": _MOST_VALUES}}
    cuts = _cuts(facet)
    ends = [{"from": float(low), "to": float(high)} for low, high in pairwise(cuts)]
    ranges = [{"to": float(cuts[0])}, *ends, {"from": float(cuts[-1])}]
    return {"range": {"field": facet.field, "ranges": [{"key": str(n)} | one for n, one in enumerate(ranges)]}}


def _cuts(facet: Facet) -> list[int]:
    """All limits of the buckets, ascending. tantivy refuses overlapping ranges, so it counts the pieces between."""
    return sorted({end for bucket in facet.buckets for end in (bucket.low, bucket.high) if end is not None})


def _counts(facet: Facet, buckets: Sequence[dict[str, Json]]) -> dict[str, int]:
    counts = {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}
    if facet.buckets:
        cuts = _cuts(facet)
        first = {cut: number + 1 for number, cut in enumerate(cuts)}  # the piece that begins at this limit
        return {
            bucket.key: sum(
                counts.get(str(piece), 0)
                for piece in range(
                    0 if bucket.low is None else first[bucket.low],
                    len(cuts) + 1 if bucket.high is None else first[bucket.high],
                )
            )
            for bucket in facet.buckets
        }
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: facet.size])
