"""The check of a submitted need: the platform's own, and the bureau's where that one does not suffice."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.common.errors import NotAllowed
from backend.common.texts import passage
from backend.indexing.services import mark_changed
from backend.lifecycle.services import CLOCK, advance
from backend.needs.deadlines import last_day
from backend.needs.models import Need
from backend.needs.queries import duplicates_of, need_visible_to
from backend.needs.versions import need_keep


@transaction.atomic
def need_verify(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """An officer finds nothing against a submitted need. It opens at once where its company is verified, else as soon
    as it is. Raises NotFound, NotAllowed, Conflict."""
    need = _for_officer(actor, need_id)
    at = now or timezone.now()
    alike = [other.need.pk for other in duplicates_of(need, on=timezone.localdate(at))]
    data = {"duplicates": alike} if alike else {}
    advance(
        need, "verify", actor=actor, now=at, expected_version=expected_version, values={"verify_by": None}, data=data
    )
    opened = _open(need, at)
    mark_changed("need", [need.pk])
    return opened


@transaction.atomic
def need_return(*, actor: User, need_id: int, expected_version: int, reason: str, now: datetime | None = None) -> Need:
    """An officer gives a need back to its company, which reads the reason. Raises NotFound, NotAllowed, InvalidInput
    (field `reason`), Conflict."""
    need = _for_officer(actor, need_id)
    note = passage(reason, "reason")
    at = now or timezone.now()
    advance(
        need, "return", actor=actor, now=at, expected_version=expected_version, values={"verify_by": None}, note=note
    )
    mark_changed("need", [need.pk])
    return need


def pass_check(need: Need, *, now: datetime) -> Need:
    """The platform's own check of a submitted need, in the caller's transaction: it passes where the company is
    verified and nothing looks like the same need twice. A need that stays as it is waits for the bureau."""
    if need.company.verified_at is None:
        return need
    if need.status == Need.Status.SUBMITTED and not duplicates_of(need, on=timezone.localdate(now)):
        advance(need, "check", actor=CLOCK, now=now, values={"verify_by": None})
    return _open(need, now)


def _open(need: Need, at: datetime) -> Need:
    """Opens a need that was verified, where its company is."""
    if need.status == Need.Status.VERIFIED and need.company.verified_at is not None:
        values = {"opened_at": at, "expires_on": last_day(timezone.localdate(at))}
        advance(need, "open", actor=CLOCK, now=at, values=values, data={"expires_on": values["expires_on"]})
        need_keep(need, at=at)
    return need


def _for_officer(actor: User, need_id: int) -> Need:
    need = need_visible_to(actor, need_id)
    if not may(actor, Action.VERIFY):
        raise NotAllowed(_("Only the finance bureau may do this."))
    return need
