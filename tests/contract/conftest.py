"""The engines that the contract binds: the embedded one, Elasticsearch 8.19, and 9 where a server of it can run."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Site:
    """Indexes of a test's own. `new_engine` makes engines over them, as several processes would have them; `indexes`
    names all that lie on disk, whether or not anything points to them."""

    new_engine: Callable[[], SearchEngine]
    indexes: Callable[[], set[str]]


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture(params=ENGINES)
def site(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    search_prefix: str,
    segmenter: Segmenter,
    drop_indexes: Callable[[str, str], None],
) -> Iterator[Site]:
    if request.param == "embedded":
        yield Site(
            lambda: EmbeddedEngine(tmp_path, search_prefix, segmenter),
            lambda: {path.name for path in tmp_path.iterdir() if path.is_dir()},
        )
        return
    url = str(request.getfixturevalue(_SERVERS[request.param]))
    made: list[ElasticEngine] = []

    def make() -> SearchEngine:
        made.append(ElasticEngine(url, search_prefix, segmenter, timeout_seconds=30.0))
        return made[-1]

    yield Site(make, lambda: _indexes(url, search_prefix))
    for engine in made:
        engine.close()
    drop_indexes(url, search_prefix)


def _indexes(url: str, prefix: str) -> set[str]:
    with urllib.request.urlopen(f"{url}/_alias", timeout=30) as answer:
        return {name for name in json.load(answer) if name.startswith(prefix)}


@pytest.fixture
def new_engine(site: Site) -> Callable[[], SearchEngine]:
    return site.new_engine


@pytest.fixture
def engine(new_engine: Callable[[], SearchEngine]) -> SearchEngine:
    return new_engine()
