"""Every engine keeps the contract of `search.port`, and answers as the reference evaluator does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.elastic import ElasticEngine
from search.port import BadQuery, IndexMissing, SearchEngine, SearchUnavailable, Write
from search.query import Everything, Position, Request, Sort, Terms
from search.schema import Document
from search.text import Segmenter
from tests.contract import reference
from tests.contract.strategies import SCHEMA, documents, requests

ALL = Request(size=100)


def ids(engine: SearchEngine, request: Request = ALL) -> list[int]:
    return [hit.id for hit in engine.search(SCHEMA, request).hits]


def put(engine: SearchEngine, found: dict[int, Document], version: int = 1) -> None:
    report = engine.write(SCHEMA, [Write(id, version, one) for id, one in found.items()], refresh=True)
    assert (report.written, report.stale, report.failed) == (len(found), 0, {})


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@pytest.mark.parametrize("sort", [None, Sort("size"), Sort("size", descending=True)])
def test_pages_stay_stable_while_documents_come_and_go(engine: SearchEngine, sort: Sort | None) -> None:
    engine.ensure(SCHEMA)
    put(engine, {id: {"size": id % 3} for id in range(0, 60, 2)})
    seen: list[int] = []
    request = Request(sort=sort, size=4)
    step = 0
    while hits := engine.search(SCHEMA, request).hits:
        seen += [hit.id for hit in hits]
        request = replace(request, after=Position(hits[-1].sort_key, hits[-1].id))
        put(engine, {2 * step + 1: {"size": step % 3}})
        gone = [Write(hits[-1].id, 2, None), Write(hits[0].id, 2, {"size": 9})] if step == 0 else []
        assert engine.write(SCHEMA, gone, refresh=True).stale == 0
        step += 1
    unchanged = [id for id in seen if id % 2 == 0]
    assert set(unchanged) == set(range(0, 60, 2))
    first = {seen[0], seen[3]}
    assert len([id for id in unchanged if id not in first]) == 28


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


def test_suggestions_obey_the_filter(engine: SearchEngine) -> None:
    engine.ensure(SCHEMA)
    put(engine, {1: {"colour": "red", "size": 1}, 2: {"colour": "re", "tags": ["x"]}, 3: {"colour": "re"}})
    assert engine.suggest(SCHEMA, "colour", "re", filter=Everything()) == ("re", "red")
    assert engine.suggest(SCHEMA, "colour", "re", filter=Terms("tags", ("x",))) == ("re",)


def test_a_rebuild_takes_writes_and_swaps_without_an_empty_moment(
    engine: SearchEngine, new_engine: Callable[[], SearchEngine]
) -> None:
    engine.ensure(SCHEMA)
    put(engine, {id: {"size": 1} for id in range(20)})
    reader, stop = new_engine(), threading.Event()
    totals: set[int] = set()
    failures: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                totals.add(reader.search(SCHEMA, Request(size=1)).total)
            except Exception as reason:
                failures.append(reason)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        before = engine.status(SCHEMA).live
        built = engine.start_rebuild(SCHEMA)
        put(engine, {3: {"size": 2}}, version=2)
        assert engine.load(SCHEMA, [Write(id, 1, {"size": 1}) for id in range(20)]).stale == 1
        assert engine.finish_rebuild(SCHEMA) == built != before
    finally:
        stop.set()
        thread.join()
    assert (totals, failures) == ({20}, [])
    status = engine.status(SCHEMA)
    assert (status.live, status.building, status.documents, status.due) == (built, None, 20, False)
    assert dict(engine.versions(SCHEMA))[3] == 2


def test_a_rebuild_left_by_a_crash_is_dropped(new_engine: Callable[[], SearchEngine]) -> None:
    crashed, engine = new_engine(), new_engine()
    crashed.ensure(SCHEMA)
    left = crashed.start_rebuild(SCHEMA)
    crashed.load(SCHEMA, [Write(1, 1, {"size": 1})])
    built = engine.start_rebuild(SCHEMA)
    assert built != left
    assert engine.finish_rebuild(SCHEMA) == built
    assert ids(engine) == []


def test_a_changed_mapping_is_due(engine: SearchEngine) -> None:
    assert engine.status(SCHEMA).due
    engine.ensure(SCHEMA)
    assert not engine.status(SCHEMA).due
    assert engine.status(replace(SCHEMA, fields=SCHEMA.fields[:-1])).due


def test_no_index_and_unknown_fields_are_said(engine: SearchEngine) -> None:
    with pytest.raises(IndexMissing):
        engine.search(SCHEMA, ALL)
    with pytest.raises(IndexMissing):
        engine.write(SCHEMA, [Write(1, 1, {"size": 1})])
    engine.ensure(SCHEMA)
    with pytest.raises(BadQuery):
        engine.search(SCHEMA, Request(Terms("shape", ("round",))))


def test_an_unreachable_elasticsearch_is_unavailable(segmenter: Segmenter, search_prefix: str) -> None:
    away = ElasticEngine("http://127.0.0.1:1", search_prefix, segmenter, timeout_seconds=1.0)
    with pytest.raises(SearchUnavailable):
        away.search(SCHEMA, ALL)
    assert not away.health().ok
    away.close()
