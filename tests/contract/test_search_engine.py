"""Every engine keeps the contract of `search.port`, and answers as the reference evaluator does."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.elastic import ElasticEngine
from search.port import BadQuery, IndexMissing, SearchEngine, SearchUnavailable, Write
from search.query import All, Bucket, Covers, Facet, Position, Range, Request, Sort, Terms, Weighted
from search.schema import Document
from search.text import Segmenter
from tests.contract import reference
from tests.contract.reading import ALL, ids, put
from tests.contract.strategies import SCHEMA, documents, requests

_EXAMPLES = max(8, int(os.environ.get("HYPOTHESIS_EXAMPLES", "0")))


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(documents, min_size=5, max_size=25), asked=st.lists(requests, min_size=10, max_size=20))
def test_generated_requests_agree_with_the_reference(
    engine: SearchEngine, segmenter: Segmenter, batch: list[Document], asked: list[Request]
) -> None:
    engine.drop(SCHEMA)
    engine.ensure(SCHEMA)
    held = dict(enumerate(batch))
    put(engine, held)
    for request in asked:
        expected = reference.search(held, request, segmenter)
        assert engine.search(SCHEMA, request) == expected
        if expected.hits:
            last = expected.hits[-1]
            request = replace(request, after=Position(last.sort_key, last.id))
            assert engine.search(SCHEMA, request) == reference.search(held, request, segmenter)


def test_a_facet_counts_without_its_own_filter_and_with_the_others(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    colours = ["red", "red", "red", "green", "green", "re"]
    put(engine, {id: {"colour": colour, "price": id, "size": 1} for id, colour in enumerate(colours)})
    buckets = (Bucket("few", None, 2), Bucket("many", 2, None))
    by_colour = Facet("colours", "colour", selected=Terms("colour", ("red",)))
    by_price = Facet("prices", "price", buckets, selected=Range("price", 2, None))
    page = engine.search(SCHEMA, Request(facets=(by_colour, by_price, Facet("sizes", "colour", size=1)), size=10))
    assert ([hit.id for hit in page.hits], page.total) == ([2], 1)
    assert page.facets["colours"] == {"green": 2, "re": 1, "red": 1}
    assert list(page.facets["colours"]) == ["green", "re", "red"]
    assert page.facets["prices"] == {"few": 2, "many": 1}
    assert page.facets["sizes"] == {"red": 1}


def test_late_writes_never_overwrite_newer_ones(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    put(engine, {1: {"colour": "red"}}, version=5)
    late = engine.write(SCHEMA, [Write(1, 4, {"colour": "green"})], refresh=True)
    assert (late.written, late.stale) == (0, 1)
    assert ids(engine, Request(Terms("colour", ("red",)))) == [1]
    put(engine, {1: {"colour": "green"}}, version=5)
    assert ids(engine, Request(Terms("colour", ("green",)))) == [1]
    assert engine.write(SCHEMA, [Write(1, 7, None)], refresh=True).written == 1
    assert engine.write(SCHEMA, [Write(1, 6, {"colour": "red"})], refresh=True).stale == 1
    assert ids(engine) == []
    put(engine, {1: {"colour": "red"}}, version=8)
    assert list(engine.versions(SCHEMA)) == [(1, 8)]


def test_within_a_batch_the_newest_version_wins(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    batch = [Write(1, 3, {"size": 3}), Write(1, 2, {"size": 2}), Write(2, 1, {"size": 1}), Write(2, 2, None)]
    report = engine.write(SCHEMA, batch, refresh=True)
    assert (report.written, report.stale, report.failed) == (3, 1, {})
    assert ids(engine, Request(Range("size", 3, 3))) == [1]
    assert list(engine.versions(SCHEMA)) == [(1, 3)]


def test_a_document_that_does_not_fit_stops_no_other(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    unfit = [Write(1, 1, {"size": "three"}), Write(2, 1, {"shape": "round"}), Write(3, 1, {"span": (2, 1)})]
    report = engine.write(SCHEMA, [*unfit, Write(4, 1, {"size": 1}), Write(-5, 1, {"size": 1})], refresh=True)
    assert (report.written, report.stale, set(report.failed)) == (1, 0, {1, 2, 3, -5})
    assert ids(engine) == [4]


ORDERS = {
    "ids": Request(),
    "points": Request(weights=(Weighted(Range("size", 1, None), 3), Weighted(Terms("colour", ("red",)), 2))),
    "ascending": Request(sort=Sort("price")),
    "descending": Request(sort=Sort("price", descending=True)),
    "words": Request(sort=Sort("colour")),
}


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_does_not_change_is_met_once_and_in_order_while_others_come_and_go(
    engine: SearchEngine, order: str, data: st.DataObject
) -> None:
    engine.drop(SCHEMA)
    engine.ensure(SCHEMA)
    documents: st.SearchStrategy[Document] = st.fixed_dictionaries(
        {},
        optional={
            "size": st.integers(0, 2),
            "price": st.integers(-2, 2),
            "colour": st.sampled_from(["red", "green", "re"]),
        },
    )
    steady = range(0, 40, 2)
    put(engine, dict(enumerate(data.draw(st.lists(documents, min_size=30, max_size=30)))))
    put(engine, {id: data.draw(documents) for id in steady if id >= 30})
    expected = [id for id in ids(engine, replace(ORDERS[order], size=100)) if id in steady]
    assert len(expected) == len(steady)
    seen: list[int] = []
    request, version = replace(ORDERS[order], size=4), 1
    while version < 100 and (hits := engine.search(SCHEMA, request).hits):
        seen += [hit.id for hit in hits]
        request = replace(request, after=Position(hits[-1].sort_key, hits[-1].id))
        version += 1
        last_met = hits[-1].id
        changing = {last_met, *data.draw(st.sets(st.integers(0, 41), max_size=6))} - set(steady)
        changes = [Write(id, version, data.draw(st.none() | documents)) for id in sorted(changing)]
        assert engine.write(SCHEMA, changes, refresh=True).failed == {}
    assert [id for id in seen if id in steady] == expected


def test_a_changed_mapping_is_due(engine: SearchEngine) -> None:
    assert engine.status(SCHEMA).due
    engine.ensure(SCHEMA)
    assert not engine.status(SCHEMA).due
    assert engine.status(replace(SCHEMA, fields=SCHEMA.fields[:-1])).due
    assert engine.status(replace(SCHEMA, revision="other words")).due


def test_no_index_is_said(engine: SearchEngine) -> None:
    with pytest.raises(IndexMissing):
        engine.search(SCHEMA, ALL)
    with pytest.raises(IndexMissing):
        engine.write(SCHEMA, [Write(1, 1, {"size": 1})])
    with pytest.raises(IndexMissing):
        list(engine.versions(SCHEMA))
    status = engine.status(SCHEMA)
    assert (status.exists, status.live, status.documents) == (False, None, 0)


@pytest.mark.parametrize(
    "request_",
    [
        Request(Terms("shape", ("round",))),
        Request(Terms("size", ("1",))),
        Request(Range("colour", 1, 2)),
        Request(Covers("price", 1)),
        Request(sort=Sort("tags")),
        Request(weights=(Weighted(All(), 0),)),
        Request(facets=(Facet("a", "colour"), Facet("a", "tags"))),
        Request(fetch=("colour",)),
        Request(size=10_001),
    ],
)
def test_a_request_that_does_not_suit_the_schema_is_refused(engine: SearchEngine, request_: Request) -> None:
    engine.ensure(SCHEMA)
    with pytest.raises(BadQuery):
        engine.search(SCHEMA, request_)


def test_an_unreachable_elasticsearch_is_unavailable(segmenter: Segmenter, search_prefix: str) -> None:
    away = ElasticEngine("http://127.0.0.1:1", search_prefix, segmenter, timeout_seconds=1.0)
    with pytest.raises(SearchUnavailable):
        away.search(SCHEMA, ALL)
    assert not away.health().ok
    away.close()
