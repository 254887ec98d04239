"""What a search engine must do. Two adapters do it: `search.embedded` (tantivy) and `search.elastic`.

An index is named by its schema. Behind the name stands one live versioned index and, during a rebuild, a second one
that receives the same writes. Versions are whole numbers that the database gives: a write with a version below the
stored one is dropped, so late writes never overwrite newer ones; an equal version overwrites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from search.query import Query, Request
from search.schema import Document, Schema


class SearchError(Exception):
    """Base of everything that an engine raises. `code` is stable and appears in API problems."""

    code = "search_error"
    status = 500


class SearchUnavailable(SearchError):
    """The engine cannot be reached or did not answer in time."""

    code = "search_unavailable"
    status = 503


class IndexMissing(SearchError):
    """No index of that name is live: `manage.py search rebuild` makes it."""

    code = "index_missing"
    status = 503


class RebuildLost(SearchError):
    """The index being built is not the one that this engine started: another rebuild began meanwhile, or none runs."""

    code = "rebuild_lost"
    status = 409


class BadQuery(SearchError):
    """The request names a field that the schema lacks, or uses it against its kind."""

    code = "bad_query"
    status = 500


@dataclass(frozen=True, slots=True)
class Write:
    """Put `document` under `id`, or delete it where `document` is None.

    `id` and `version` are not negative. `routing` keeps an id on one shard: it must never change for an id.
    """

    id: int
    version: int
    document: Document | None
    routing: str | None = None


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of each write. `stale` counts those dropped because a newer version was there; `failed` maps ids to
    the reason: a document that does not fit its schema, or the engine's own refusal. The other writes are applied."""

    written: int
    stale: int = 0
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """`sort_key` and `id` make the Position after this hit. `stored` holds the STORED fields that were asked for."""

    id: int
    score: float
    sort_key: float | int | str | None
    stored: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """`total` is exact unless the request bounded it. `facets`: facet name → key → count, most common first and then
    by key; the buckets of an INTEGER facet in the order asked, empty ones included."""

    hits: tuple[Hit, ...]
    total: int
    facets: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """`due` says that a rebuild is due: the live index was made for another mapping or dictionary than today's, or
    there is none."""

    name: str
    exists: bool
    live: str | None
    building: str | None
    documents: int
    due: bool


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    engine: str
    detail: str


class SearchEngine(Protocol):
    name: str

    def health(self) -> Health: ...

    def status(self, schema: Schema) -> IndexStatus: ...

    def ensure(self, schema: Schema) -> None:
        """Make an empty live index where none is."""

    def write(self, schema: Schema, writes: Sequence[Write], *, refresh: bool = False) -> WriteReport:
        """Apply writes to the live index and to the one being built. `refresh`: visible to searches on return."""

    def search(self, schema: Schema, request: Request) -> Page: ...

    def suggest(self, schema: Schema, field: str, typed: str, *, filter: Query, size: int = 8) -> tuple[str, ...]:
        """Names of a NAMES field that `typed` begins, or a word in them, among documents that `filter` admits.

        Case, width and accents do not count; `search.names` says where words begin. The most common first, then by
        what follows the typed, folded, then by name."""

    def versions(self, schema: Schema) -> Iterator[tuple[int, int]]:
        """Every (id, version) of the live index, by ascending id."""

    def start_rebuild(self, schema: Schema) -> str:
        """Make a new empty index for today's mapping beside the live one; from now on writes reach both. Returns its
        name. A rebuild left over from a crash is dropped first."""

    def load(self, schema: Schema, writes: Iterable[Write]) -> WriteReport:
        """Bulk-load the index being built only."""

    def finish_rebuild(self, schema: Schema) -> str:
        """Swap the live name to the built index in one step and drop the old one. Returns the live index's name.
        Raises RebuildLost, as `load` does, where another rebuild took over."""

    def abandon_rebuild(self, schema: Schema) -> None: ...

    def drop(self, schema: Schema) -> None:
        """Remove the live index and any rebuild of it."""

    def close(self) -> None: ...
