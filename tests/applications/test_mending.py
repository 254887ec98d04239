"""A repairable refusal becomes tasks; when they are done the need is matched again."""

from __future__ import annotations

import pytest

from backend.applications.models import RepairTask
from backend.applications.services import repair_task_done
from backend.common.errors import NotAllowed, NotFound
from backend.indexing.models import Copy
from backend.lifecycle.queries import events_of
from tests.applications.playing import NOW, Sides, sides

pytestmark = pytest.mark.django_db


def generation(table: Sides) -> int:
    return Copy.objects.get(kind="need", object_id=table.need.pk, engine="embedded").generation


def test_the_last_task_has_the_need_matched_again(table: Sides) -> None:
    case = table.refuse(table.played("due_diligence"), "5", "4")
    first, second = RepairTask.objects.order_by("pk")
    before = generation(table)
    done = repair_task_done(actor=table.member, task_id=first.pk, now=NOW)
    assert (done.done_at, done.done_by) == (NOW, table.member)
    assert (generation(table), events_of(case).last().event) == (before, "refuse")  # type: ignore[union-attr]
    repair_task_done(actor=table.owner, task_id=second.pk, now=NOW)
    assert (generation(table), events_of(case).last().event) == (before + 1, "repaired")  # type: ignore[union-attr]


def test_said_twice_the_first_time_counts(table: Sides) -> None:
    case = table.refuse(table.played("due_diligence"), "5")
    task = RepairTask.objects.get()
    repair_task_done(actor=table.owner, task_id=task.pk, now=NOW)
    events = events_of(case).count()
    again = repair_task_done(actor=table.member, task_id=task.pk)
    assert (again.done_at, again.done_by, events_of(case).count()) == (NOW, table.owner, events)


def test_a_task_is_the_company_s_own(table: Sides) -> None:
    table.refuse(table.played("due_diligence"), "5")
    task = RepairTask.objects.get()
    for actor, error in ((table.worker, NotAllowed), (sides().owner, NotFound), (sides().worker, NotFound)):
        with pytest.raises(error):
            repair_task_done(actor=actor, task_id=task.pk)
    task.refresh_from_db()
    assert task.done_at is None
