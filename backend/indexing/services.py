"""Marking what changed, and copying it to the engines.

A change and its outbox rows commit together; whoever drains may be killed at any point and somebody else goes on.
docs/explanation/truth-and-copies.md tells why nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from backend.indexing import documents, engines, outbox
from backend.indexing.documents import Setting, Unbuildable
from backend.indexing.drift import mark_aged
from backend.indexing.outbox import Leased
from search.port import IndexMissing, SearchEngine, SearchError, SearchUnavailable, Write
from search.schema import Schema
from workers.app import app as celery

DRAIN_TASK = "workers.tasks.drain_outbox"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """What one drain did: rows closed, rows that failed with the reason (by (kind, id)), and whether the engine went
    away before the end."""

    closed: int = 0
    failed: Mapping[tuple[str, int], str] = field(default_factory=dict)
    away: bool = False


def mark_changed(kind: str, ids: Iterable[int], *, wake: bool = True) -> None:
    """Note that documents changed, appeared or went, in the transaction that does it, for every engine.

    Raises OutsideTransaction elsewhere. After the commit the worker is woken, or without a broker the copying is done
    at once; neither can make the write fail. `wake=False`: a bulk import that is followed by a rebuild.
    """
    marked = outbox.upsert(engines.names(), kind, ids, timezone.now())
    if marked and wake:
        transaction.on_commit(_wake)


def _wake() -> None:
    try:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            drain_all()
        else:
            celery.send_task(DRAIN_TASK, retry=False)
    except Exception as error:  # the write is committed and stands; the outbox keeps what is to be copied
        log.warning("outbox_not_woken", reason=f"{type(error).__name__}: {error}")


def drain_all(*, limit: int | None = None, refresh: bool = True, today: date | None = None) -> dict[str, Drained]:
    """Drain every engine that is not resting after a failure. `refresh`: visible to searches on return. The first
    drain of a day also copies what that day alone has changed."""
    day = today or timezone.localdate()
    drained = {}
    for name in engines.names():
        if engines.breaker.resting(name):
            continue
        _age(name, day)
        drained[name] = drain(engines.engine(name), limit, refresh=refresh, today=day)
    return drained


def _age(name: str, day: date) -> None:
    """Once a day. The cache only spares the look: two looks, or one more after it forgot, do no harm."""
    key = f"indexing:aged:{name}:{settings.SEARCH_PREFIX}"
    if cache.get(key) != day:
        mark_aged(engines.engine(name), day)
        cache.set(key, day, timeout=None)


def drain(
    engine: SearchEngine,
    limit: int | None = None,
    *,
    kind: str | None = None,
    refresh: bool = False,
    now: datetime | None = None,
    today: date | None = None,
) -> Drained:
    """Copy up to `limit` pending documents (default: all that are due), of one `kind` or of all, to `engine`. Raises
    nothing of the engine's: a failure is noted at the rows and tried again later."""
    closed = 0
    failed: dict[tuple[str, int], str] = {}
    left = limit
    where: Setting | None = None
    while left is None or left > 0:
        moment = now or timezone.now()
        leased = outbox.lease(engine.name, min(settings.OUTBOX_BATCH, left or settings.OUTBOX_BATCH), moment, kind)
        if not leased:
            break
        where = where or documents.setting(today or timezone.localdate())
        try:
            reasons = _copy(engine, leased, where, refresh)
        except (SearchUnavailable, IndexMissing) as error:
            log.warning("engine_away", engine=engine.name, reason=str(error))
            engines.breaker.failed(engine.name)
            outbox.release(leased, f"{error.code}: {error}", moment)
            return Drained(closed, failed, away=True)
        closed += outbox.settle(leased, reasons, now=moment, today=where.today)
        failed |= {(row.kind, row.object_id): reasons[row.pk] for row in leased if row.pk in reasons}
        if left is not None:
            left -= len(leased)
    return Drained(closed, failed)


def _copy(engine: SearchEngine, leased: Sequence[Leased], where: Setting, refresh: bool) -> dict[int, str]:
    """Write the leased generations. Returns row → reason for those that failed."""
    failed: dict[int, str] = {}
    for kind in sorted({row.kind for row in leased}):
        rows = {row.object_id: row for row in leased if row.kind == kind}
        built = documents.documents(kind, list(rows), where)
        writes = []
        for id, row in rows.items():
            document = built.get(id)
            if isinstance(document, Unbuildable):
                failed[row.pk] = document.reason
            else:
                writes.append(Write(id, row.generation, document))
        reasons = _write(engine, engines.schema(kind), writes, refresh)
        failed |= {rows[id].pk: reason for id, reason in reasons.items()}
    return failed


def _write(engine: SearchEngine, schema: Schema, writes: Sequence[Write], refresh: bool) -> dict[int, str]:
    """Returns id → reason. A batch that is refused as a whole is halved until the document at fault is alone."""
    if not writes:
        return {}
    try:
        return dict(engine.write(schema, writes, refresh=refresh).failed)
    except IndexMissing:
        return _write_anew(engine, schema, writes, refresh)
    except SearchUnavailable:
        raise
    except SearchError as error:
        if len(writes) == 1:
            return {writes[0].id: f"{error.code}: {error}"}
        middle = len(writes) // 2
        first, second = writes[:middle], writes[middle:]
        return _write(engine, schema, first, refresh) | _write(engine, schema, second, refresh)


def _write_anew(engine: SearchEngine, schema: Schema, writes: Sequence[Write], refresh: bool) -> dict[int, str]:
    """The engine has no index, or lost it: make one, and have everything copied once more."""
    engine.ensure(schema)
    forgotten = outbox.forget_copies(engine.name, schema.name)
    if forgotten:
        log.warning("index_lost", engine=engine.name, kind=schema.name, to_copy=forgotten)
    return dict(engine.write(schema, writes, refresh=refresh).failed)
