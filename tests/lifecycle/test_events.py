"""Events: numbered, chained, and kept by the database itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from backend.lifecycle.models import Event
from backend.lifecycle.queries import broken_at, events_of, last_events
from backend.lifecycle.services import record
from backend.needs.models import Need
from tests import world


def _told(need: Need, *events: str) -> None:
    for place, event in enumerate(events):
        record(
            need,
            event,
            before="draft",
            after="open",
            actor=world.person(need.company.organisation),
            at=world.NOW + timedelta(minutes=place),
            note="逐项核对",
            data={"amount": need.amount},
        )


@pytest.mark.django_db
def test_events_are_numbered_for_each_subject_and_chained() -> None:
    first, second = world.need(), world.need()
    _told(first, "open", "close", "open")
    _told(second, "open")
    # What the services themselves wrote of these needs before comes first.
    told = [event.event for event in events_of(first)][-3:]
    assert told == ["open", "close", "open"]
    numbers = [event.number for event in events_of(first)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert broken_at(first) is None
    assert broken_at(second) is None
    assert {pk: event.event for pk, event in last_events(Need, [first.pk, second.pk]).items()} == {
        first.pk: "open",
        second.pk: "open",
    }
    last = events_of(first).last()
    assert last is not None
    assert last.organisation == first.company.organisation
    assert last.data == {"amount": "1000000.00"}


@pytest.mark.django_db
@pytest.mark.database
def test_the_database_refuses_to_change_or_to_lose_an_event() -> None:
    need = world.need()
    _told(need, "open")
    event = Event.objects.latest("pk")
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(note="改写")
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    assert Event.objects.get(pk=event.pk).note == "逐项核对"


@pytest.mark.django_db
def test_a_number_is_taken_once() -> None:
    need = world.need()
    _told(need, "open")
    event = Event.objects.latest("pk")
    event.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        event.save(force_insert=True)


@pytest.mark.django_db
def test_a_forged_event_breaks_the_chain() -> None:
    need = world.need()
    _told(need, "open", "close")
    forged = Event.objects.latest("pk")
    forged.pk, forged.number, forged.note = None, forged.number + 1, "补记"
    forged.save(force_insert=True)
    assert broken_at(need) == forged.number


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_the_whole_database_can_still_be_emptied() -> None:
    with transaction.atomic():
        _told(world.need(), "open")
    call_command("flush", interactive=False, verbosity=0)
    assert Event.objects.count() == 0
    with transaction.atomic():
        _told(world.need(), "open")
    with pytest.raises(IntegrityError, match="keeps what was written"):
        Event.objects.all().delete()
    assert connection.in_atomic_block is False
