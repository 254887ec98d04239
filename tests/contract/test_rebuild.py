"""A rebuild on every engine: writes go on, readers see a whole index at every moment, a crash leaves nothing behind."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from search.port import IndexMissing, RebuildLost, SearchEngine, Write
from search.query import All, Covers, Exists, Facet, Not, Range, Request, Sort, Terms, Weighted
from search.schema import Document
from tests.contract.conftest import Site
from tests.contract.reading import ids, put
from tests.contract.strategies import SCHEMA


class Reader:
    """Asks for the total, over and over, in a thread of its own."""

    def __init__(self, engine: SearchEngine) -> None:
        self.totals: set[int] = set()
        self.failures: list[Exception] = []
        self._engine = engine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                self.totals.add(self._engine.search(SCHEMA, Request(size=1)).total)
            except Exception as reason:
                self.failures.append(reason)


def test_a_rebuild_takes_writes_and_swaps_without_an_empty_moment(
    engine: SearchEngine, new_engine: Callable[[], SearchEngine]
) -> None:
    engine.ensure(SCHEMA)
    put(engine, {id: {"size": 1} for id in range(20)})
    with Reader(new_engine()) as reader:
        before = engine.status(SCHEMA).live
        built = engine.start_rebuild(SCHEMA)
        assert engine.status(SCHEMA).building == built
        put(engine, {3: {"size": 2}}, version=2)
        assert engine.load(SCHEMA, [Write(id, 1, {"size": 1}) for id in range(20)]).stale == 1
        assert engine.finish_rebuild(SCHEMA) == built != before
    assert (reader.totals, reader.failures) == ({20}, [])
    status = engine.status(SCHEMA)
    assert (status.live, status.building, status.documents, status.due) == (built, None, 20, False)
    assert dict(engine.versions(SCHEMA))[3] == 2


class Writer:
    """Writes one document after the other, each version of it above the one before, in a thread of its own. `versions`
    is the truth, as the database is: it has a version before the engine gets it."""

    def __init__(self, engine: SearchEngine, ids: int) -> None:
        self.versions: dict[int, int] = {}
        self.failures: list[object] = []
        self._engine = engine
        self._ids = ids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            id, version = number % self._ids, 2 + number // self._ids
            self.versions[id] = version
            try:
                report = self._engine.write(SCHEMA, [Write(id, version, {"size": 2, "colour": "red"})])
                self.failures += [report] if report.written != 1 else []
            except Exception as reason:
                self.failures.append(reason)
            number += 1


def test_searches_and_writes_under_way_outlive_swap_after_swap(engine: SearchEngine, site: Site) -> None:
    first_versions = dict.fromkeys(range(500), 1)
    engine.ensure(SCHEMA)
    engine.write(SCHEMA, [Write(id, 1, {"size": 1}) for id in first_versions], refresh=True)
    with (
        Reader(site.new_engine()) as first,
        Reader(site.new_engine()) as second,
        Writer(site.new_engine(), 30) as writer,
    ):
        for _ in range(6):
            engine.start_rebuild(SCHEMA)
            truth = first_versions | writer.versions
            engine.load(SCHEMA, [Write(id, version, {"size": 1}) for id, version in truth.items()])
            engine.finish_rebuild(SCHEMA)
    assert (first.totals | second.totals, first.failures + second.failures) == ({500}, [])
    assert writer.failures == []
    assert dict(engine.versions(SCHEMA)) == first_versions | writer.versions
    assert len(site.indexes()) == 1


def test_batches_written_while_the_load_runs_are_all_there_afterwards(site: Site) -> None:
    """The loader hands out what it read before the writes; a writer in another process is always quicker."""
    chance = random.Random(5)
    loader, writer = site.new_engine(), site.new_engine()
    loader.ensure(SCHEMA)
    truth: dict[int, tuple[int, Document | None]] = {id: (1, {"size": 0}) for id in range(5_000)}
    loader.write(SCHEMA, [Write(id, version, one) for id, (version, one) in truth.items()], refresh=True)

    def writes() -> Iterator[Write]:
        snapshot = dict(truth)
        for number, (id, (version, document)) in enumerate(snapshot.items()):
            if number % 500 == 0:
                batch(number)
            yield Write(id, version, document)

    def batch(number: int) -> None:
        changed = chance.sample(range(5_200), 40)
        for id in changed:
            version, _ = truth.get(id, (0, None))
            truth[id] = (version + 1, None if chance.random() < 0.3 else {"size": 1 + number})
        report = writer.write(SCHEMA, [Write(id, *truth[id]) for id in changed])
        assert (report.written, report.failed) == (len(changed), {})

    loader.start_rebuild(SCHEMA)
    batch(1)
    report = loader.load(SCHEMA, writes())
    batch(2)
    assert report.failed == {}
    assert report.stale > 0
    loader.finish_rebuild(SCHEMA)
    assert dict(writer.versions(SCHEMA)) == {id: version for id, (version, one) in truth.items() if one is not None}
    new = {id for id, (_, one) in truth.items() if one is not None and one["size"]}
    assert set(ids(writer, Request(Range("size", 1, None), size=10_000))) == new
    batch(3)
    assert writer.status(SCHEMA).documents == sum(one is not None for _, one in truth.values())


def test_a_rebuild_left_by_a_crash_is_dropped_and_its_process_cannot_go_on(site: Site) -> None:
    crashed, engine = site.new_engine(), site.new_engine()
    crashed.ensure(SCHEMA)
    put(crashed, {7: {"size": 7}})
    live = crashed.status(SCHEMA).live
    left = crashed.start_rebuild(SCHEMA)
    crashed.load(SCHEMA, [Write(1, 1, {"size": 1})])
    assert site.indexes() == {live, left}
    built = engine.start_rebuild(SCHEMA)
    assert site.indexes() == {live, built}
    assert built != left
    for _ in range(2):
        with pytest.raises(RebuildLost):
            crashed.load(SCHEMA, [Write(2, 1, {"size": 2})])
        with pytest.raises(RebuildLost):
            crashed.finish_rebuild(SCHEMA)
    engine.load(SCHEMA, [Write(3, 1, {"size": 3})])
    assert engine.finish_rebuild(SCHEMA) == built
    assert (ids(engine), ids(crashed)) == ([3], [3])
    assert site.indexes() == {built}
    with pytest.raises(RebuildLost):
        crashed.finish_rebuild(SCHEMA)
    with pytest.raises(RebuildLost):
        engine.load(SCHEMA, [])
    with pytest.raises(RebuildLost):
        engine.finish_rebuild(SCHEMA)


def test_a_rebuild_that_is_taken_over_while_it_loads_learns_of_it(site: Site) -> None:
    first, second = site.new_engine(), site.new_engine()
    first.ensure(SCHEMA)
    first.start_rebuild(SCHEMA)

    def writes() -> Iterator[Write]:
        second.start_rebuild(SCHEMA)
        yield Write(1, 1, {"size": 1})

    with pytest.raises(RebuildLost):
        first.load(SCHEMA, writes())
    second.finish_rebuild(SCHEMA)
    assert ids(second) == []


def test_an_abandoned_rebuild_leaves_the_live_index_as_it_was(site: Site) -> None:
    engine = site.new_engine()
    engine.ensure(SCHEMA)
    put(engine, {1: {"size": 1}})
    live = engine.status(SCHEMA).live
    engine.start_rebuild(SCHEMA)
    put(engine, {2: {"size": 2}})
    engine.abandon_rebuild(SCHEMA)
    assert site.indexes() == {live}
    assert (ids(engine), engine.status(SCHEMA).building) == ([1, 2], None)
    with pytest.raises(RebuildLost):
        engine.load(SCHEMA, [Write(3, 1, {"size": 3})])
    put(engine, {1: {"size": 9}}, version=2)
    assert ids(engine, Request(Range("size", 9, 9))) == [1]
    engine.abandon_rebuild(SCHEMA)  # nothing runs: nothing happens


def test_dropping_leaves_nothing(site: Site) -> None:
    engine = site.new_engine()
    engine.ensure(SCHEMA)
    put(engine, {1: {"size": 1}})
    engine.start_rebuild(SCHEMA)
    engine.drop(SCHEMA)
    assert site.indexes() == set()
    with pytest.raises(IndexMissing):
        ids(engine)
    engine.ensure(SCHEMA)
    assert ids(engine) == []


def test_an_index_of_an_older_mapping_takes_and_answers_what_it_has_fields_for(site: Site) -> None:
    older = replace(
        SCHEMA, fields=tuple(one for one in SCHEMA.fields if one.name not in ("colour", "names", "span", "note"))
    )
    engine = site.new_engine()
    engine.ensure(older)
    engine.write(older, [Write(1, 1, {"size": 1, "tags": ["x"]})], refresh=True)
    put(engine, {2: {"size": 2, "colour": "red", "span": (1, 2), "note": "n"}})
    assert engine.status(SCHEMA).due
    assert ids(engine) == [1, 2]
    assert ids(engine, Request(Terms("tags", ("x",)))) == [1]
    for request in (
        Request(Terms("colour", ("red",))),
        Request(Not(Covers("span", 1))),
        Request(weights=(Weighted(Exists("colour"), 1),)),
        Request(facets=(Facet("colours", "colour"),)),
        Request(sort=Sort("colour")),
        Request(fetch=("note",)),
    ):
        with pytest.raises(IndexMissing):
            engine.search(SCHEMA, request)
    with pytest.raises(IndexMissing):
        engine.suggest(SCHEMA, "names", "r", filter=All())
    engine.start_rebuild(SCHEMA)
    put(engine, {3: {"size": 3, "colour": "red"}})
    engine.load(SCHEMA, [Write(1, 1, {"size": 1}), Write(2, 1, {"size": 2, "colour": "red"})])
    engine.finish_rebuild(SCHEMA)
    assert ids(engine, Request(Terms("colour", ("red",)))) == [2, 3]
    assert not engine.status(SCHEMA).due


def test_a_swap_to_a_new_mapping_leaves_no_document_without_its_new_fields(engine: SearchEngine, site: Site) -> None:
    older = replace(SCHEMA, fields=tuple(one for one in SCHEMA.fields if one.name != "colour"))
    for _ in range(6):
        engine.drop(SCHEMA)
        engine.ensure(older)
        with Writer(site.new_engine(), 1_000_000) as writer:
            engine.start_rebuild(SCHEMA)
            truth = dict(writer.versions)
            engine.load(SCHEMA, [Write(id, version, {"colour": "red"}) for id, version in truth.items()])
            engine.finish_rebuild(SCHEMA)
        assert writer.failures == []
        assert engine.status(SCHEMA).documents == len(writer.versions)
        assert ids(engine, Request(Terms("colour", ("red",)), size=10_000)) == list(writer.versions)


def test_of_several_processes_one_makes_the_first_index(site: Site) -> None:
    several = [site.new_engine() for _ in range(4)]
    failures: list[Exception] = []

    def ensure(engine: SearchEngine) -> None:
        try:
            engine.ensure(SCHEMA)
        except Exception as reason:
            failures.append(reason)

    threads = [threading.Thread(target=ensure, args=(engine,)) for engine in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(site.indexes()) == 1
    put(several[0], {1: {"size": 1}})
    assert ids(several[-1]) == [1]
    several[1].ensure(SCHEMA)
    assert ids(several[1]) == [1]
