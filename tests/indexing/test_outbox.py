"""Marking, leasing and settling."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from backend.indexing import engines, outbox
from backend.indexing.models import Copy
from backend.indexing.services import drain, mark_changed
from search.port import SearchEngine
from tests import world
from tests.indexing.reading import held, seen

DAY = date(2025, 6, 30)


def row(engine: str = "embedded", id: int = 1) -> Copy:
    return Copy.objects.get(engine=engine, kind="need", object_id=id)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_marked_within_its_transaction_or_not_at_all() -> None:
    with pytest.raises(outbox.OutsideTransaction):
        mark_changed("need", [1])
    assert not Copy.objects.exists()
    with transaction.atomic():
        mark_changed("need", [1])
        transaction.set_rollback(True)
    assert not Copy.objects.exists()


@pytest.mark.django_db
@pytest.mark.database
def test_each_change_raises_the_generation_for_every_engine(settings: Any) -> None:
    settings.SEARCH_ENGINES = ["elastic", "embedded"]
    mark_changed("need", [2, 1, 2])
    mark_changed("need", [2])
    rows = Copy.objects.order_by("engine", "object_id").values_list("engine", "kind", "object_id", "generation", "done")
    assert list(rows) == [
        ("elastic", "need", 1, 1, 0),
        ("elastic", "need", 2, 2, 0),
        ("embedded", "need", 1, 1, 0),
        ("embedded", "need", 2, 2, 0),
    ]


@pytest.mark.django_db
@pytest.mark.database
def test_more_ids_than_one_statement_takes() -> None:
    mark_changed("need", range(1, 1202))
    mark_changed("need", range(1, 1202))
    assert Copy.objects.filter(generation=2).count() == 1201


@pytest.mark.django_db
@pytest.mark.database
def test_a_change_waits_since_it_first_waited() -> None:
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    outbox.upsert(["embedded"], "need", [1], world.NOW + timedelta(hours=1))
    assert row().changed_at == world.NOW
    leased = outbox.lease("embedded", 10, world.NOW)
    assert outbox.settle(leased, {}, now=world.NOW, today=DAY) == 1
    outbox.upsert(["embedded"], "need", [1], world.NOW + timedelta(hours=2))
    assert row().changed_at == world.NOW + timedelta(hours=2)


@pytest.mark.django_db
@pytest.mark.database
def test_a_lease_is_held_by_one_until_it_runs_out() -> None:
    outbox.upsert(["embedded"], "need", [1, 2], world.NOW)
    first = outbox.lease("embedded", 10, world.NOW)
    assert [(one.object_id, one.generation) for one in first] == [(1, 1), (2, 1)]
    assert outbox.lease("embedded", 10, world.NOW + timedelta(seconds=59)) == []
    second = outbox.lease("embedded", 10, world.NOW + timedelta(seconds=60))
    assert [one.object_id for one in second] == [1, 2]


@pytest.mark.django_db
@pytest.mark.database
def test_a_change_during_the_copying_stays_pending() -> None:
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    leased = outbox.lease("embedded", 10, world.NOW)
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    assert outbox.settle(leased, {}, now=world.NOW, today=DAY) == 1
    assert (row().done, row().generation, row().lease) == (1, 2, "")
    assert [one.generation for one in outbox.lease("embedded", 10, world.NOW)] == [2]


@pytest.mark.django_db
@pytest.mark.database
def test_who_lost_the_lease_closes_nothing_newer() -> None:
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    slow = outbox.lease("embedded", 10, world.NOW)
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    later = world.NOW + outbox.LEASE
    quick = outbox.lease("embedded", 10, later)
    assert outbox.settle(slow, {}, now=later, today=DAY) == 0
    assert row().done == 0
    assert outbox.settle(quick, {}, now=later, today=DAY) == 1
    assert (row().done, row().generation) == (2, 2)


@pytest.mark.django_db
@pytest.mark.database
def test_a_failure_waits_longer_each_time_and_a_change_ends_the_wait() -> None:
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    moment = world.NOW
    for attempts, pause in ((1, 2), (2, 4), (3, 8)):
        leased = outbox.lease("embedded", 10, moment)
        outbox.settle(leased, {leased[0].pk: "broken"}, now=moment, today=DAY)
        assert (row().attempts, row().error, row().done) == (attempts, "broken", 0)
        assert row().lease_until == moment + timedelta(seconds=pause)
        assert outbox.lease("embedded", 10, moment + timedelta(seconds=pause - 1)) == []
        moment += timedelta(seconds=pause)
    leased = outbox.lease("embedded", 10, moment)
    outbox.settle(leased, {leased[0].pk: "x" * 600}, now=moment, today=DAY)
    assert len(row().error) == 500
    outbox.upsert(["embedded"], "need", [1], moment)
    assert (row().attempts, row().error) == (0, "")
    assert len(outbox.lease("embedded", 10, moment)) == 1


@pytest.mark.django_db
def test_the_longest_pause_is_bounded() -> None:
    outbox.upsert(["embedded"], "need", [1], world.NOW)
    Copy.objects.update(attempts=60)
    leased = outbox.lease("embedded", 10, world.NOW)
    outbox.settle(leased, {leased[0].pk: "broken"}, now=world.NOW, today=DAY)
    assert row().lease_until == world.NOW + outbox.LONGEST_PAUSE


def test_a_drain_copies_writes_and_deletes(engine: SearchEngine) -> None:
    need, other = world.need(), world.need(opened_at=None)
    assert drain(engine).closed == 2
    assert sorted(held(engine, "need")) == [need.pk, other.pk]
    with transaction.atomic():
        gone = other.pk
        other.delete()
        mark_changed("need", [gone])
    assert drain(engine).closed == 1
    assert sorted(held(engine, "need")) == [need.pk]
    assert drain(engine).closed == 0


def test_a_drain_stops_at_its_limit(engine: SearchEngine, settings: Any) -> None:
    settings.OUTBOX_BATCH = 2
    for _ in range(5):
        world.need()
    assert drain(engine, 3).closed == 3
    assert outbox.pending("embedded").count() == 2
    assert drain(engine).closed == 2


def test_a_poisoned_document_is_recorded_and_blocks_no_other(engine: SearchEngine) -> None:
    broken, sound = world.need(), world.need()
    type(broken.company).objects.filter(pk=broken.company_id).update(facts={"employees": {"value": "many"}})
    done = drain(engine)
    assert done.closed == 1
    assert list(done.failed) == [("need", broken.pk)]
    assert list(held(engine, "need")) == [sound.pk]
    assert row(id=broken.pk).error.startswith("FactError: employees")
    type(broken.company).objects.filter(pk=broken.company_id).update(facts={})
    with transaction.atomic():
        mark_changed("need", [broken.pk])
    assert drain(engine).closed == 1
    assert sorted(held(engine, "need")) == [broken.pk, sound.pk]


def test_a_document_that_the_engine_refuses_is_recorded(engine: SearchEngine) -> None:
    refused, sound = world.product(), world.product()
    type(refused).objects.filter(pk=refused.pk).update(purposes=["x" * 1001])
    done = drain(engine)
    assert done.closed == 1
    assert list(done.failed) == [("product", refused.pk)]
    assert "at most 1000 characters" in done.failed["product", refused.pk]
    assert list(held(engine, "product")) == [sound.pk]


def test_a_lost_index_is_filled_once_more(engine: SearchEngine) -> None:
    first = world.need()
    drain(engine)
    engine.drop(engines.schema("need"))
    second = world.need()
    assert drain(engine).closed == 2
    assert sorted(held(engine, "need")) == [first.pk, second.pk]


def test_who_sees_what_in_search(engine: SearchEngine) -> None:
    draft, opened = world.need(opened_at=None), world.need()
    drain(engine)
    assert seen(engine, "need", "public") == []
    assert seen(engine, "need", "public", "institutions") == [opened.pk]
    assert seen(engine, "need", f"org:{draft.company.organisation_id}") == [draft.pk]
    assert seen(engine, "need", "platform") == [draft.pk, opened.pk]


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_a_committed_write_is_found_at_once() -> None:
    need = world.need()
    assert list(held(engines.primary(), "need")) == [need.pk]
    assert outbox.pending("embedded").count() == 0
