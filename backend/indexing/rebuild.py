"""Rebuilding an index from the database while writes go on."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from backend.indexing import documents, engines, outbox
from backend.indexing.documents import Unbuildable
from backend.indexing.drift import Drift, drift, repair
from backend.indexing.models import Copy
from backend.indexing.services import drain
from search.port import SearchEngine, Write
from search.schema import Schema

_ROWS_AT_ONCE = 2000
_LONGEST_TRANSACTION = timedelta(minutes=15)
"""A delete whose transaction began so long before a rebuild may still have committed during it."""

log = structlog.get_logger(__name__)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`index`: the new live index's name. `failed`: id → reason of documents that could not be built or loaded; their
    outbox rows say the same. `repaired`: what the check after the swap found and marked."""

    index: str
    loaded: int
    failed: dict[int, str]
    repaired: Drift


@dataclass(slots=True)
class _Loaded:
    """Which generation of which document went into the new index, by ascending id; and what could not be built."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    generations: array[int] = field(default_factory=lambda: array("q"))
    failed: dict[int, str] = field(default_factory=dict)


def due(engine: SearchEngine, kind: str) -> bool:
    """There is no index, or it was made for another mapping, dictionary or pack. Raises SearchUnavailable."""
    return engine.status(engines.schema(kind)).due


def rebuild(
    engine: SearchEngine, kind: str, *, today: date | None = None, progress: Progress = lambda count: None
) -> Rebuilt:
    """Make a new index beside the live one, load it from the database, and swap. `progress` is told how many rows
    were read since it was last called.

    From `start_rebuild` on every drained write reaches both indexes; what the loader read before such a write carries
    the older generation and is dropped if it comes late. An engine may forget a delete before a late load, so what was
    deleted meanwhile is deleted once more, under a higher generation, before the swap; the drift check after it is the
    net. Raises SearchError, after which the live index is as it was.
    """
    schema = engines.schema(kind)
    day = today or timezone.localdate()
    loaded = _Loaded()
    since = timezone.now() - _LONGEST_TRANSACTION
    engine.start_rebuild(schema)
    try:
        report = engine.load(schema, _writes(engine.name, kind, day, loaded, progress))
        _delete_once_more(engine, schema, since)
        index = engine.finish_rebuild(schema)
    except BaseException:
        _abandon(engine, schema)
        raise
    failed = loaded.failed | report.failed
    _close(engine.name, kind, loaded, failed, day)
    found = drift(engine, kind, today=day)
    repair(engine, found)
    drain(engine, kind=kind, refresh=True, today=day)
    return Rebuilt(index, report.written, failed, found)


def _writes(engine: str, kind: str, today: date, loaded: _Loaded, progress: Progress) -> Iterator[Write]:
    """Every document by ascending id, each with a generation that was read before it."""
    where = documents.setting(today)
    after = 0
    while ids := documents.ids_after(kind, after, _ROWS_AT_ONCE):
        outbox.ensure_rows(engine, kind, ids, timezone.now())
        versions = outbox.generations(engine, kind, ids)
        built = documents.documents(kind, ids, where)
        for id in ids:
            document = built.get(id)
            if isinstance(document, Unbuildable):
                loaded.failed[id] = document.reason
            elif document is not None:
                loaded.ids.append(id)
                loaded.generations.append(versions[id])
                yield Write(id, versions[id], document)
        progress(len(ids))
        after = ids[-1]


def _delete_once_more(engine: SearchEngine, schema: Schema, since: datetime) -> None:
    rows = documents.without_row(schema.name, Copy.objects.filter(engine=engine.name, changed_at__gte=since))
    for chunk in outbox.batches(rows.order_by("object_id").values_list("object_id", flat=True), _ROWS_AT_ONCE):
        with transaction.atomic():
            outbox.upsert([engine.name], schema.name, chunk, timezone.now())
        versions = outbox.generations(engine.name, schema.name, chunk)
        engine.write(schema, [Write(id, versions[id], None) for id in chunk])


def _close(engine: str, kind: str, loaded: _Loaded, failed: dict[int, str], today: date) -> None:
    """What was loaded needs no copying, unless it has changed since."""
    for start in range(0, len(loaded.ids), _ROWS_AT_ONCE):
        ids = loaded.ids[start : start + _ROWS_AT_ONCE]
        versions = loaded.generations[start : start + _ROWS_AT_ONCE]
        generation_of = {id: version for id, version in zip(ids, versions, strict=True) if id not in failed}
        with transaction.atomic():
            rows = Copy.objects.filter(engine=engine, kind=kind, object_id__in=list(generation_of))
            held = rows.order_by("object_id").select_for_update().values_list("pk", "object_id", "generation")
            same = [pk for pk, id, generation in held if generation == generation_of[id]]
            Copy.objects.filter(pk__in=same).update(
                done=F("generation"), copied_on=today, lease="", lease_until=None, attempts=0, error=""
            )


def _abandon(engine: SearchEngine, schema: Schema) -> None:
    try:
        engine.abandon_rebuild(schema)
    except Exception as error:  # the first failure is the one to report; the next rebuild drops what is left
        log.warning("rebuild_not_abandoned", engine=engine.name, kind=schema.name, reason=str(error))
