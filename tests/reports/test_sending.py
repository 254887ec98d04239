"""With a broker a worker draws; a broker that is away costs nobody the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from backend.reports.services import RENDER_TASK, report_retry
from tests.demo_market import Case
from tests.reports.test_services import waiting
from workers.app import app
from workers.tasks import render_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(settings: Any) -> Iterator[Callable[[str], None]]:
    """Names another broker; the connections to the one before are forgotten."""
    before = app.conf.broker_url

    def use(url: str) -> None:
        app.conf.broker_url = url
        app._pool = None
        app.amqp._producer_pool = None

    settings.CELERY_TASK_ALWAYS_EAGER = False
    yield use
    use(before)


def test_the_task_is_sent_by_a_name_that_a_worker_knows(
    case: Case, broker: Callable[[str], None], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    broker("memory://")
    report = waiting(case)
    with django_capture_on_commit_callbacks(execute=True):
        report_retry(actor=case.owner, report_id=report.pk)
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("celery").get(timeout=5)
    assert message.headers["task"] == RENDER_TASK == render_report.name
    assert message.payload[0] == [report.pk]
    report.refresh_from_db()
    assert report.status == "waiting"
    assert app.tasks[RENDER_TASK](*message.payload[0]) == "ready"


def test_while_the_broker_is_away_the_report_waits(
    case: Case, broker: Callable[[str], None], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    broker("redis://127.0.0.1:9/0")
    report = waiting(case)
    with django_capture_on_commit_callbacks(execute=True):
        report_retry(actor=case.owner, report_id=report.pk)
    report.refresh_from_db()
    assert report.status == "waiting"
