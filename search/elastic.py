"""The engine for many machines, on Elasticsearch by elasticsearch-dsl. Runs on 8.19 and 9, on the minimal distribution.

Versions are Elasticsearch's own external ones. A write goes to the index being built first and then to the live one,
each by its alias: whichever moment a swap falls into, the index that is live afterwards has received it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any as Json

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search.checks import check_request, check_suggestion, fields_of, fields_of_request, prepare
from search.elastic_bulk import NO_INDEX, bulk
from search.elastic_index import Indexes, Names, fingerprint_of
from search.elastic_request import counts, hit, search_body, suggest_body
from search.names import completed
from search.port import (
    BadQuery,
    Health,
    IndexMissing,
    IndexStatus,
    Page,
    RebuildLost,
    SearchError,
    SearchUnavailable,
    Write,
    WriteReport,
)
from search.query import Query, Request
from search.schema import Schema
from search.text import Segmenter

_BULK_SECONDS = 30.0
_CHUNK = 2_000
_LOADERS = 2
_VERSIONS_AT_ONCE = 5_000
_AWAY = frozenset({401, 403, 429, 502, 503, 504})
_SHARD_GONE = (503, "search_phase_execution_exception")
ANSWER = ["hits.total.value", "hits.hits.sort", "hits.hits.fields", "aggregations"]


class ElasticEngine:
    """A `SearchEngine`; safe to share between threads."""

    def __init__(
        self,
        url: str,
        prefix: str,
        segmenter: Segmenter,
        *,
        name: str = "elastic",
        api_key: str = "",
        timeout_seconds: float = 3.0,
        shards: int = 1,
        replicas: int = 0,
    ) -> None:
        """`url` may name several nodes, separated by commas; a node that does not answer is passed over once."""
        self.name = name
        self._segmenter = segmenter
        hosts = [one.strip() for one in url.split(",")]
        self._client = Elasticsearch(
            hosts,
            api_key=api_key or None,
            request_timeout=timeout_seconds,
            retry_on_timeout=False,
            max_retries=len(hosts) - 1,
        )
        self._bulk_client = self._client.options(request_timeout=max(_BULK_SECONDS, timeout_seconds))
        self._indexes = Indexes(self._client, prefix, shards, replicas)
        self._started: dict[str, str] = {}

    # what is there

    def health(self) -> Health:
        try:
            with self._errors():
                answer = self._client.cluster.health()
        except SearchError as reason:
            return Health(False, self.name, str(reason))
        colour, nodes = answer["status"], answer["number_of_nodes"]
        return Health(colour != "red", self.name, f"Elasticsearch: {colour}, {nodes} nodes")

    def status(self, schema: Schema) -> IndexStatus:
        with self._errors():
            names = self._indexes.names(schema)
            if names.live is None:
                return IndexStatus(schema.name, False, None, names.building, 0, True)
            self._client.indices.refresh(index=names.live)
            documents = int(self._client.count(index=names.live)["count"])
            due = fingerprint_of(names.live) != schema.fingerprint
            return IndexStatus(schema.name, True, names.live, names.building, documents, due)

    def versions(self, schema: Schema) -> Iterator[tuple[int, int]]:
        with self._errors():
            live = self._live(schema)
            self._client.indices.refresh(index=live)
            body: dict[str, Json] = {
                "size": _VERSIONS_AT_ONCE,
                "sort": [{"pk": "asc"}],
                "version": True,
                "track_total_hits": False,
                "stored_fields": "_none_",
            }
            while True:
                hits = self._send(live, body, ["hits.hits._version", "hits.hits.sort"]).get("hits", {}).get("hits", [])
                yield from ((one["sort"][0], one["_version"]) for one in hits)
                if len(hits) < _VERSIONS_AT_ONCE:
                    return
                body["search_after"] = hits[-1]["sort"]

    # searching

    def search(self, schema: Schema, request: Request) -> Page:
        check_request(schema, request)
        body = search_body(schema, request, self._segmenter)
        answer = self._ask(schema, body, fields_of_request(request), request.routing)
        hits = answer.get("hits", {})
        total = hits.get("total", {}).get("value", 0)
        return Page(
            tuple(hit(schema, one, request) for one in hits.get("hits", ())),
            total if request.count_up_to is None else min(total, request.count_up_to),
            {facet.name: counts(facet, answer["aggregations"][facet.name]) for facet in request.facets},
        )

    def suggest(self, schema: Schema, field: str, typed: str, *, filter: Query, size: int = 8) -> tuple[str, ...]:
        check_suggestion(schema, field, filter)

        def ask(prefix: str, limit: int) -> list[str]:
            body = suggest_body(field, prefix, filter, limit, self._segmenter)
            answer = self._ask(schema, body, fields_of((filter,)) | {field}, None)
            return [bucket["key"] for bucket in answer["aggregations"]["values"]["buckets"]]

        return completed(typed, size, ask)

    # writing

    def ensure(self, schema: Schema) -> None:
        with self._errors():
            if self._indexes.names(schema).live is not None:
                return
            self._indexes.guard(schema)
            try:
                self._indexes.create_live(schema)
            except ApiError as reason:
                if reason.error != "resource_already_exists_exception":
                    raise

    def write(self, schema: Schema, writes: Sequence[Write], *, refresh: bool = False) -> WriteReport:
        with self._errors():
            names = self._indexes.names(schema)
            live = self._live(schema, names)
            failed: dict[int, str] = {}
            if names.building is not None:
                built = self._write_to(self._indexes.building_alias(schema), names.building, schema, writes, refresh)
                # A swap in between takes the alias away: then the write to the live index reaches the built one.
                failed = {id: why for id, why in built.failed.items() if why != NO_INDEX}
            report = self._write_to(self._indexes.alias(schema), live, schema, writes, refresh)
            late = [write for write in writes if report.failed.get(write.id) == NO_INDEX]
            if fingerprint_of(live) != schema.fingerprint and self._indexes.names(schema).live != live:
                # A swap in between: what was meant for the older mapping reached today's index without its new fields.
                late, report = list(writes), WriteReport(0)
            if late:  # the old index went away while the request was on its way
                again = self._write_to(self._indexes.alias(schema), self._live(schema), schema, late, refresh)
                kept = {id: why for id, why in report.failed.items() if why != NO_INDEX}
                report = WriteReport(report.written + again.written, report.stale + again.stale, kept | again.failed)
            return WriteReport(report.written, report.stale, failed | report.failed)

    def start_rebuild(self, schema: Schema) -> str:
        with self._errors():
            names = self._indexes.names(schema)
            self._indexes.delete(names.building, *names.lost)
            self._indexes.guard(schema)
            self._started[schema.name] = self._indexes.create_building(schema)
            return self._started[schema.name]

    def load(self, schema: Schema, writes: Iterable[Write]) -> WriteReport:
        """Several bulk requests are under way at once; `writes` is read in the caller's own thread."""
        alias = self._indexes.building_alias(schema)
        rest = iter(writes)
        reports: list[WriteReport] = []
        with self._errors(), ThreadPoolExecutor(_LOADERS) as pool:
            name = self._building(schema)
            pending: set[Future[WriteReport]] = set()
            while chunk := list(islice(rest, _CHUNK)):
                changes, unfit = prepare(schema, chunk, self._segmenter)
                reports.append(WriteReport(0, 0, unfit))
                self._building(schema)  # the alias may by now stand for another's index
                pending.add(pool.submit(bulk, self._bulk_client, alias, changes, False))
                if len(pending) > _LOADERS:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    reports += [future.result() for future in done]
            reports += [future.result() for future in pending]
        failed = {id: why for report in reports for id, why in report.failed.items()}
        if NO_INDEX in failed.values():
            raise _lost(schema, name)
        return WriteReport(sum(one.written for one in reports), sum(one.stale for one in reports), failed)

    def finish_rebuild(self, schema: Schema) -> str:
        with self._errors():
            name = self._building(schema)
            try:
                self._indexes.open_for_searches(name)
                self._indexes.swap(schema, name, self._indexes.names(schema).live)
            except NotFoundError as reason:
                raise _lost(schema, name) from reason
            del self._started[schema.name]
            return name

    def abandon_rebuild(self, schema: Schema) -> None:
        with self._errors():
            self._indexes.delete(self._indexes.names(schema).building)
            self._started.pop(schema.name, None)

    def drop(self, schema: Schema) -> None:
        with self._errors():
            names = self._indexes.names(schema)
            self._indexes.delete(names.building, names.live, *names.lost)
            self._indexes.unguard(schema)

    def close(self) -> None:
        self._client.close()

    # inner workings

    def _live(self, schema: Schema, names: Names | None = None) -> str:
        live = (names or self._indexes.names(schema)).live
        if live is None:
            raise IndexMissing(f"no index of {schema.name} is live; run: manage.py search rebuild")
        return live

    def _building(self, schema: Schema) -> str:
        started = self._started.get(schema.name)
        if started is None or self._indexes.names(schema).building != started:
            raise _lost(schema, started)
        return started

    def _write_to(self, alias: str, name: str, schema: Schema, writes: Sequence[Write], refresh: bool) -> WriteReport:
        """`name` is the concrete index that the alias stood for: an older mapping takes the fields that it has."""
        known = None if fingerprint_of(name) == schema.fingerprint else self._indexes.fields(name)
        changes, unfit = prepare(schema, writes, self._segmenter, known)
        report = bulk(self._bulk_client, alias, changes, refresh)
        return WriteReport(report.written, report.stale, unfit | report.failed)

    def _ask(self, schema: Schema, body: dict[str, Json], fields: frozenset[str], routing: str | None) -> Json:
        """Searches the live index if its mapping is today's; an older one only for fields that it has."""
        with self._errors():
            try:
                return self._send(self._indexes.current_alias(schema), body, ANSWER, routing)
            except NotFoundError:
                live = self._live(schema)
            if fingerprint_of(live) != schema.fingerprint:
                lacking = sorted(fields - self._indexes.fields(live))
                if lacking:
                    raise IndexMissing(f"index {live} was made without {lacking[0]}; run: manage.py search rebuild")
            return self._send(self._indexes.alias(schema), body, ANSWER, routing)

    def _send(self, index: str, body: dict[str, Json], wanted: Sequence[str], routing: str | None = None) -> Json:
        """A missing shard is an error, never a shorter answer. Asks once more where a swap may have taken the index
        away while it was searched."""
        search = partial(self._client.search, index=index, body=body, routing=routing, filter_path=wanted)
        try:
            return search(allow_partial_search_results=False).body
        except ApiError as reason:
            if (reason.status_code, reason.error) != _SHARD_GONE:
                raise
        return search(allow_partial_search_results=False).body

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except TransportError as reason:
            raise SearchUnavailable(f"Elasticsearch cannot be reached or did not answer in time: {reason}") from reason
        except ApiError as reason:
            message = f"Elasticsearch answered {reason.status_code}: {reason}"
            if reason.status_code in _AWAY:
                raise SearchUnavailable(message) from reason
            if reason.status_code == 404:
                raise IndexMissing(message) from reason
            raise (BadQuery(message) if reason.status_code == 400 else SearchError(message)) from reason


def _lost(schema: Schema, name: str | None) -> RebuildLost:
    return RebuildLost(f"{name or 'an index'} of {schema.name} is not being built by this engine any more")
