"""Makes an engine from its configuration. Knows nothing of Django; the settings' reader builds the configurations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.port import SearchEngine
from search.text import Segmenter


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """`folder` holds the indexes; `lock_seconds`: how long a write waits for another process's."""

    folder: Path
    prefix: str
    name: str = "embedded"
    lock_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class ElasticConfig:
    """`url`: one node or several, separated by commas. `timeout_seconds`: of a search, per node."""

    url: str
    prefix: str
    name: str = "elastic"
    api_key: str = ""
    timeout_seconds: float = 3.0
    shards: int = 1
    replicas: int = 0


EngineConfig = EmbeddedConfig | ElasticConfig


def make_engine(config: EngineConfig, segmenter: Segmenter) -> SearchEngine:
    """`segmenter.revision` belongs into the `revision` of every schema that the engine is used with."""
    match config:
        case EmbeddedConfig():
            return EmbeddedEngine(
                config.folder, config.prefix, segmenter, name=config.name, lock_seconds=config.lock_seconds
            )
        case ElasticConfig():
            return ElasticEngine(
                config.url,
                config.prefix,
                segmenter,
                name=config.name,
                api_key=config.api_key,
                timeout_seconds=config.timeout_seconds,
                shards=config.shards,
                replicas=config.replicas,
            )
