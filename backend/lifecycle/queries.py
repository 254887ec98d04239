"""Reads of what happened. Who may see the subject may see its events: the caller knows."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from backend.lifecycle.models import Event
from backend.lifecycle.services import digest


def events_of(row: models.Model) -> QuerySet[Event]:
    """The subject's events in their order, with who did them."""
    own = Event.objects.filter(subject=row._meta.model_name, subject_id=row.pk)
    return own.select_related("actor", "organisation").order_by("number")


def last_events(model: type[models.Model], ids: Collection[int]) -> dict[int, Event]:
    """The newest event of each of these rows, with who did it."""
    of = Event.objects.filter(subject=model._meta.model_name)
    newest = of.filter(subject_id=OuterRef("subject_id")).order_by("-number").values("number")[:1]
    found = of.filter(subject_id__in=ids, number=Subquery(newest))
    return {event.subject_id: event for event in found.select_related("actor", "organisation")}


def broken_at(row: models.Model) -> int | None:
    """The number of the first event that the chain does not bear out; None where it is whole. A cut tail leaves no
    trace in a chain."""
    before = ""
    for number, event in enumerate(events_of(row), start=1):
        if event.number != number or event.digest != digest(event, before):
            return number
        before = event.digest
    return None
