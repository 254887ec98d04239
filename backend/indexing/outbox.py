"""The outbox rows: marking, leasing, settling. Nothing here talks to an engine.

Row locks are always taken in the order of (engine, kind, object id) or without waiting, so that writers and workers
cannot block each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from backend.indexing.models import Copy

LEASE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(minutes=10)
AWAY_PAUSE = timedelta(seconds=2)
_ROWS_AT_ONCE = 500
_PENDING = Q(done__lt=F("generation"))
_KEY_ORDER = ("engine", "kind", "object_id")

_UPSERT = """
    INSERT INTO indexing_copy (engine, kind, object_id, generation, done, changed_at, lease, leased_generation,
        attempts, error)
    VALUES {rows}
    ON CONFLICT (engine, kind, object_id) DO UPDATE SET
        generation = indexing_copy.generation + 1,
        changed_at = CASE WHEN indexing_copy.done < indexing_copy.generation
                          THEN indexing_copy.changed_at ELSE excluded.changed_at END,
        lease_until = CASE WHEN indexing_copy.attempts > 0 THEN NULL ELSE indexing_copy.lease_until END,
        attempts = 0,
        error = ''
"""
"""A row that waits for its next try after a failure is due at once when its document changes: the change may be the
cure. What runs under a lease goes on; its write is older than the one that will follow. Table and column names are
those of `models.Copy`; both databases know this form, which the ORM cannot write."""


class OutsideTransaction(RuntimeError):
    """A change was marked outside of the transaction that makes it: the two could come apart."""


@dataclass(frozen=True, slots=True)
class Leased:
    pk: int
    kind: str
    object_id: int
    generation: int


def upsert(engines: Sequence[str], kind: str, ids: Iterable[int], now: datetime) -> int:
    """Raise the generation of each (engine, id), or begin it at 1. Returns the number of ids."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("mark_changed belongs into the transaction that makes the change")
    ordered = sorted(set(ids))
    changed_at = connection.ops.adapt_datetimefield_value(now)
    for engine in sorted(engines):
        for chunk in batches(ordered, _ROWS_AT_ONCE):
            rows = ", ".join(["(%s, %s, %s, 1, 0, %s, '', 0, 0, '')"] * len(chunk))
            values = [value for id in chunk for value in (engine, kind, id, changed_at)]
            with connection.cursor() as cursor:
                cursor.execute(_UPSERT.format(rows=rows), values)
    return len(ordered)


def ensure_rows(engine: str, kind: str, ids: Sequence[int], now: datetime) -> None:
    """Make the rows that are missing, pending; leave the others alone."""
    Copy.objects.bulk_create(
        [Copy(engine=engine, kind=kind, object_id=id, generation=1, done=0, changed_at=now) for id in sorted(ids)],
        ignore_conflicts=True,
        batch_size=_ROWS_AT_ONCE,
    )


def lease(engine: str, limit: int, now: datetime, kind: str | None = None) -> list[Leased]:
    """Take up to `limit` due rows, the longest waiting first, and note the generation that will be copied.

    Documents read afterwards are at least as new as that generation: a change commits together with its row.
    """
    token = uuid.uuid4().hex
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    with transaction.atomic():
        due = pending(engine, kind).filter(free).order_by("changed_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        taken = list(due.values_list("pk", flat=True)[:limit])
        if not taken:
            return []
        Copy.objects.filter(_PENDING, free, pk__in=taken).update(
            lease=token, leased_generation=F("generation"), lease_until=now + LEASE
        )
    # By key: SQLite would read the whole table for the token alone.
    rows = Copy.objects.filter(pk__in=taken, lease=token).values_list("pk", "kind", "object_id", "leased_generation")
    return [Leased(*row) for row in rows.order_by("kind", "object_id")]


def settle(leased: Sequence[Leased], failed: Mapping[int, str], *, now: datetime, today: date) -> int:
    """Close the rows that were copied; note the reason at those in `failed` (row → reason), which wait longer after
    each failure. Rows whose lease somebody else has taken over are left to them. Returns the number closed."""
    with transaction.atomic():
        ours = _locked(leased)
        copied = [pk for pk, _ in ours if pk not in failed]
        closed = Copy.objects.filter(pk__in=copied, done__lt=F("leased_generation")).update(
            done=F("leased_generation"), lease="", lease_until=None, attempts=0, error="", copied_on=today
        )
        # An equal or newer generation was closed meanwhile: nothing is left to close, only the lease.
        Copy.objects.filter(pk__in=copied).exclude(lease="").update(lease="", lease_until=None)
        for pk, attempts in ours:
            if pk in failed:
                pause = min(timedelta(seconds=2 ** min(attempts + 1, 20)), LONGEST_PAUSE)
                Copy.objects.filter(pk=pk).update(
                    lease="", lease_until=now + pause, attempts=attempts + 1, error=failed[pk][:500]
                )
    return closed


def release(leased: Sequence[Leased], reason: str, now: datetime) -> None:
    """Give the rows back: the engine is away, and no document is at fault."""
    with transaction.atomic():
        ours = [pk for pk, _ in _locked(leased)]
        Copy.objects.filter(pk__in=ours).update(lease="", lease_until=now + AWAY_PAUSE, error=reason[:500])


def forget_copies(engine: str, kind: str) -> int:
    """The engine has lost its index: everything that was copied is pending once more. Returns the number of rows.

    Rows that a writer holds at this moment are skipped, for the change makes them pending anyway.
    """
    forgotten, last = 0, 0
    while True:
        with transaction.atomic():
            rows = Copy.objects.filter(engine=engine, kind=kind, pk__gt=last, done__gt=0).order_by("pk")
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            chunk = list(rows.values_list("pk", flat=True)[:_ROWS_AT_ONCE])
            if not chunk:
                return forgotten
            forgotten += Copy.objects.filter(pk__in=chunk).update(done=0)
            last = chunk[-1]


def raise_to(engine: str, kind: str, generations: Mapping[int, int], now: datetime) -> None:
    """Make each document pending with at least the given generation. Call it inside a transaction."""
    upsert([engine], kind, generations, now)
    for id in sorted(generations):
        Copy.objects.filter(engine=engine, kind=kind, object_id=id, generation__lt=generations[id]).update(
            generation=generations[id]
        )


def generations(engine: str, kind: str, ids: Sequence[int]) -> dict[int, int]:
    rows = Copy.objects.filter(engine=engine, kind=kind, object_id__in=ids)
    return dict(rows.values_list("object_id", "generation"))


def pending(engine: str, kind: str | None = None) -> QuerySet[Copy]:
    rows = Copy.objects.filter(_PENDING, engine=engine)
    return rows if kind is None else rows.filter(kind=kind)


def batches(values: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def _locked(leased: Sequence[Leased]) -> list[tuple[int, int]]:
    """(pk, attempts) of the rows that are still leased for the generation at hand, locked in key order."""
    wanted = {row.pk: row.generation for row in leased}
    rows = Copy.objects.filter(pk__in=wanted).exclude(lease="").order_by(*_KEY_ORDER).select_for_update()
    return [
        (pk, attempts)
        for pk, generation, attempts in rows.values_list("pk", "leased_generation", "attempts")
        if wanted[pk] == generation
    ]
