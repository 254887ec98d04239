"""The outbox under crashes, races, and an engine or a broker that goes away: nothing is lost, nothing is left over."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.accounts.services import platform_account
from backend.common.errors import Conflict
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_update
from backend.indexing import engines, outbox
from backend.indexing.drift import drift
from backend.indexing.models import Copy
from backend.indexing.rebuild import rebuild
from backend.indexing.schemas import KINDS
from backend.indexing.services import drain, mark_changed
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_update
from search.port import SearchEngine, SearchUnavailable, Write, WriteReport
from search.schema import Schema
from tests import world
from tests.indexing.reading import held, wanted
from workers.app import app as celery

CLOSED_PORT = "http://127.0.0.1:9"


class Killed(BaseException):
    """The worker's process ended here."""


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
    made = engines.engine("embedded")
    for kind in KINDS:
        made.ensure(engines.schema(kind))
    return made


def retitle(need: Need, title: str) -> None:
    """A change by somebody who repeats it when others were quicker."""
    while True:
        need.refresh_from_db()
        data = replace(NeedInput.of(need), title=title)
        try:
            need_update(actor=platform_account(), need_id=need.pk, data=data, expected_version=need.version)
            return
        except Conflict:
            continue


def assert_whole(engine: SearchEngine) -> None:
    """The index and the database say the same, to the letter."""
    for kind in KINDS:
        found = drift(engine, kind)
        assert (found.total, found.pending) == (0, 0), found
        assert held(engine, kind) == wanted(kind)


class Faults:
    """Makes a real engine, and the closing of outbox rows, fail at random in every place where a worker can die."""

    PLACES = ("nowhere", "nowhere", "before the write", "after the write", "while closing", "engine away")

    def __init__(self, patched: pytest.MonkeyPatch, engine: SearchEngine, chance: random.Random) -> None:
        self.place = "nowhere"
        self.met: set[str] = set()
        self._chance = chance
        write, settle = engine.write, outbox.settle

        def write_or_fail(schema: Schema, writes: Sequence[Write], *, refresh: bool = False) -> WriteReport:
            self._at("before the write", Killed)
            self._at("engine away", SearchUnavailable)
            report = write(schema, writes, refresh=refresh)
            self._at("after the write", Killed)
            return report

        def settle_or_fail(*args: Any, **rest: Any) -> int:
            with transaction.atomic():
                closed = settle(*args, **rest)
                self._at("while closing", Killed)
            return closed

        patched.setattr(engine, "write", write_or_fail)
        patched.setattr(outbox, "settle", settle_or_fail)

    def choose(self) -> None:
        self.place = self._chance.choice(self.PLACES)

    def _at(self, place: str, error: type[BaseException]) -> None:
        if self.place == place:
            self.met.add(place)
            raise error(place)


@pytest.mark.database
@pytest.mark.parametrize("seed", range(6))
def test_after_random_writes_deletes_and_crashes_a_drain_brings_all_to_one(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch, settings: Any, seed: int
) -> None:
    chance = random.Random(seed)
    settings.OUTBOX_BATCH = 3
    now = timezone.now()
    with monkeypatch.context() as patched:
        faults = Faults(patched, engine, chance)
        company = world.company()
        for step in range(80):
            now += timedelta(seconds=chance.choice((1, 5, 61)))
            _act(chance, company, step)
            if chance.random() < 0.6:
                faults.choose()
                _drain_until_killed(engine, now)
    assert faults.met == set(Faults.PLACES) - {"nowhere"}
    engines.breaker.forget()
    for _ in range(3):
        now += timedelta(minutes=11)
        drain(engine, now=now)
    assert_whole(engine)


def _act(chance: random.Random, company: Company, step: int) -> None:
    needs = list(Need.objects.order_by("pk"))
    match chance.choice(("need", "change", "change", "delete", "company", "product", "undone")):
        case "need":
            world.need(company, opened_at=None, title=f"第{step}步")
        case "change" if needs:
            retitle(chance.choice(needs), f"第{step}步")
        case "delete" if needs:
            victim = chance.choice(needs)
            with transaction.atomic():
                mark_changed("need", [victim.pk])
                Need.objects.filter(pk=victim.pk).delete()
        case "company":
            company.refresh_from_db()
            data = replace(CompanyInput.of(company), facts={"employees": step})
            actor = platform_account()
            company_update(actor=actor, company_id=company.pk, data=data, expected_version=company.version)
        case "product":
            world.product()
        case "undone":
            with transaction.atomic():
                world.need(company, title="从未有过")
                transaction.set_rollback(True)


def _drain_until_killed(engine: SearchEngine, now: datetime) -> None:
    try:
        drain(engine, chance_limit(now), now=now)
    except Killed:
        pass


