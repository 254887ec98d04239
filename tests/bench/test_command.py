"""The whole bench, on a market of two hundred needs in the embedded engine. No time is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

NEEDS, QUESTIONS = 200, 6
QUANTILES = {"p50", "p95", "p99"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What the bench wrote to its file and to the screen."""
    file = tmp_path_factory.mktemp("bench") / "bench.json"
    command = [sys.executable, "manage.py", "bench", "--needs", str(NEEDS), "--engines", "embedded"]
    command += ["--questions", str(QUESTIONS), "--workers", "0", "--json", str(file)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "backend.config.settings"}
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text(encoding="utf-8")), done.stdout


def test_the_market_has_the_size_that_was_asked_for(run: tuple[dict[str, Any], str]) -> None:
    (size,) = run[0]["sizes"]
    assert size["needs"] == NEEDS
    assert size["companies"] > NEEDS / 2
    assert size["products"] > 100
    assert set(size["engines"]) == {"embedded"}


WAYS = ("engine_ms", "service_ms", "api_ms", "page_ms")


@pytest.mark.parametrize("asked", ["leads", "products"])
def test_answers_are_quantiles_and_their_ratios(run: tuple[dict[str, Any], str], asked: str) -> None:
    found = run[0]["sizes"][0]["engines"]["embedded"][asked]
    assert found["questions"] == QUESTIONS
    assert found["requests_per_call"] >= 1
    for name in (*WAYS, "service_to_engine", "api_to_service", "page_to_service"):
        assert set(found[name]) == QUANTILES
    for name in WAYS:
        assert 0 < found[name]["p50"] <= found[name]["p95"] <= found[name]["p99"]
    for name in QUANTILES:
        assert found["service_to_engine"][name] == pytest.approx(
            found["service_ms"][name] / found["engine_ms"][name], abs=0.001
        )


def test_writes_are_rates_and_delays(run: tuple[dict[str, Any], str]) -> None:
    found = run[0]["sizes"][0]["engines"]["embedded"]
    load, seen = found["indexing"], found["submit_to_visible"]
    assert load["documents"] == NEEDS
    assert all(load[name] > 0 for name in ("bare_per_second", "adapter_per_second", "from_rows_per_second"))
    assert seen["submissions"] > 0
    assert set(seen["service_to_bare"]) == {"p50", "p95"}
    assert found["index_mib"] > 0
    assert "tantivy" in found["versions"]


def test_aims_and_machine_go_with_the_figures(run: tuple[dict[str, Any], str]) -> None:
    result = run[0]
    assert [(one["asked"], one["ratio"], one["aim"]) for one in result["aims"]] == [
        ("leads", "service_to_engine", 1.5),
        ("leads", "api_to_service", 2.0),
        ("leads", "page_to_service", 2.0),
        ("products", "service_to_engine", 1.5),
        ("products", "api_to_service", 2.0),
        ("products", "page_to_service", 2.0),
    ]
    assert result["growth"] == []
    assert set(result["machine"]) == {"cores", "memory_gib", "python"}


def test_the_screen_shows_the_tables(run: tuple[dict[str, Any], str]) -> None:
    tables = run[1].strip().split("\n\n")
    assert [len(table.splitlines()) for table in tables] == [2 + 2, 2 + 1, 2 + 1]
    assert tables[0].startswith("| needs ")
