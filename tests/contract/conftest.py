"""The engines that the contract binds: the embedded one, Elasticsearch 8.19, and 9 where a server of it can run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.operations import parts
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.port import SearchEngine
from search.text import Segmenter

_NINE = bool(os.environ.get("TEST_ELASTICSEARCH9_URL")) or parts.java_for(parts.ELASTICSEARCH_NEXT) is not None
_SERVERS = {"elastic8": "elasticsearch_url", "elastic9": "elasticsearch9_url"}
ENGINES = [
    "embedded",
    pytest.param("elastic8", marks=pytest.mark.servers),
    *([pytest.param("elastic9", marks=pytest.mark.servers)] if _NINE else []),
]


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture(params=ENGINES)
def new_engine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    search_prefix: str,
    segmenter: Segmenter,
    drop_indexes: Callable[[str, str], None],
) -> Iterator[Callable[[], SearchEngine]]:
    """Makes engines over the same indexes, as several processes would have them."""
    if request.param == "embedded":
        yield lambda: EmbeddedEngine(tmp_path, search_prefix, segmenter)
        return
    url = str(request.getfixturevalue(_SERVERS[request.param]))
    made: list[ElasticEngine] = []

    def make() -> SearchEngine:
        made.append(ElasticEngine(url, search_prefix, segmenter, timeout_seconds=30.0))
        return made[-1]

    yield make
    for engine in made:
        engine.close()
    drop_indexes(url, search_prefix)


@pytest.fixture
def engine(new_engine: Callable[[], SearchEngine]) -> SearchEngine:
    return new_engine()
