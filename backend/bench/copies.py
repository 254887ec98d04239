"""Both engines loaded from the database at once: documents are built in worker processes, once for all engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection
from django.utils import timezone

from backend.bench.failure import BenchFailed
from backend.bench.market import Progress
from backend.bench.workers import Maker
from backend.indexing import documents, engines
from backend.indexing.documents import Setting, Unbuildable
from backend.indexing.rebuild import rebuild
from search.port import SearchEngine, Write
from search.schema import Document

_BUILT_AT_ONCE, _LOADED_AT_ONCE = 1_000, 20_000
_COPIES = """
    INSERT INTO indexing_copy (engine, kind, object_id, generation, done, changed_at, lease, leased_generation,
        copied_on, attempts, error)
    SELECT %s, 'need', id, 1, 1, %s, '', 1, %s, 0, '' FROM needs_need
"""
"""The outbox as a rebuild leaves it, in one statement a kind; table and columns are those of `Copy` and `Need`."""


@dataclass(frozen=True, slots=True)
class Span:
    """Needs with ids above `after`, up to `last`."""

    after: int
    last: int
    today: date


def copy_all(loaded: Sequence[SearchEngine], needs: int, *, today: date, maker: Maker, progress: Progress) -> None:
    """New indexes of all products and of the needs 1 … `needs` in each engine, and the outbox rows of both. Raises
    BenchFailed where a document is refused."""
    for engine in loaded:
        if rebuild(engine, "product", today=today).failed:
            raise BenchFailed(f"{engine.name} refused products")
    schema = engines.schema("need")
    for engine in loaded:
        engine.start_rebuild(schema)
    done = 0
    for writes in _in_chunks(built_needs(needs, today=today, maker=maker)):
        for engine in loaded:
            failed = engine.load(schema, writes).failed
            if failed:
                raise BenchFailed(f"{engine.name} refused {len(failed)} needs: {next(iter(failed.items()))}")
        done += len(writes)
        progress("documents", done, needs)
    for engine in loaded:
        engine.finish_rebuild(schema)
        with connection.cursor() as cursor:
            cursor.execute(_COPIES, [engine.name, timezone.now(), today])


def built_needs(needs: int, *, today: date, maker: Maker) -> Iterator[list[Write]]:
    spans = (Span(after, min(after + _BUILT_AT_ONCE, needs), today) for after in range(0, needs, _BUILT_AT_ONCE))
    for made in maker.each(documents_of, spans):
        yield [Write(id, 1, document) for id, document in made]


def documents_of(span: Span) -> list[tuple[int, Document]]:
    """By ascending id."""
    made = []
    found = documents.documents("need", range(span.after + 1, span.last + 1), _setting(span.today))
    for id, document in sorted(found.items()):
        if isinstance(document, Unbuildable):
            raise BenchFailed(f"need {id}: {document.reason}")
        made.append((id, document))
    return made


@lru_cache(maxsize=2)
def _setting(today: date) -> Setting:
    return documents.setting(today)


def _in_chunks(batches: Iterator[list[Write]]) -> Iterator[list[Write]]:
    chunk: list[Write] = []
    for batch in batches:
        chunk += batch
        if len(chunk) >= _LOADED_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
