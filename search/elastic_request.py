"""One search as the body of a request, and hits and counts out of the answer.

Hits are read from the sort values alone (score or field, then id): nothing is fetched from disk unless stored
fields are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any as Json

from elasticsearch.dsl import A, Search
from elasticsearch.dsl import query as dsl

from search.checks import OPEN_HIGH, OPEN_LOW
from search.elastic_query import literal, matching, scored
from search.port import Hit
from search.query import All, Facet, Prefix, Query, Request
from search.schema import FieldKind, Schema
from search.text import Segmenter

_SHARD_VALUES = 1_000  # values that each shard reports for a facet: counts are exact up to so many

_Order = list[dict[str, Json]]


def search_body(schema: Schema, request: Request, segmenter: Segmenter) -> dict[str, Json]:
    filters = (request.filter,) if request.text is None else (request.filter, request.text)
    chosen = tuple(facet.selected for facet in request.facets if facet.selected is not None)
    query = scored(matching(All(filters), segmenter), request.text, request.weights, segmenter)
    search = Search().query(query).sort(*_order(request))
    if chosen:
        search = search.post_filter(matching(All(chosen), segmenter))
    for facet in request.facets:
        others = [one.selected for one in request.facets if one.selected is not None and one.name != facet.name]
        counted = _aggregation(facet)
        if others:
            counted = A("filter", matching(All(tuple(others)), segmenter), aggs={"counts": counted})
        search.aggs[facet.name] = counted
    body = search.extra(
        size=request.size,
        track_total_hits=True if request.count_up_to is None else request.count_up_to or False,
        stored_fields=list(request.fetch) or "_none_",
    ).to_dict()
    if request.after is not None:
        body["search_after"] = _after(schema, request)
    return body


def suggest_body(field: str, prefix: str, query: Query, size: int, segmenter: Segmenter) -> dict[str, Json]:
    """The commonest terms of `field` that begin with `prefix` among the documents of `query`."""
    limits: dict[str, Json] = {"include": f"{literal(prefix)}.*"} if prefix else {}
    narrowed = All((query, Prefix(field, prefix)))
    search = Search().query(dsl.Bool(filter=[matching(narrowed, segmenter)]))
    search.aggs["values"] = _terms(field, size, **limits)
    return search.extra(size=0, track_total_hits=False).to_dict()


def hit(schema: Schema, answer: dict[str, Json], request: Request) -> Hit:
    *keys, id = answer["sort"]
    stored = {name: found[0] for name, found in answer.get("fields", {}).items()}
    if request.sort is None:
        score = float(keys[0]) if keys else 0.0
        return Hit(id, score, score, stored)
    missing = _missing(schema, request)
    return Hit(id, 0.0, None if keys[0] == missing else keys[0], stored)


def counts(facet: Facet, answer: dict[str, Json]) -> dict[str, int]:
    buckets: Sequence[dict[str, Json]] = answer.get("counts", answer)["buckets"]
    found = {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}
    return {bucket.key: found[bucket.key] for bucket in facet.buckets} if facet.buckets else found


def _order(request: Request) -> _Order:
    if request.sort is not None:
        direction = "desc" if request.sort.descending else "asc"
        return [{request.sort.field: {"order": direction, "missing": "_last"}}, {"pk": {"order": "asc"}}]
    if request.weights or request.text is not None:
        return [{"_score": {"order": "desc"}}, {"pk": {"order": "asc"}}]
    return [{"pk": {"order": "asc"}}]


def _after(schema: Schema, request: Request) -> list[float | int | str | None]:
    if request.after is None:
        return []
    key, id = request.after.key, request.after.id
    if request.sort is not None:
        return [_missing(schema, request) if key is None else key, id]
    if request.weights or request.text is not None:
        return [key, id]
    return [id]


def _missing(schema: Schema, request: Request) -> int | None:
    """The sort value that Elasticsearch gives to a document without the field."""
    if request.sort is None or schema.field(request.sort.field).kind is FieldKind.KEYWORD:
        return None
    return OPEN_LOW if request.sort.descending else OPEN_HIGH


def _aggregation(facet: Facet) -> Json:
    if not facet.buckets:
        return _terms(facet.field, facet.size)
    ranges = []
    for bucket in facet.buckets:
        limits = {"from": bucket.low, "to": bucket.high}
        ranges.append({"key": bucket.key} | {end: value for end, value in limits.items() if value is not None})
    return A("range", field=facet.field, ranges=ranges)


def _terms(field: str, size: int, **limits: Json) -> Json:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return A("terms", field=field, size=size, shard_size=size + _SHARD_VALUES, order=order, **limits)
