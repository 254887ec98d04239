"""Engines of a test's own: real ones, in a folder or under a prefix that no other test has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.indexing import engines
from backend.indexing.schemas import KINDS
from search.elastic import ElasticEngine
from search.port import SearchEngine


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path, search_prefix: str) -> Iterator[None]:
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.SEARCH_PREFIX = search_prefix
    settings.SEARCH_ENGINES = ["embedded"]
    engines.breaker.forget()
    yield
    engines.breaker.forget()


@pytest.fixture
def engine(own_index: None, db: None) -> SearchEngine:
    """The embedded engine with empty live indexes."""
    made = engines.engine("embedded")
    for kind in KINDS:
        made.ensure(engines.schema(kind))
    return made


@pytest.fixture
def elastic(
    own_index: None,
    db: None,
    settings: Any,
    elasticsearch_url: str,
    search_prefix: str,
    drop_indexes: Callable[[str, str], None],
) -> Iterator[SearchEngine]:
    """A real Elasticsearch with empty live indexes."""
    settings.ELASTICSEARCH_URL = elasticsearch_url
    made = engines.engine("elastic")
    assert isinstance(made, ElasticEngine)
    for kind in KINDS:
        made.ensure(engines.schema(kind))
    yield made
    drop_indexes(elasticsearch_url, search_prefix)
