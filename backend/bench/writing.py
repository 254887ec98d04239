"""How fast documents go in, and how soon a submitted need is found: the adapter and the service against the bare
engine, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from backend.accounts.models import User
from backend.bench.copies import Span, documents_of
from backend.bench.failure import BenchFailed
from backend.bench.timing import quantile
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_create
from backend.indexing import documents, engines
from backend.indexing.documents import Unbuildable
from backend.market.generator import companies
from backend.market.services import calibration, need_input, stored
from backend.needs.cycle import SHOWN
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_create
from search.bare import Bare
from search.checks import prepare
from search.port import SearchEngine, Write
from search.query import All, Range, Request, Terms

LOADED, LOADS = 10_000, 3
SUBMITTED, WARMED = 30, 3
_FIRST_SPARE = 5_000_000
"""Companies of the seed from here on are in no market; ids of needs from `_SPARE_ID` on neither."""
_SPARE_ID = 10**9


def loading(engine: SearchEngine, scratch: SearchEngine, bare: Bare, needs: int, today: date) -> dict[str, Any]:
    """Documents a second: prepared ones by the engine's own bulk helper, the same unprepared through the adapter, and
    from the rows of the database on. Median of three loads of at most 10,000 into an empty index, one after another.
    `scratch`: another engine of the same kind with a prefix of its own."""
    schema = engines.schema("need")
    count = min(LOADED, needs)
    span = Span(0, count, today)
    writes = [Write(id, 1, document) for id, document in documents_of(span)]
    seconds: dict[str, list[float]] = {"bare": [], "adapter": [], "rows": []}
    for _ in range(LOADS):
        changes, unfit = prepare(schema, writes, engines.segmenter())
        if unfit:
            raise BenchFailed(f"{engine.name} refuses {len(unfit)} needs")
        seconds["bare"].append(bare.load(schema, changes))
        seconds["adapter"].append(_loaded(scratch, lambda: writes))
        seconds["rows"].append(_loaded(scratch, lambda: [Write(id, 1, made) for id, made in documents_of(span)]))
    scratch.drop(schema)
    rates = {name: count / statistics.median(each) for name, each in seconds.items()}
    return {
        "documents": count,
        "bare_per_second": round(rates["bare"]),
        "adapter_per_second": round(rates["adapter"]),
        "from_rows_per_second": round(rates["rows"]),
        "adapter_to_bare": round(rates["adapter"] / rates["bare"], 3),
        "from_rows_to_bare": round(rates["rows"] / rates["bare"], 3),
    }


def _loaded(engine: SearchEngine, given: Callable[[], Sequence[Write]]) -> float:
    schema = engines.schema("need")
    engine.start_rebuild(schema)
    began = time.perf_counter()
    report = engine.load(schema, given())
    seconds = time.perf_counter() - began
    engine.abandon_rebuild(schema)
    if report.failed:
        raise BenchFailed(f"{engine.name} refused {len(report.failed)} needs")
    return seconds


def submitting(engine: SearchEngine, bare: Bare, *, actor: User, seed: int, today: date) -> dict[str, Any]:
    """Milliseconds from the call that files a need until a search finds it, against one prepared document written and
    found by the bare engine."""
    spare = _companies(actor, seed, today)
    found: dict[str, list[float]] = {"bare": [], "service": []}
    for number, (company, data) in enumerate(spare):
        filed, seconds = _submitted(engine, company, data, actor, today)
        again = _bare_copy(bare, filed, today)
        if number >= WARMED:
            found["service"].append(seconds)
            found["bare"].append(again)
    rows = {
        name: {f"p{percent}": round(quantile(each, percent) * 1000, 3) for percent in (50, 95)}
        for name, each in found.items()
    }
    return {
        "submissions": len(found["service"]),
        "bare_ms": rows["bare"],
        "service_ms": rows["service"],
        "service_to_bare": {name: round(rows["service"][name] / rows["bare"][name], 3) for name in rows["bare"]},
    }


def _companies(actor: User, seed: int, today: date) -> list[tuple[Company, NeedInput]]:
    """Companies that are in no market yet, each with one need to file."""
    first = _FIRST_SPARE + Company.objects.filter(organisation__name__startswith=_MARK).count()
    drafts = companies(calibration(today), seed=seed, count=WARMED + SUBMITTED, start=first, today=today, needs_each=1)
    made = []
    for draft in drafts:
        data = CompanyInput(
            name=_MARK + draft.name,
            credit_code=draft.credit_code,
            founded_on=draft.founded_on,
            facts=stored(draft.facts, today),
        )
        made.append((company_create(actor=actor, today=today, data=data), need_input(draft.needs[0], today)))
    return made


_MARK = "bench "


def _submitted(engine: SearchEngine, company: Company, data: NeedInput, actor: User, today: date) -> tuple[Need, float]:
    schema, request = engines.schema("need"), _only(company.pk)
    began = time.perf_counter()
    need = need_create(
        actor=actor, company_id=company.pk, data=data, opened_at=timezone.now() - timedelta(minutes=1), today=today
    )
    while not engine.search(schema, request).hits:
        if time.perf_counter() - began > 60:
            raise BenchFailed(f"{engine.name} does not find need {need.pk}")
    return need, time.perf_counter() - began


def _bare_copy(bare: Bare, need: Need, today: date) -> float:
    """The same document under an id and a company of its own."""
    schema, id = engines.schema("need"), _SPARE_ID + need.pk
    document = documents.documents("need", [need.pk], documents.setting(today))[need.pk]
    if isinstance(document, Unbuildable):
        raise BenchFailed(document.reason)
    writes = [Write(id, 1, {**document, "company_id": id})]
    (change,), _unfit = prepare(schema, writes, engines.segmenter())
    return bare.write_and_find(schema, replace(change, id=id), _only(id))


def _only(company_id: int) -> Request:
    open_ones = Terms("status", SHOWN)
    return Request(filter=All((Range("company_id", company_id, company_id), open_ones)), size=1)
