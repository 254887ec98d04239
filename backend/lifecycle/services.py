"""The one way in which a guarded row changes its state: the database decides, and the event is written with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import actions_of
from backend.common.errors import Conflict, NotAllowed
from backend.lifecycle.models import Event
from backend.lifecycle.table import IllegalStep, LifeCycle, Step

M = TypeVar("M", bound=models.Model)

CLOCK = None
"""The actor of what nobody did: a deadline that passed."""


def advance(
    row: M,
    event: str,
    *,
    actor: User | None,
    now: datetime | None = None,
    expected_version: int | None = None,
    values: Mapping[str, object] | None = None,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> M:
    """Take a step of the row's life cycle, set `values` with it and write the event; within the caller's transaction.

    The row has `status`, `version` and `updated_at`. That the actor may see the row, and acts for the right
    organisation, is the caller's to know; that the role may do it stands in the table. Of two that come at once one
    wins.

    Raises NotAllowed where the actor's role holds none of the step's actions, Conflict (`wrong_state`) where the event
    leads nowhere from the state, Conflict (`version_conflict`) where the row changed meanwhile.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a state and its event are written in one transaction")
    table: Any = row
    cycle: LifeCycle = table.life_cycle
    state, version = table.status, table.version
    if expected_version is not None and version != expected_version:
        raise Conflict(_changed())
    try:
        step = cycle.find(state, event)
    except IllegalStep as error:
        raise wrong_state(row) from error
    _allowed(actor, step)
    at = now or timezone.now()
    manager: Any = type(row)._default_manager
    done = manager.filter(pk=row.pk, version=version, status=state).update(
        **(values or {}), status=step.target, version=F("version") + 1, updated_at=at
    )
    if not done:
        raise Conflict(_changed())
    row.refresh_from_db()
    record(row, event, before=state, after=step.target, actor=actor, at=at, note=note, data=data)
    return row


def record(
    row: models.Model,
    event: str,
    *,
    before: str,
    after: str,
    actor: User | None,
    at: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Append an event to the subject's chain. What runs at the same time for one subject meets the number's UNIQUE."""
    subject = row._meta.model_name or ""
    last = Event.objects.filter(subject=subject, subject_id=row.pk).order_by("-number").first()
    written = Event(
        subject=subject,
        subject_id=row.pk,
        number=last.number + 1 if last else 1,
        event=event,
        before=before,
        after=after,
        actor=actor,
        organisation=actor.organisation if actor else None,
        at=at,
        note=note,
        data=json.loads(json.dumps(dict(data or {}), default=str)),  # as the database will give it back
    )
    written.digest = digest(written, last.digest if last else "")
    written.save(force_insert=True)
    return written


def digest(event: Event, before: str) -> str:
    """What chains an event to the one before it, as 64 hexadecimal digits."""
    said = {
        "subject": event.subject,
        "subject_id": event.subject_id,
        "number": event.number,
        "event": event.event,
        "before": event.before,
        "after": event.after,
        "actor": event.actor_id,
        "organisation": event.organisation_id,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "note": event.note,
        "data": event.data,
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def wrong_state(row: models.Model) -> Conflict:
    table: Any = row
    message = _("This cannot be done while its state is “%(status)s”.") % {"status": table.get_status_display()}
    return Conflict(message, code="wrong_state")


def _allowed(actor: User | None, step: Step) -> None:
    if actor is CLOCK:
        if step.by:
            raise NotAllowed(_("Only a person may do this."))
        return
    if not step.by & actions_of(actor):
        raise NotAllowed(_("Your role does not allow this."))


def _changed() -> Any:
    return _("Somebody changed this meanwhile. Read it again and repeat your change.")
