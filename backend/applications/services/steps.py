"""What every step on a case has in common: whose it is, its deadline, the need beneath it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.applications.cycle import CYCLE, Party
from backend.applications.models import Application
from backend.applications.queries import application_visible_to, party_of
from backend.applications.services import needs
from backend.common.errors import InvalidInput, NotAllowed, Text
from backend.common.texts import passage
from backend.lifecycle.services import advance
from backend.lifecycle.table import IllegalStep

LONGEST_NOTE = 1000


def case_of(actor: User, application_id: int, party: Party, *, lock: bool = False) -> Application:
    """A case on which the actor stands on this side. `lock`: whoever comes at the same time waits.

    Raises NotFound, and NotAllowed where the actor sees the case from elsewhere.
    """
    case = application_visible_to(actor, application_id)
    if party_of(actor, case) is not party:
        raise NotAllowed(
            _("Only the company itself may do this.")
            if party is Party.COMPANY
            else _("Only the institution itself may do this.")
        )
    if lock:
        Application.objects.select_for_update().get(pk=case.pk)
        case = application_visible_to(actor, application_id)
    return case


def taken(
    case: Application,
    event: str,
    *,
    actor: User | None,
    now: datetime,
    due_at: datetime | None,
    expected_version: int | None = None,
    values: Mapping[str, object] | None = None,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> Application:
    """The case after the step, with the deadline of the state that it leads to, of which nobody was reminded yet. What
    a case's end means for its need follows.

    Raises as `lifecycle.services.advance`.
    """
    ends = _ends(case, event)
    advance(
        case,
        event,
        actor=actor,
        now=now,
        expected_version=expected_version,
        values={
            "due_at": None if ends else due_at,
            "look_at": None if ends else due_at,
            "reminded_at": None,
            "escalated_at": None,
            **({"ended_at": now} if ends else {}),
            **(values or {}),
        },
        note=note,
        data=data,
    )
    if ends:
        needs.case_ended(case, actor=actor, now=now)
    return case


def _ends(case: Application, event: str) -> bool:
    try:
        return CYCLE.find(case.status, event).target in CYCLE.ends
    except IllegalStep:
        return False  # `advance` says so in words


def noted(text: str, field: str, *, needed: Text | None = None) -> str:
    """A person's words for the timeline. `needed`: what to say where there are none. Raises InvalidInput."""
    if not text.strip():
        if needed is not None:
            raise InvalidInput(needed, code="required", field=field)
        return ""
    return passage(text, field, longest=LONGEST_NOTE)
