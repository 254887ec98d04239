"""The engines without their adapters: the very same compiled requests and prepared documents, sent by the engine's own
client. What the bench compares the adapters and everything above them with; nothing else uses it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import tantivy
from elasticsearch import Elasticsearch, helpers

from search.checks import Change
from search.elastic import ANSWER
from search.elastic_bulk import bulk_action
from search.elastic_index import Indexes
from search.elastic_request import search_body
from search.embedded import index_row
from search.embedded_facets import facet_passes
from search.embedded_query import Compiler, tantivy_schema
from search.embedded_store import Store
from search.engines import ElasticConfig, EmbeddedConfig, EngineConfig
from search.port import IndexMissing
from search.query import All, Request
from search.schema import Schema
from search.text import Segmenter

_CHUNK = 2_000
_WRITER_BYTES, _LOADER_BYTES, _LOADER_THREADS = 32_000_000, 128_000_000, 2  # as the embedded engine's
_SECONDS = 120.0

Run = Callable[[], int]
"""Sends one compiled request; returns the number of hits."""


class Bare(Protocol):
    def compiled(self, schema: Schema, request: Request) -> Run:
        """The request, compiled for the live index. Only the returned function is to be timed."""

    def load(self, schema: Schema, changes: Sequence[Change]) -> float:
        """Seconds to bulk-load prepared documents into a new index, which is removed afterwards."""

    def write_and_find(self, schema: Schema, change: Change, request: Request) -> float:
        """Seconds until one prepared document, added to the live index, is seen by the request, compiled beforehand;
        then it is deleted."""

    def index_bytes(self, schema: Schema) -> int:
        """Bytes on disk of the live index."""

    def versions(self) -> dict[str, str]: ...

    def remove(self) -> None:
        """Remove everything whose name begins with the prefix."""

    def close(self) -> None: ...


def bare(config: EngineConfig, segmenter: Segmenter) -> Bare:
    match config:
        case ElasticConfig():
            return BareElastic(config, segmenter)
        case EmbeddedConfig():
            return BareEmbedded(config, segmenter)


class BareElastic:
    def __init__(self, config: ElasticConfig, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._prefix = config.prefix
        self._client = Elasticsearch(
            config.url.split(","), api_key=config.api_key or None, request_timeout=_SECONDS, max_retries=0
        )
        self._indexes = Indexes(self._client, config.prefix, config.shards, config.replicas)
        self._scratch = Indexes(self._client, f"{config.prefix}-bare", config.shards, 0)

    def compiled(self, schema: Schema, request: Request) -> Run:
        body = search_body(schema, request, self._segmenter)
        index = self._indexes.current_alias(schema)

        def run() -> int:
            answer = self._client.search(
                index=index,
                body=body,
                routing=request.routing,
                filter_path=ANSWER,
                allow_partial_search_results=False,
            )
            return len(answer.body.get("hits", {}).get("hits", ()))

        return run

    def load(self, schema: Schema, changes: Sequence[Change]) -> float:
        name = self._scratch.create_building(schema)
        actions = [bulk_action(name, change) for change in changes]
        began = time.perf_counter()
        helpers.bulk(self._client, actions, chunk_size=_CHUNK)
        seconds = time.perf_counter() - began
        self._scratch.delete(name)
        return seconds

    def write_and_find(self, schema: Schema, change: Change, request: Request) -> float:
        action = bulk_action(self._indexes.alias(schema), change)
        run = self.compiled(schema, request)
        began = time.perf_counter()
        helpers.bulk(self._client, [action], refresh=True)
        while not run():
            pass
        seconds = time.perf_counter() - began
        deletion = {**action, "_op_type": "delete", "version": change.version + 1}
        del deletion["_source"]
        helpers.bulk(self._client, [deletion], refresh=True)
        return seconds

    def index_bytes(self, schema: Schema) -> int:
        stats = self._client.indices.stats(index=self._indexes.alias(schema), metric="store").body
        return int(stats["_all"]["total"]["store"]["size_in_bytes"])

    def versions(self) -> dict[str, str]:
        nodes = self._client.nodes.info(metric="jvm").body["nodes"].values()
        return {
            "elasticsearch": ", ".join(sorted({node["version"] for node in nodes})),
            "elasticsearch heap MiB": ", ".join(
                sorted({str(node["jvm"]["mem"]["heap_max_in_bytes"] // 2**20) for node in nodes})
            ),
            "elasticsearch client": version("elasticsearch"),
        }

    def remove(self) -> None:
        for name in self._client.indices.get_alias(index=f"{self._prefix}-*").body:
            self._client.indices.delete(index=name)
        templates = self._client.indices.get_index_template(name=f"{self._prefix}-*").body["index_templates"]
        for template in templates:
            self._client.indices.delete_index_template(name=template["name"])

    def close(self) -> None:
        self._client.close()


class BareEmbedded:
    def __init__(self, config: EmbeddedConfig, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._folder = config.folder
        self._prefix = config.prefix
        self._store = Store(config.folder, config.prefix, config.lock_seconds)

    def compiled(self, schema: Schema, request: Request) -> Run:
        """The best hits with their number, the facets, and the stored fields. Ties that a page cuts through, which the
        adapter puts into order, are left as they come."""
        index = self._store.open(self._live(schema).name)
        index.reload()
        searcher = index.searcher()
        compiler = Compiler(schema, index.schema, self._segmenter)
        filters = (request.filter,) if request.text is None else (request.filter, request.text)
        chosen = tuple(facet.selected for facet in request.facets if facet.selected is not None)
        matching = compiler.matching(All((*filters, *chosen)))
        scored = compiler.scored(matching, request.text, request.weights)
        passes = list(facet_passes(compiler, All(filters), matching, request.facets))

        def run() -> int:
            hits = searcher.search(scored, request.size, True).hits
            for query, asked in passes:
                searcher.aggregate(query, asked)
            if request.fetch:
                for _, address in hits:
                    searcher.doc(address)
            return len(hits)

        return run

    def load(self, schema: Schema, changes: Sequence[Change]) -> float:
        folder = self._folder / f"{self._prefix}-bare"
        folder.mkdir(parents=True)
        mapping = tantivy_schema(schema)
        index = tantivy.Index(mapping, str(folder))
        fields = self._store.fields(folder.name)
        rows = [index_row(schema, change, fields) for change in changes]
        began = time.perf_counter()
        writer = index.writer(_LOADER_BYTES, _LOADER_THREADS)
        for row in rows:
            writer.add_document(tantivy.Document.from_dict(row, mapping))
        writer.commit()
        writer.wait_merging_threads()
        seconds = time.perf_counter() - began
        shutil.rmtree(folder)
        return seconds

    def write_and_find(self, schema: Schema, change: Change, request: Request) -> float:
        live = self._live(schema).name
        row = index_row(schema, change, self._store.fields(live))
        index = self._store.open(live)
        compiler = Compiler(schema, index.schema, self._segmenter)
        filters = (request.filter,) if request.text is None else (request.filter, request.text)
        matching = compiler.matching(All(filters))
        began = time.perf_counter()
        writer = index.writer(_WRITER_BYTES, 1)
        writer.add_document(tantivy.Document.from_dict(row, index.schema))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        while not index.searcher().search(matching, 1, False).hits:
            index.reload()
        seconds = time.perf_counter() - began
        writer = index.writer(_WRITER_BYTES, 1)
        writer.delete_documents_by_term("pk", change.id)
        writer.commit()
        writer.wait_merging_threads()
        return seconds

    def index_bytes(self, schema: Schema) -> int:
        return sum(path.stat().st_size for path in self._live(schema).rglob("*") if path.is_file())

    def versions(self) -> dict[str, str]:
        return {"tantivy": version("tantivy")}

    def remove(self) -> None:
        for path in self._folder.glob(f"{self._prefix}-*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def close(self) -> None:
        """Nothing is held open."""

    def _live(self, schema: Schema) -> Path:
        """Raises IndexMissing."""
        name = self._store.pointer(schema).live
        if name is None:
            raise IndexMissing(f"no index of {schema.name} is live")
        return self._store.path(name)
