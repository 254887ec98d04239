"""Writes with external versions: Elasticsearch refuses one below the stored version (409); it counts as stale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any as Json

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from search.checks import Change
from search.port import WriteReport

NO_INDEX = "index_not_found_exception"
"""The reason for writes whose alias, or the index behind it, went away."""

_CHUNK = 2_000
_RETRIES_WHEN_BUSY = 3  # Elasticsearch's queue was full (429); the pauses double


def bulk(client: Elasticsearch, alias: str, changes: Sequence[Change], refresh: bool) -> WriteReport:
    """Applies the changes in order. Raises the client's own errors where the request as a whole fails."""
    written = stale = 0
    failed: dict[int, str] = {}
    answers = streaming_bulk(
        client,
        (bulk_action(alias, change) for change in changes),
        chunk_size=_CHUNK,
        raise_on_error=False,
        max_retries=_RETRIES_WHEN_BUSY,
        initial_backoff=0.1,
        refresh=refresh,
    )
    for _, answer in answers:
        ((operation, one),) = answer.items()
        if one["status"] == 409:
            stale += 1
        elif "error" not in one and (one["status"] < 300 or operation == "delete"):
            written += 1  # deleting what is not there is fine: the deletion's version is remembered
        else:
            failed[int(one["_id"])] = _reason(one.get("error", one["status"]))
    return WriteReport(written, stale, failed)


def bulk_action(alias: str, change: Change) -> dict[str, Json]:
    action: dict[str, Json] = {
        "_op_type": "index" if change.document is not None else "delete",
        "_index": alias,
        "_id": str(change.id),
        "version": change.version,
        "version_type": "external_gte",
    }
    if change.routing is not None:
        action["routing"] = change.routing
    if change.document is not None:
        action["_source"] = {"pk": change.id} | dict(_values(change))
    return action


def _values(change: Change) -> Iterator[tuple[str, Json]]:
    for name, value in (change.document or {}).items():
        yield name, {"gte": value[0], "lte": value[1]} if isinstance(value, tuple) else value


def _reason(error: Json) -> str:
    if not isinstance(error, dict):
        return str(error)
    if error.get("type") == NO_INDEX:
        return NO_INDEX
    return f"{error.get('type')}: {error.get('reason')}"
