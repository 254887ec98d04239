"""Which engine answers, and how old its answer may be. The engine that is away is a real client at a closed port."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from backend.indexing import engines, outbox
from backend.indexing.engines import Freshness
from backend.indexing.schemas import SCHEMAS
from backend.indexing.services import drain, drain_all
from search.port import IndexMissing, SearchEngine, SearchUnavailable
from search.query import Request
from tests import world
from tests.indexing.reading import held

CLOSED_PORT = "http://127.0.0.1:9"


@pytest.fixture
def elastic_away(settings: Any, engine: SearchEngine) -> None:
    settings.SEARCH_ENGINES = ["elastic", "embedded"]
    settings.ELASTICSEARCH_URL = CLOSED_PORT


def ids(engine: SearchEngine) -> list[int]:
    return [hit.id for hit in engine.search(engines.schema("need"), Request(size=10)).hits]


def test_the_first_engine_answers(engine: SearchEngine) -> None:
    assert engines.answering() == (engine, Freshness("embedded", False, 0, None))
    assert engines.ask(ids) == ([], Freshness("embedded", False, 0, None))


def test_an_engine_is_made_once_for_the_same_settings(engine: SearchEngine, settings: Any, tmp_path: Any) -> None:
    assert engines.primary() is engine
    settings.SEARCH_FOLDER = tmp_path / "other"
    assert engines.primary() is not engine


def test_an_unknown_name_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="embedded, elastic"):
        engines.engine("solr")


def test_freshness_counts_what_waits(engine: SearchEngine) -> None:
    with transaction.atomic():
        outbox.upsert(["embedded"], "need", [1, 2], world.NOW)
        outbox.upsert(["elastic"], "need", [3], world.NOW - timedelta(days=1))
    later = world.NOW + timedelta(seconds=90)
    assert engines.freshness("embedded", now=later) == Freshness("embedded", False, 2, 90)


@pytest.mark.usefixtures("elastic_away")
def test_the_next_engine_answers_and_says_so(engine: SearchEngine) -> None:
    need = world.need()
    drain(engine)
    answer, freshness = engines.ask(ids)
    assert (answer, freshness) == ([need.pk], Freshness("embedded", True, 0, None))
    assert engines.breaker.resting("elastic")
    engines.breaker.forget()
    found, freshness = engines.answering()
    assert (found, freshness) == (engine, Freshness("embedded", True, 0, None))


@pytest.mark.usefixtures("elastic_away")
def test_an_engine_that_failed_rests_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def question(engine: SearchEngine) -> str:
        asked.append(engine.name)
        ids(engine)
        return engine.name

    engines.ask(question)
    engines.ask(question)
    assert asked == ["elastic", "embedded", "embedded"]
    monkeypatch.setattr(engines, "REST_SECONDS", 0.0)
    engines.ask(question)
    assert asked[3:] == ["elastic", "embedded"]


@pytest.mark.usefixtures("elastic_away")
def test_where_no_engine_can_answer_the_reason_is_given(settings: Any) -> None:
    settings.SEARCH_ENGINES = ["elastic"]
    with pytest.raises(SearchUnavailable):
        engines.ask(ids)
    with pytest.raises(SearchUnavailable, match="a moment ago"):
        engines.ask(ids)
    with pytest.raises(SearchUnavailable, match="elastic failed a moment ago"):
        engines.answering()


def test_an_engine_without_an_index_is_passed_over(settings: Any, db: None) -> None:
    with pytest.raises(IndexMissing):
        engines.ask(ids)


@pytest.mark.usefixtures("elastic_away")
def test_an_engine_that_is_away_holds_up_no_other_and_catches_up(
    engine: SearchEngine, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = world.need()
    done = drain_all()
    assert (done["elastic"].away, done["elastic"].closed, done["embedded"].closed) == (True, 0, 1)
    assert list(held(engine, "need")) == [need.pk]
    (waiting,) = outbox.pending("elastic")
    assert waiting.error.startswith("search_unavailable")
    assert (waiting.attempts, waiting.lease) == (0, "")
    assert "elastic" not in drain_all()  # it rests


def test_the_revision_follows_the_vocabulary_and_the_words(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = engines.revision()
    assert engines.revision() == before
    monkeypatch.setattr(engines, "segmentation_words", lambda: ("专精特新",))
    assert engines.revision() != before
    assert engines.schema("need").fingerprint != SCHEMAS["need"].fingerprint
