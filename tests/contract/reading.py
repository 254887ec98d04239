"""Writing to an engine and reading it back, in a word each."""

from __future__ import annotations

from collections.abc import Mapping

from search.port import SearchEngine, Write
from search.query import Request
from search.schema import Document
from tests.contract.strategies import SCHEMA

ALL = Request(size=100)


def ids(engine: SearchEngine, request: Request = ALL) -> list[int]:
    return [hit.id for hit in engine.search(SCHEMA, request).hits]


def put(engine: SearchEngine, found: Mapping[int, Document], version: int = 1) -> None:
    """Writes documents that are new or whose stored version is not above `version`."""
    report = engine.write(SCHEMA, [Write(id, version, one) for id, one in found.items()], refresh=True)
    assert (report.written, report.stale, report.failed) == (len(found), 0, {})
