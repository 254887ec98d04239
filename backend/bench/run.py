"""One size of the market, made and measured on each engine. Runs on a database and on indexes of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import override_settings

from backend.accounts.services import platform_account
from backend.bench.cases import lead_cases, match_cases
from backend.bench.copies import copy_all
from backend.bench.latency import lead_questions, match_questions, measured
from backend.bench.market import Progress, fill
from backend.bench.workers import makers
from backend.bench.writing import loading, submitting
from backend.indexing import engines
from backend.packs.queries import vocabulary
from search.bare import bare
from search.engines import make_engine

SEED = 1
QUESTIONS = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """`workers`: processes that make rows and documents beside this one."""

    needs: int
    engines: Sequence[str]
    pack: Path
    today: date
    questions: int = QUESTIONS
    workers: int = 2
    seed: int = SEED


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Raises BenchFailed, and whatever the engines raise."""
    took: dict[str, float] = {}
    with override_settings(SEARCH_ENGINES=list(plan.engines)), makers(plan.workers) as maker:
        with _timed(took, "rows_seconds"), _undurable():
            filled = fill(plan.pack, plan.needs, seed=plan.seed, today=plan.today, maker=maker, progress=progress)
        loaded = [engines.engine(name) for name in plan.engines]
        with _timed(took, "indexes_seconds"), _undurable():
            copy_all(loaded, filled.needs, today=plan.today, maker=maker, progress=progress)
    found: dict[str, Any] = {**asdict(filled), **took, "engines": {}}
    for name in plan.engines:
        progress(name, 0, 1)
        with override_settings(SEARCH_ENGINES=[name]):
            found["engines"][name] = _engine(name, filled.needs, plan)
        progress(name, 1, 1)
    return found


def _engine(name: str, needs: int, plan: Plan) -> dict[str, Any]:
    engine = engines.engine(name)
    config = engines.config(name)
    under = bare(config, engines.segmenter())
    scratch = make_engine(replace(config, prefix=f"{config.prefix}-again"), engines.segmenter())
    leads = lead_cases(plan.questions, seed=plan.seed, vocabulary=vocabulary(), segmenter=engines.segmenter())
    matches = match_cases(plan.questions, seed=plan.seed)
    try:
        return {
            "versions": under.versions(),
            "index_mib": round(under.index_bytes(engines.schema("need")) / 2**20, 1),
            "leads": measured(lead_questions(leads, engine, plan.today), engine, under),
            "products": measured(match_questions(matches, engine, plan.today), engine, under),
            "indexing": loading(engine, scratch, under, needs, plan.today),
            "submit_to_visible": submitting(engine, under, actor=platform_account(), seed=plan.seed, today=plan.today),
        }
    finally:
        scratch.close()
        under.remove()
        under.close()


@contextmanager
def _timed(took: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took[name] = round(time.perf_counter() - began, 1)


@contextmanager
def _undurable() -> Iterator[None]:
    """SQLite does not wait for the disk meanwhile: a bench that is cut off begins anew."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA synchronous").fetchone()[0]
        cursor.execute("PRAGMA synchronous=OFF")
        yield
        cursor.execute(f"PRAGMA synchronous={before}")
