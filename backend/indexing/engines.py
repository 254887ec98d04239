"""Which engines this deployment has, which of them answers, and how far behind it is.

The first of SEARCH_ENGINES answers; where it is away, or has no index yet, the next one does. An engine that failed
rests for a few seconds, so that not every caller waits for the same time-out.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import structlog
from django.conf import settings
from django.db.models import Count, F, Min
from django.utils import timezone

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.vocabulary import Vocabulary
from backend.indexing.models import Copy
from backend.indexing.schemas import SCHEMAS
from backend.indexing.schemas import schema as schema_of
from backend.packs.queries import PackMissing, parameter_version, segmentation_words, vocabulary
from search.engines import ElasticConfig, EmbeddedConfig, EngineConfig, make_engine
from search.port import IndexMissing, SearchEngine, SearchUnavailable
from search.schema import Schema
from search.text import Segmenter

REST_SECONDS = 5.0
HEALTH_SECONDS = 2.0
INDEXED_SCHEMES = sorted(
    {attribute.scheme for attribute in ATTRIBUTES.values() if attribute.scheme} | {"product_kinds", "institution_kinds"}
)

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an answer may be. `standby`: not the first engine gave it. `pending`: changes that its engine has yet to
    copy, the oldest of them `oldest_pending_seconds` ago (None where nothing is pending)."""

    engine: str
    standby: bool
    pending: int
    oldest_pending_seconds: int | None


class _Breaker:
    """When each engine failed last, and when it was last found well. Per process: each learns by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, float] = {}
        self._well: dict[str, float] = {}

    def resting(self, name: str) -> bool:
        failed = self._failed.get(name)
        return failed is not None and time.monotonic() - failed < REST_SECONDS

    def known_well(self, name: str) -> bool:
        well = self._well.get(name)
        return well is not None and time.monotonic() - well < HEALTH_SECONDS

    def failed(self, name: str) -> None:
        with self._lock:
            self._failed[name] = time.monotonic()
            self._well.pop(name, None)

    def well(self, name: str) -> None:
        with self._lock:
            self._well[name] = time.monotonic()
            self._failed.pop(name, None)

    def forget(self) -> None:
        with self._lock:
            self._failed.clear()
            self._well.clear()


breaker = _Breaker()


def names() -> tuple[str, ...]:
    return tuple(settings.SEARCH_ENGINES)


def engine(name: str) -> SearchEngine:
    """The engine called `name`: `embedded` or `elastic`. One object per process and set of settings."""
    return _made(config(name), segmenter())


def config(name: str) -> EngineConfig:
    """What the settings say of the engine called `name`."""
    match name:
        case "embedded":
            return EmbeddedConfig(Path(settings.SEARCH_FOLDER), settings.SEARCH_PREFIX)
        case "elastic":
            return ElasticConfig(
                settings.ELASTICSEARCH_URL,
                settings.SEARCH_PREFIX,
                api_key=settings.ELASTICSEARCH_API_KEY,
                timeout_seconds=settings.ELASTICSEARCH_TIMEOUT_SECONDS,
                shards=settings.ELASTICSEARCH_SHARDS,
                replicas=settings.ELASTICSEARCH_REPLICAS,
            )
        case _:
            raise ValueError(f"SEARCH_ENGINES names {name!r}; there are: embedded, elastic")


def primary() -> SearchEngine:
    return engine(names()[0])


def schema(kind: str) -> Schema:
    """Today's schema of `need` or `product`, with the revision that makes a rebuild due."""
    return schema_of(kind, revision())


def schemas() -> tuple[Schema, ...]:
    return tuple(schema(kind) for kind in SCHEMAS)


def revision() -> str:
    """Changes with the segmentation's dictionary, with codes, hierarchies and labels, and with the size classes."""
    return f"{segmenter().revision}-{_shape(vocabulary(), _sizes(timezone.localdate()))}"


def answering() -> tuple[SearchEngine, Freshness]:
    """The first engine that is well, and how old its answers may be. Raises SearchUnavailable where none is."""
    details = []
    for position, name in enumerate(names()):
        if breaker.resting(name):
            details.append(f"{name} failed a moment ago")
            continue
        candidate = engine(name)
        if not breaker.known_well(name):
            health = candidate.health()
            if not health.ok:
                breaker.failed(name)
                details.append(health.detail)
                continue
            breaker.well(name)
        return candidate, freshness(name, standby=position > 0)
    raise SearchUnavailable("; ".join(details))


def ask(question: Callable[[SearchEngine], Answer]) -> tuple[Answer, Freshness]:
    """What the first able engine answers: one that is away or has no index is passed over, and rests.

    Raises the last engine's SearchUnavailable or IndexMissing where none can answer. Each attempt asks only one
    engine, so that an answer never mixes two.
    """
    reason: SearchUnavailable | IndexMissing = SearchUnavailable("every engine failed a moment ago")
    for position, name in enumerate(names()):
        if breaker.resting(name):
            continue
        try:
            answer = question(engine(name))
        except (SearchUnavailable, IndexMissing) as error:
            log.warning("search_engine_failed", engine=name, reason=str(error))
            breaker.failed(name)
            reason = error
            continue
        breaker.well(name)
        return answer, freshness(name, standby=position > 0)
    raise reason


def freshness(name: str, *, standby: bool = False, now: datetime | None = None) -> Freshness:
    pending = Copy.objects.filter(engine=name, done__lt=F("generation")).aggregate(
        count=Count("pk"), oldest=Min("changed_at")
    )
    seconds = None
    if pending["oldest"] is not None:
        seconds = max(int(((now or timezone.now()) - pending["oldest"]).total_seconds()), 0)
    return Freshness(name, standby, pending["count"], seconds)


@lru_cache(maxsize=8)
def _made(config: EngineConfig, segmenter: Segmenter) -> SearchEngine:
    return make_engine(config, segmenter)


def segmenter() -> Segmenter:
    """The tokeniser with the loaded pack's own words, for documents, queries and highlights alike."""
    return _segmenter(segmentation_words())


@lru_cache(maxsize=4)
def _segmenter(words: tuple[str, ...]) -> Segmenter:
    return Segmenter(words)


@lru_cache(maxsize=4)
def _shape(terms: Vocabulary, sizes: int | None) -> str:
    """Twelve hexadecimal digits for all codes, hierarchies and labels, and for the version of the size classes."""
    total = hashlib.sha256(str(sizes).encode())
    for scheme in INDEXED_SCHEMES:
        for term in terms.terms(scheme).values():
            total.update(f"{scheme} {term.code} {term.parent} {term.label.zh} {term.label.en}\n".encode())
    return total.hexdigest()[:12]


def _sizes(on: date) -> int | None:
    try:
        return parameter_version("size_classes", on).version
    except PackMissing:
        return None
