"""The worker's application: in process without a broker, and the schedule that is the outbox's net."""

from __future__ import annotations

import pytest
from celery.schedules import schedule

from backend.companies.models import Company
from workers.app import app
from workers.tasks import drain_outbox


def test_the_schedule_names_a_task_that_exists() -> None:
    entry = app.conf.beat_schedule["drain-outbox"]
    assert entry["task"] == drain_outbox.name
    assert schedule(entry["schedule"]).run_every.total_seconds() == 3.0
    assert entry["options"]["expires"] == 3.0


def test_without_a_broker_tasks_run_in_this_process() -> None:
    assert app.conf.task_always_eager is True


@pytest.mark.django_db(transaction=True)
def test_the_task_drains_every_engine(settings: object) -> None:
    assert Company.objects.count() == 0
    assert drain_outbox.delay().get() == {"embedded": 0}
