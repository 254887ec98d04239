"""A company mends what a refusal named."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.applications.cycle import Party
from backend.applications.models import RepairTask
from backend.applications.queries import task_visible_to
from backend.applications.services.steps import case_of
from backend.common.errors import NotAllowed
from backend.indexing.services import mark_changed
from backend.lifecycle.services import record


@transaction.atomic
def repair_task_done(*, actor: User, task_id: int, now: datetime | None = None) -> RepairTask:
    """The company has done what a task asks for; said twice, the first time counts. With the last task of a case the
    need is matched again, and the case's timeline tells both sides.

    Raises NotFound, NotAllowed.
    """
    now = now or timezone.now()
    task = task_visible_to(actor, task_id)
    case = case_of(actor, task.application_id, Party.COMPANY, lock=True)
    if not may(actor, Action.COMPANY_EDIT):
        raise NotAllowed(_("Your role does not allow this."))
    done = RepairTask.objects.filter(pk=task.pk, done_at__isnull=True).update(done_at=now, done_by=actor)
    task.refresh_from_db()
    if done and not RepairTask.objects.filter(application=case, done_at__isnull=True).exists():
        record(case, "repaired", before=case.status, after=case.status, actor=actor, at=now)
        mark_changed("need", [case.need_id])
    return task