def chance_limit(now: datetime) -> int:
    """Some drains stop early."""
    return 2 + now.second % 9


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_writers_workers_and_a_rebuild_at_once_lose_nothing(engine: SearchEngine, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False  # only the workers below copy
    settings.OUTBOX_BATCH = 5
    company = world.company()
    needs = [world.need(company) for _ in range(4)]
    stop = threading.Event()
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    def write(number: int) -> None:
        for step in range(8):
            retitle(needs[(number + step) % len(needs)], f"{number}-{step}")
            if step % 4 == 0:
                world.need(company, title=f"{number}-{step} 新")

    def change_company() -> None:
        for step in range(6):
            while True:
                current = Company.objects.get(pk=company.pk)
                data = replace(CompanyInput.of(current), facts={"employees": step})
                try:
                    company_update(
                        actor=platform_account(), company_id=company.pk, data=data, expected_version=current.version
                    )
                    break
                except Conflict:
                    continue

    def copy() -> None:
        while not stop.is_set():
            drain(engine)
            time.sleep(0.005)

    writers = [threading.Thread(target=run, args=(lambda number=number: write(number),)) for number in range(3)]
    writers += [threading.Thread(target=run, args=(change_company,))]
    writers += [threading.Thread(target=run, args=(lambda: [rebuild(engine, "need") for _ in range(2)] and None,))]
    workers = [threading.Thread(target=run, args=(copy,)) for _ in range(2)]
    for thread in (*writers, *workers):
        thread.start()
    for thread in writers:
        thread.join(120)
    stop.set()
    for thread in workers:
        thread.join(120)
    assert failures == []
    assert not any(thread.is_alive() for thread in (*writers, *workers))
    drain(engine, now=timezone.now() + outbox.LEASE * 2)
    assert Need.objects.count() == 4 + 3 * 2
    assert_whole(engine)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_need_filed_while_its_company_changes_is_not_left_with_old_facts(engine: SearchEngine) -> None:
    """The change of the company commits last; without the lock in `need_create` it would miss the new need."""
    company = world.company(facts={"employees": 1})
    filed = threading.Event()

    def file() -> None:
        try:
            world.need(company)
        finally:
            connection.close()
            filed.set()

    with transaction.atomic():
        data = replace(CompanyInput.of(company), facts={"employees": 2})
        company_update(actor=platform_account(), company_id=company.pk, data=data, expected_version=1)
        thread = threading.Thread(target=file)
        thread.start()
        assert not filed.wait(0.5)  # it waits for the change
    thread.join(30)
    drain(engine)
    (document,) = held(engine, "need").values()
    assert document["facts"]["employees"] == "2"
    assert_whole(engine)


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_fails_no_write(engine: SearchEngine, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    sent: list[str] = []
    send = celery.send_task

    def send_to_nobody(name: str, **options: Any) -> Any:
        sent.append(name)
        with celery.connection_for_write("redis://127.0.0.1:9/0") as nobody:
            return send(name, connection=nobody, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(celery, "send_task", send_to_nobody)
    began = time.monotonic()
    need = world.need()
    assert time.monotonic() - began < 5
    assert set(sent) == {"workers.tasks.drain_outbox"}
    assert Need.objects.get() == need
    assert Copy.objects.get().done == 0
    assert drain(engine).closed == 1


@pytest.mark.django_db(transaction=True)
def test_a_write_succeeds_while_every_engine_is_away(settings: Any) -> None:
    settings.SEARCH_ENGINES = ["elastic"]
    settings.ELASTICSEARCH_URL = CLOSED_PORT
    need = world.need()
    assert Need.objects.get() == need
    (waiting,) = outbox.pending("elastic")
    assert waiting.error.startswith("search_unavailable")


@pytest.mark.django_db(transaction=True)
def test_elasticsearch_catches_up_when_it_is_back(
    settings: Any,
    elasticsearch_url: str,
    search_prefix: str,
    drop_indexes: Callable[[str, str], None],
) -> None:
    """Away: the embedded engine answers and says so. Back: the outbox brings it level and it answers again."""
    settings.SEARCH_ENGINES = ["elastic", "embedded"]
    settings.ELASTICSEARCH_URL = CLOSED_PORT
    needs = [world.need() for _ in range(3)]
    found, freshness = engines.ask(lambda engine: sorted(held(engine, "need")))
    assert found == [need.pk for need in needs]
    assert (freshness.engine, freshness.standby, freshness.pending) == ("embedded", True, 0)
    assert engines.freshness("elastic").pending == 3
    settings.ELASTICSEARCH_URL = elasticsearch_url
    engines.breaker.forget()
    try:
        done = drain(engines.primary(), refresh=True, now=timezone.now() + outbox.AWAY_PAUSE)
        assert (done.closed, done.away) == (3, False)
        found, freshness = engines.ask(lambda engine: sorted(held(engine, "need")))
        assert found == [need.pk for need in needs]
        assert (freshness.engine, freshness.standby, freshness.pending) == ("elastic", False, 0)
        assert drift(engines.primary(), "need").total == 0
    finally:
        drop_indexes(elasticsearch_url, search_prefix)
