"""Comparing an engine with the database, both streamed by ascending id, and marking what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils import timezone

from backend.eligibility.facts import years_in_business
from backend.indexing import documents, engines, outbox
from backend.indexing.models import Copy
from backend.needs.models import Need
from search.port import SearchEngine

_ROWS_AT_ONCE = 5000
_MARKED_AT_ONCE = 500
Progress = Callable[[int], None]


@dataclass(slots=True)
class Drift:
    """What differs though nothing is pending for it. `missing`: rows without a document. `behind`: documents older than
    their row says. `extra` and `ahead` map ids to the engine's version: documents without a row, and documents newer
    than the outbox knows (a database restored from a backup). `aged`: documents whose computed facts belong to another
    day. Documents with a pending outbox row are no drift; `pending` counts those."""

    engine: str
    kind: str
    checked: int = 0
    pending: int = 0
    missing: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    extra: dict[int, int] = field(default_factory=dict)
    ahead: dict[int, int] = field(default_factory=dict)
    aged: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.missing) + len(self.behind) + len(self.extra) + len(self.ahead) + len(self.aged)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the database and what the outbox knows of its copy; no generation: nothing."""

    id: int
    generation: int | None
    done: int
    copied_on: date | None

    @property
    def pending(self) -> bool:
        return self.generation is not None and self.done < self.generation


def drift(
    engine: SearchEngine, kind: str, *, today: date | None = None, progress: Progress = lambda count: None
) -> Drift:
    """Compare all of `kind`. `progress` is told how many rows were read since it was last called. Raises SearchError,
    IndexMissing among it where there is nothing to compare with."""
    found = Drift(engine.name, kind)
    day = today or timezone.localdate()
    held = engine.versions(engines.schema(kind))
    id, version = next(held, (None, 0))
    for row in _rows(engine.name, kind, progress):
        while id is not None and id < row.id:
            found.extra[id] = version
            id, version = next(held, (None, 0))
        present = id == row.id
        _compare(found, row, version if present else None)
        if present:
            id, version = next(held, (None, 0))
    while id is not None:
        found.extra[id] = version
        id, version = next(held, (None, 0))
    _settle_extra(found)
    if kind == "need":
        found.aged = list(aged_needs(engine.name, day))
    return found


def repair(engine: SearchEngine, found: Drift) -> int:
    """Mark everything in `found` to be copied once more, under a generation above the engine's. Returns the number."""
    now = timezone.now()
    for chunk in outbox.batches({*found.missing, *found.behind, *found.aged}, _MARKED_AT_ONCE):
        with transaction.atomic():
            outbox.upsert([engine.name], found.kind, chunk, now)
    above = {id: version + 1 for id, version in (found.extra | found.ahead).items()}
    for chunk in outbox.batches(above, _MARKED_AT_ONCE):
        with transaction.atomic():
            outbox.raise_to(engine.name, found.kind, {id: above[id] for id in chunk}, now)
    return found.total


def aged_needs(engine: str, today: date) -> Iterator[int]:
    """Needs whose copy was made on a day when the company had been in business for another number of years."""
    last = 0
    while True:
        copies = Copy.objects.filter(engine=engine, kind="need", object_id__gt=last, copied_on__lt=today)
        rows = dict(copies.order_by("object_id").values_list("object_id", "copied_on")[:_ROWS_AT_ONCE])
        if not rows:
            return
        founded = Need.objects.filter(pk__in=rows, company__founded_on__isnull=False)
        for id, day in founded.order_by("pk").values_list("pk", "company__founded_on"):
            if day and years_in_business(day, rows[id] or today) != years_in_business(day, today):
                yield id
        last = max(rows)


def mark_aged(engine: SearchEngine, today: date | None = None) -> int:
    """Have the needs copied anew whose computed facts changed by time alone; run it daily. Returns their number."""
    found = Drift(engine.name, "need", aged=list(aged_needs(engine.name, today or timezone.localdate())))
    return repair(engine, found)


def _rows(engine: str, kind: str, progress: Progress) -> Iterator[_Row]:
    after = 0
    while ids := documents.ids_after(kind, after, _ROWS_AT_ONCE):
        copies = Copy.objects.filter(engine=engine, kind=kind, object_id__in=ids)
        columns = copies.values_list("object_id", "generation", "done", "copied_on")
        known = {id: _Row(id, generation, done, copied_on) for id, generation, done, copied_on in columns}
        for id in ids:
            yield known.get(id) or _Row(id, None, 0, None)
        progress(len(ids))
        after = ids[-1]


def _compare(found: Drift, row: _Row, version: int | None) -> None:
    found.checked += 1
    if row.pending:
        found.pending += 1
        if version is not None and row.generation is not None and version > row.generation:
            found.ahead[row.id] = version
    elif version is None:
        found.missing.append(row.id)
    elif row.generation is None or version > row.generation:
        found.ahead[row.id] = version
    elif version < row.done:
        found.behind.append(row.id)


def _settle_extra(found: Drift) -> None:
    """Deletes that are pending are on their way, unless the engine holds a newer version than they carry."""
    for chunk in outbox.batches(found.extra, _ROWS_AT_ONCE):
        for id, generation in _pending_generations(found, chunk):
            if found.extra[id] <= generation:
                found.pending += 1
                del found.extra[id]


def _pending_generations(found: Drift, ids: Iterable[int]) -> list[tuple[int, int]]:
    rows = outbox.pending(found.engine, found.kind).filter(object_id__in=list(ids))
    return list(rows.values_list("object_id", "generation"))
