"""What time alone does to needs. Each may run twice, at once or again: the row decides."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from backend.common.errors import Conflict
from backend.indexing.services import mark_changed
from backend.lifecycle.services import CLOCK, advance
from backend.needs.models import Need
from backend.needs.verification import pass_check

BATCH = 200
"""Needs at most in one run: the next one goes on."""


def needs_expire(now: datetime) -> int:
    """Open needs whose last day is over expire. Returns how many did."""
    today = timezone.localdate(now)
    due = Need.objects.filter(status=Need.Status.OPEN, expires_on__lt=today).order_by("expires_on", "pk")
    return sum(_expire(need, now) for need in due[:BATCH])


def needs_check(now: datetime) -> int:
    """Needs that waited for their company to be verified are checked once more, now that it is. Returns how many
    opened."""
    waiting = Q(status=Need.Status.VERIFIED) | Q(status=Need.Status.SUBMITTED, company__verified_at__gt=F("updated_at"))
    ids = Need.objects.filter(waiting, company__verified_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    return sum(_check(id, now) for id in list(ids))


def _expire(need: Need, now: datetime) -> bool:
    with suppress(Conflict), transaction.atomic():
        advance(need, "expire", actor=CLOCK, now=now)
        mark_changed("need", [need.pk])
        return True
    return False


def _check(need_id: int, now: datetime) -> bool:
    with suppress(Conflict), transaction.atomic():
        need = Need.objects.select_for_update().get(pk=need_id)
        before = need.version
        pass_check(need, now=now)
        if need.version != before:
            mark_changed("need", [need.pk])
        return need.status == Need.Status.OPEN
    return False
