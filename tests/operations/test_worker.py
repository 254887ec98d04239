"""The worker's application: in process without a broker, and the schedule that is the outbox's net."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.schedules import schedule
from django.db import transaction

from backend.companies.models import Company
from backend.indexing import engines, outbox
from backend.indexing.services import mark_changed
from backend.operations import parts
from workers import ticking
from workers.app import app
from workers.tasks import drain_outbox, look_at_clock


def test_the_schedule_names_a_task_that_exists() -> None:
    entry = app.conf.beat_schedule["drain-outbox"]
    assert entry["task"] == drain_outbox.name
    assert schedule(entry["schedule"]).run_every.total_seconds() == 3.0
    assert entry["options"]["expires"] == 3.0
    entry = app.conf.beat_schedule["look-at-clock"]
    assert entry["task"] == look_at_clock.name
    assert schedule(entry["schedule"]).run_every.total_seconds() == 60.0


def test_without_a_broker_tasks_run_in_this_process() -> None:
    assert app.conf.task_always_eager is True


@pytest.mark.django_db(transaction=True)
def test_the_task_drains_every_engine(settings: object) -> None:
    assert Company.objects.count() == 0
    assert drain_outbox.delay().get() == {"embedded": 0}


@pytest.fixture
def ticker(settings: Any, tmp_path: Path) -> Iterator[Any]:
    settings.SEARCH_FOLDER = tmp_path / "index"
    settings.OUTBOX_EVERY_SECONDS = 0.05
    engines.breaker.forget()
    begun: list[threading.Event] = []

    def begin() -> threading.Event | None:
        stopped = ticking.start()
        if stopped is not None:
            begun.append(stopped)
        return stopped

    yield begin
    for stopped in begun:
        stopped.set()
    for thread in threading.enumerate():
        if thread.name == ticking.THREAD:
            thread.join(30)
    engines.breaker.forget()


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_what_waits_is_copied_though_nobody_writes(ticker: Any) -> None:
    with transaction.atomic():
        mark_changed("need", [1], wake=False)
    engines.breaker.failed("embedded")
    assert ticker() is not None
    time.sleep(0.3)
    assert outbox.pending("embedded").count() == 1, "an engine that failed is left to rest"
    engines.breaker.forget()
    deadline = time.monotonic() + 30
    while outbox.pending("embedded").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not outbox.pending("embedded").exists()


@pytest.mark.django_db(transaction=True)
def test_a_round_that_fails_is_not_the_last(ticker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def fail() -> None:
        rounds.append(1)
        raise OSError("the disk is full")

    monkeypatch.setattr(ticking, "drain_all", fail)
    ticker()
    deadline = time.monotonic() + 30
    while len(rounds) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(rounds) >= 3


def test_with_a_broker_the_schedule_is_its_own(ticker: Any, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = False
    assert ticker() is None
    assert all(thread.name != ticking.THREAD for thread in threading.enumerate())


@pytest.mark.parametrize(("broker", "begun"), [("", True), ("redis://127.0.0.1:9/0", False)])
def test_the_web_server_begins_it(broker: str, begun: bool, tmp_path: Path) -> None:
    show = "import threading, backend.config.wsgi; print('outbox' in [t.name for t in threading.enumerate()])"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "TEST_"))},
        "RONGQIAO_DEMO": "1", "RONGQIAO_VAR": str(tmp_path), "REDIS_URL": "", "CELERY_BROKER_URL": broker,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}", "PYTHONPATH": str(parts.REPOSITORY),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", show], cwd=parts.REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(begun), done.stderr
