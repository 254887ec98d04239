"""The engine inside the process, on tantivy: one folder, nothing to start. A cache that can always be rebuilt.

Every write is committed before it is acknowledged, so a search that begins afterwards sees it, in any process.
A deleted document leaves a marker with its version behind until the next rebuild, so that a late write stays out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import tantivy

from search.checks import Change, check_request, check_suggestion, fields_of, fields_of_request, prepare
from search.embedded_facets import count_facets, count_matches
from search.embedded_order import Found, Order, Ordered
from search.embedded_query import HIGH, LOW, Compiler
from search.embedded_store import Pointer, Store, fingerprint_of
from search.names import completed
from search.port import (
    Health,
    Hit,
    IndexMissing,
    IndexStatus,
    Page,
    RebuildLost,
    SearchError,
    SearchUnavailable,
    Write,
    WriteReport,
)
from search.query import All, Everything, Query, Request
from search.schema import FieldKind, Schema
from search.text import Segmenter

_WRITER_BYTES, _LOADER_BYTES = 32_000_000, 128_000_000  # memory of one writer thread
_LOADER_THREADS = 2
_CHUNK = 20_000  # documents loaded under one lock: other writers wait less than a second
_SWAPS_SEEN = 5  # times that a reader looks again when the index is swapped away under it
_VERSIONS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class _View:
    """What searches see now: the live index as of its last commit."""

    name: str
    stamp: tuple[int, ...]
    index: tantivy.Index
    searcher: tantivy.Searcher
    fields: frozenset[str]


class EmbeddedEngine:
    """A `SearchEngine`; safe to share between threads, and its folder between processes of one machine."""

    def __init__(
        self, folder: Path, prefix: str, segmenter: Segmenter, *, name: str = "embedded", lock_seconds: float = 30.0
    ) -> None:
        self.name = name
        self._segmenter = segmenter
        self._store = Store(folder, prefix, lock_seconds)
        self._views: dict[str, _View] = {}
        self._opening = threading.Lock()
        self._started: dict[str, str] = {}

    # what is there

    def health(self) -> Health:
        try:
            self._store.check_writable()
        except OSError as reason:
            return Health(False, self.name, f"the index folder cannot be used: {reason}")
        return Health(True, self.name, f"tantivy {version('tantivy')}")

    def status(self, schema: Schema) -> IndexStatus:
        with self._errors():
            pointer = self._store.pointer(schema)
            documents, due = 0, True
            if pointer.live is not None:
                due = fingerprint_of(pointer.live) != schema.fingerprint
                try:
                    view = self._view(schema)
                    documents = count_matches(view.searcher, self._compiler(schema, view).matching(Everything()))
                except IndexMissing:  # written by another release of tantivy
                    due = True
            return IndexStatus(schema.name, pointer.live is not None, pointer.live, pointer.building, documents, due)

    def versions(self, schema: Schema) -> Iterator[tuple[int, int]]:
        with self._errors():
            view = self._view(schema)
            compiler = self._compiler(schema, view)
            order = Order(view.searcher, compiler, schema)
            after: int | None = -1
            while after is not None:
                found = order.by_id(compiler.matching(Everything()), _VERSIONS_AT_ONCE, after).hits
                versions = view.searcher.fast_field_values("doc_version", [one.address for one in found])
                yield from ((one.id, int(number or 0)) for one, number in zip(found, versions, strict=True))
                after = found[-1].id if found else None

    # searching

    def search(self, schema: Schema, request: Request) -> Page:
        check_request(schema, request)
        with self._errors():
            view = self._view(schema)
            self._require(schema, view, fields_of_request(request))
            compiler = self._compiler(schema, view)
            filters = (request.filter,) if request.text is None else (request.filter, request.text)
            chosen = tuple(facet.selected for facet in request.facets if facet.selected is not None)
            matching = compiler.matching(All((*filters, *chosen)))
            ordered = _ordered(Order(view.searcher, compiler, schema), compiler, matching, request)
            total = ordered.total
            if request.count_up_to == 0:
                total = 0
            elif total is None:
                total = count_matches(view.searcher, matching)
            return Page(
                tuple(_hit(view.searcher, one, request) for one in ordered.hits),
                total if request.count_up_to is None else min(total, request.count_up_to),
                count_facets(view.searcher, compiler, All(filters), matching, request.facets),
            )

    def suggest(self, schema: Schema, field: str, typed: str, *, filter: Query, size: int = 8) -> tuple[str, ...]:
        check_suggestion(schema, field, filter)
        with self._errors():
            view = self._view(schema)
            self._require(schema, view, fields_of((filter,)) | {field})
            matching = self._compiler(schema, view).matching(filter)

            def ask(prefix: str, limit: int) -> list[str]:
                return [entry for entry, _count in view.searcher.terms_with_prefix(field, prefix, matching, limit)]

            return completed(typed, size, ask)

    # writing

    def ensure(self, schema: Schema) -> None:
        with self._errors(), self._store.lock(schema):
            pointer = self._store.pointer(schema)
            if pointer.live is None:
                self._store.point(schema, Pointer(self._store.create(schema), pointer.building))

    def write(self, schema: Schema, writes: Sequence[Write], *, refresh: bool = False) -> WriteReport:
        """Visible to searches on return, asked for or not."""
        changes, failed = prepare(schema, writes, self._segmenter)
        with self._errors(), self._store.lock(schema):
            pointer = self._store.pointer(schema)
            if pointer.live is None:
                raise _no_index(schema)
            if pointer.building is not None:
                self._apply(schema, pointer.building, changes, _WRITER_BYTES, 1)
            written, stale = self._apply(schema, pointer.live, changes, _WRITER_BYTES, 1)
            return WriteReport(written, stale, failed)

    def start_rebuild(self, schema: Schema) -> str:
        with self._errors(), self._store.lock(schema):
            name = self._store.create(schema)
            self._store.point(schema, Pointer(self._store.pointer(schema).live, name))
            self._started[schema.name] = name
            return name

    def load(self, schema: Schema, writes: Iterable[Write]) -> WriteReport:
        written = stale = 0
        failed: dict[int, str] = {}
        rest = iter(writes)
        with self._errors(), self._store.lock(schema):
            self._building(schema)
        while chunk := list(islice(rest, _CHUNK)):
            changes, unfit = prepare(schema, chunk, self._segmenter)
            failed |= unfit
            with self._errors(), self._store.lock(schema):
                _, name = self._building(schema)
                applied = self._apply(schema, name, changes, _LOADER_BYTES, _LOADER_THREADS)
            written, stale = written + applied[0], stale + applied[1]
        return WriteReport(written, stale, failed)

    def finish_rebuild(self, schema: Schema) -> str:
        with self._errors(), self._store.lock(schema):
            _, name = self._building(schema)
            self._store.point(schema, Pointer(name))
            del self._started[schema.name]
            return name

    def abandon_rebuild(self, schema: Schema) -> None:
        with self._errors(), self._store.lock(schema):
            pointer = self._store.pointer(schema)
            if pointer.building is not None:
                self._store.point(schema, Pointer(pointer.live))
            self._started.pop(schema.name, None)

    def drop(self, schema: Schema) -> None:
        with self._errors(), self._store.lock(schema):
            self._store.drop(schema)
            self._views.pop(schema.name, None)

    def close(self) -> None:
        self._views.clear()

    # inner workings

    def _view(self, schema: Schema) -> _View:
        view = self._views.get(schema.name)
        if view is not None:
            try:
                if self._store.stamp(schema, view.name) == view.stamp:
                    return view
            except FileNotFoundError:
                pass
        with self._opening:
            return self._open_view(schema, view)

    def _open_view(self, schema: Schema, view: _View | None) -> _View:
        for attempt in range(_SWAPS_SEEN):
            name = self._store.pointer(schema).live
            if name is None:
                raise _no_index(schema)
            try:
                stamp = self._store.stamp(schema, name)  # before the reload: a commit in between shows next time
                same = view is not None and view.name == name
                index = view.index if view is not None and same else self._store.open(name)
                index.reload()
                fields = view.fields if view is not None and same else self._store.fields(name)
            except (FileNotFoundError, ValueError, IndexMissing):
                if attempt == _SWAPS_SEEN - 1 and self._store.path(name).exists():
                    raise
                continue
            self._views[schema.name] = fresh = _View(name, stamp, index, index.searcher(), fields)
            return fresh
        raise _no_index(schema)

    def _compiler(self, schema: Schema, view: _View) -> Compiler:
        return Compiler(schema, view.index.schema, self._segmenter)

    def _require(self, schema: Schema, view: _View, fields: frozenset[str]) -> None:
        """An index of an older mapping answers only what it can answer rightly."""
        if fingerprint_of(view.name) == schema.fingerprint:
            return
        lacking = sorted(name for name in fields if not {name, name + LOW} & view.fields)
        if lacking:
            raise IndexMissing(f"index {view.name} was made without {lacking[0]}; run: manage.py search rebuild")

    def _building(self, schema: Schema) -> tuple[Pointer, str]:
        pointer = self._store.pointer(schema)
        started = self._started.get(schema.name)
        if started is None or pointer.building != started:
            raise RebuildLost(f"the rebuild of {schema.name} that this engine started is no longer the one under way")
        return pointer, started

    def _apply(
        self, schema: Schema, name: str, changes: Sequence[Change], heap_bytes: int, threads: int
    ) -> tuple[int, int]:
        """Commits the changes that are not older than what the index holds. Returns (written, stale)."""
        index = self._store.open(name)
        fields = self._store.fields(name)
        stored = _stored_versions(index, [change.id for change in changes])
        latest: dict[int, Change] = {}
        stale = 0
        for change in changes:
            known = latest[change.id].version if change.id in latest else stored.get(change.id, -1)
            if change.version < known:
                stale += 1
            else:
                latest[change.id] = change
        if latest:
            mapping = index.schema
            writer = index.writer(heap_bytes, threads)
            try:
                for id, change in latest.items():
                    if id in stored:
                        writer.delete_documents_by_term("pk", id)
                    writer.add_document(tantivy.Document.from_dict(index_row(schema, change, fields), mapping))
                writer.commit()
            finally:
                writer.wait_merging_threads()
        return len(changes) - stale, stale

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as reason:
            raise SearchUnavailable(f"the embedded index cannot be read or written: {reason}") from reason
        except ValueError as reason:
            raise SearchError(f"tantivy refused: {reason}") from reason


def _no_index(schema: Schema) -> IndexMissing:
    return IndexMissing(f"no index of {schema.name} is live; run: manage.py search rebuild")


def _ordered(order: Order, compiler: Compiler, matching: tantivy.Query, request: Request) -> Ordered:
    if request.size == 0:
        return Ordered([], None)
    if request.sort is not None:
        return order.by_field(matching, request.sort, request.size, request.after)
    if request.weights or request.text is not None:
        scored = compiler.scored(matching, request.text, request.weights)
        return order.by_score(scored, request.size, request.after)
    return order.by_id(matching, request.size, request.after.id if request.after is not None else None)


def _hit(searcher: tantivy.Searcher, one: Found, request: Request) -> Hit:
    stored: dict[str, str] = {}
    if request.fetch:
        values = searcher.doc(one.address).to_dict()
        stored = {name: values[name][0].decode() for name in request.fetch if name in values}
    score = float(one.key or 0) if request.sort is None else 0.0
    return Hit(one.id, score, one.key, stored)


def _stored_versions(index: tantivy.Index, ids: Sequence[int]) -> dict[int, int]:
    """The versions of the documents and deletion markers that the index holds of `ids`."""
    searcher = index.searcher()
    if not ids or searcher.num_docs == 0:
        return {}
    wanted = list(dict.fromkeys(ids))
    asked = tantivy.Query.const_score_query(tantivy.Query.term_set_query(index.schema, "pk", wanted), 0.0)
    addresses = [address for _, address in searcher.search(asked, len(wanted), False).hits]
    found = searcher.fast_field_values("pk", addresses)
    versions = searcher.fast_field_values("doc_version", addresses)
    return {int(id or 0): int(number or 0) for id, number in zip(found, versions, strict=True)}


def index_row(schema: Schema, change: Change, fields: frozenset[str]) -> dict[str, object]:
    """The tantivy document; fields that an older mapping lacks are left out."""
    row: dict[str, object] = {"pk": change.id, "doc_version": change.version}
    if change.document is None:
        return row
    row["alive"] = "1"
    for name, value in change.document.items():
        if isinstance(value, tuple):
            if name + LOW in fields:
                row[name + LOW], row[name + HIGH] = value
        elif name in fields:
            stored = schema.field(name).kind is FieldKind.STORED
            row[name] = str(value).encode() if stored else value
    return row
