"""`manage.py search` and its exit codes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.companies.models import Company
from backend.indexing import engines, outbox
from backend.indexing.models import Copy
from backend.indexing.schemas import KINDS
from search.port import SearchEngine
from tests import world
from tests.indexing.reading import held

CLOSED_PORT = "http://127.0.0.1:9"


def search(*words: str) -> tuple[int, str, str]:
    """(exit code, output, errors)"""
    out, err = StringIO(), StringIO()
    try:
        call_command("search", *words, stdout=out, stderr=err)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_rebuild_makes_the_first_indexes_and_then_only_when_due(db: None) -> None:
    need, product = world.need(), world.product()
    assert search("status")[0] == 2
    code, said, _ = search("rebuild", "--if-due")
    assert code == 0
    assert "embedded need: 1 documents in " in said
    assert "embedded product: 1 documents in " in said
    engine = engines.primary()
    assert (list(held(engine, "need")), list(held(engine, "product"))) == ([need.pk], [product.pk])
    live = [engine.status(engines.schema(kind)).live for kind in KINDS]
    assert search("rebuild", "--if-due") == (
        0,
        "embedded need: up to date, no rebuild due\nembedded product: up to date, no rebuild due\n",
        "",
    )
    assert [engine.status(engines.schema(kind)).live for kind in KINDS] == live
    assert search("rebuild", "--kind", "need")[0] == 0
    assert engine.status(engines.schema("need")).live != live[0]
    assert engine.status(engines.schema("product")).live == live[1]


def test_status_shows_what_waits(engine: SearchEngine) -> None:
    world.need()
    code, said, _ = search("status", "--engine", "embedded")
    assert code == 0
    assert said.startswith("embedded: well (tantivy ")
    row = next(line for line in said.splitlines() if "need" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")][2:] == ["0", "1", "1", "0", "not due"]
    assert "The oldest change has waited for 0 s." in said


def test_drift_is_reported_and_repaired(engine: SearchEngine) -> None:
    need = world.need()
    assert search("drain") == (0, "embedded: 1 copied, 0 left\n", "")
    assert search("drift")[0] == 0
    Copy.objects.filter(object_id=need.pk).delete()
    code, said, _ = search("drift", "--kind", "need")
    assert (code, said) == (2, "embedded need: 1 compared, 1 ahead, 0 on their way\n")
    code, said, _ = search("drift", "--kind", "need", "--repair")
    assert code == 0
    assert said.endswith("embedded need: 1 marked, 1 copied\n")
    assert search("drift")[0] == 0


def test_drift_without_an_index_is_a_difference(db: None) -> None:
    code, _, reason = search("drift")
    assert code == 2
    assert "search rebuild" in reason


def test_documents_that_fail_are_named(engine: SearchEngine) -> None:
    need = world.need()
    Company.objects.update(facts={"employees": {"value": "many"}})
    code, said, reason = search("drain")
    assert (code, said) == (4, "embedded: 0 copied, 1 left\n")
    assert reason.startswith(f"embedded need {need.pk}: FactError: employees")
    assert search("rebuild", "--kind", "need")[0] == 4


@pytest.mark.parametrize("action", ["status", "rebuild", "drift", "drain"])
def test_an_engine_that_is_away_holds_up_no_other(engine: SearchEngine, settings: Any, action: str) -> None:
    settings.SEARCH_ENGINES = ["elastic", "embedded"]
    settings.ELASTICSEARCH_URL = CLOSED_PORT
    world.need()
    assert search(action)[0] == 3
    if action in ("rebuild", "drain"):
        assert not outbox.pending("embedded").exists()
        assert outbox.pending("elastic").count() == 1


@pytest.mark.parametrize("words", [("status", "--engine", "solr"), ("rebuild", "--kind", "bank"), ("polish",), ()])
def test_wrong_words_are_refused(db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        search(*words)
