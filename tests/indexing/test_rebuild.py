"""Rebuilding while writes go on, and comparing with the database. Both engines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from backend.accounts.services import platform_account
from backend.companies.models import Company
from backend.indexing import engines, outbox
from backend.indexing import rebuild as rebuilding
from backend.indexing.drift import drift, mark_aged, repair
from backend.indexing.models import Copy
from backend.indexing.rebuild import due, rebuild
from backend.indexing.services import drain, drain_all, mark_changed
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_update
from search.port import SearchEngine, SearchUnavailable, Write, WriteReport
from search.schema import Schema
from tests import world
from tests.indexing.reading import held, wanted


@pytest.fixture(params=["embedded", pytest.param("elastic", marks=pytest.mark.servers)])
def either(request: pytest.FixtureRequest, settings: Any) -> SearchEngine:
    settings.SEARCH_ENGINES = [request.param]
    found: SearchEngine = request.getfixturevalue("engine" if request.param == "embedded" else "elastic")
    return found


def change(need: Need, title: str) -> None:
    need.refresh_from_db()
    data = replace(NeedInput.of(need), title=title)
    need_update(actor=platform_account(), need_id=need.pk, data=data, expected_version=need.version)


def delete(need: Need) -> None:
    """A draft: what was ever shown stays."""
    with transaction.atomic():
        mark_changed("need", [need.pk])
        Need.objects.filter(pk=need.pk).delete()


def assert_equal(engine: SearchEngine) -> None:
    for kind in ("need", "product"):
        found = drift(engine, kind)
        assert (found.total, found.pending) == (0, 0), found
        assert held(engine, kind) == wanted(kind)


def test_a_rebuild_loads_what_a_bulk_import_left_unmarked_and_leaves_nothing_waiting(either: SearchEngine) -> None:
    needs = [world.need() for _ in range(3)]
    Copy.objects.all().delete()
    made = rebuild(either, "need")
    assert (made.loaded, made.failed, made.repaired.total) == (3, {}, 0)
    assert sorted(held(either, "need")) == [need.pk for need in needs]
    assert not outbox.pending(either.name, "need").exists()
    assert_equal_needs(either)


def assert_equal_needs(engine: SearchEngine) -> None:
    assert drift(engine, "need").total == 0
    assert held(engine, "need") == wanted("need")


def test_writes_and_deletes_during_a_rebuild_are_kept(either: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the loader has read is changed, deleted and joined by a new need before it reaches the engine."""
    stays, changed, deleted = world.need(), world.need(), world.need(opened_at=None)
    drain(either)
    load = either.load
    late: list[Need] = []

    def load_late(schema: Schema, writes: Iterable[Write]) -> WriteReport:
        read = list(writes)
        change(changed, "改过的")
        delete(deleted)
        late.append(world.need(title="新来的"))
        drain(either)
        return load(schema, read)

    monkeypatch.setattr(either, "load", load_late)
    before = either.status(engines.schema("need")).live
    made = rebuild(either, "need")
    assert made.index != before
    found = held(either, "need")
    assert {id: entry["stored"]["title"] for id, entry in found.items()} == {
        stays.pk: "采购设备",
        changed.pk: "改过的",
        late[0].pk: "新来的",
    }
    assert_equal_needs(either)


def test_a_change_that_is_not_drained_during_the_rebuild_is_copied_after_it(
    either: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, deleted = world.need(), world.need(opened_at=None)
    drain(either)
    load = either.load

    def load_late(schema: Schema, writes: Iterable[Write]) -> WriteReport:
        read = list(writes)
        change(changed, "改过的")
        delete(deleted)
        return load(schema, read)

    monkeypatch.setattr(either, "load", load_late)
    rebuild(either, "need")
    assert [entry["stored"]["title"] for entry in held(either, "need").values()] == ["改过的"]
    assert_equal_needs(either)


def test_a_rebuild_that_fails_leaves_the_live_index_as_it_was(
    either: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = world.need()
    drain(either)
    before = either.status(engines.schema("need"))

    def fail(schema: Schema, writes: Iterable[Write]) -> WriteReport:
        raise SearchUnavailable("gone in the middle")

    with monkeypatch.context() as patched:
        patched.setattr(either, "load", fail)
        with pytest.raises(SearchUnavailable, match="gone in the middle"):
            rebuild(either, "need")
    assert either.status(engines.schema("need")) == before
    assert list(held(either, "need")) == [need.pk]
    assert rebuild(either, "need").loaded == 1


def test_a_broken_row_is_reported_and_the_others_are_loaded(either: SearchEngine) -> None:
    broken, sound = world.need(), world.need()
    Company.objects.filter(pk=broken.company_id).update(facts={"employees": {"value": "many"}})
    made = rebuild(either, "need")
    assert list(made.failed) == [broken.pk]
    assert made.loaded == 1
    assert list(held(either, "need")) == [sound.pk]
    assert Copy.objects.get(object_id=broken.pk).error.startswith("FactError: employees")


def test_a_rebuild_is_due_when_the_pack_changes(either: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not due(either, "need")
    monkeypatch.setattr(engines, "segmentation_words", lambda: ("专精特新",))
    same = engines.engine(either.name)
    assert due(same, "need")
    rebuild(same, "need")
    assert not due(same, "need")


def test_many_rows_are_loaded_in_several_batches(either: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "_ROWS_AT_ONCE", 2)
    needs = [world.need() for _ in range(5)]
    told: list[int] = []
    assert rebuild(either, "need", progress=told.append).loaded == 5
    assert told == [2, 2, 1]
    assert sorted(held(either, "need")) == [need.pk for need in needs]
    assert_equal_needs(either)


def test_every_kind_of_drift_is_found_and_repaired(either: SearchEngine) -> None:
    sound, missing, behind, ahead, extra, untracked = (world.need(opened_at=None) for _ in range(6))
    drain(either)
    schema = engines.schema("need")
    rows = Copy.objects.filter(kind="need")
    either.write(schema, [Write(missing.pk, 5, None)], refresh=True)
    rows.filter(object_id=missing.pk).update(generation=6, done=6)
    Need.objects.filter(pk=behind.pk).update(title="新的")
    rows.filter(object_id=behind.pk).update(generation=3, done=3)
    either.write(schema, [Write(ahead.pk, 8, {"title": "别的"})], refresh=True)
    Need.objects.filter(pk=extra.pk).delete()
    rows.filter(object_id=untracked.pk).delete()
    found = drift(either, "need")
    assert (found.checked, found.pending) == (5, 0)
    assert (found.missing, found.behind, found.extra, found.ahead, found.aged) == (
        [missing.pk],
        [behind.pk],
        {extra.pk: 1},
        {ahead.pk: 8, untracked.pk: 1},
        [],
    )
    assert repair(either, found) == 5
    drain(either, refresh=True)
    assert sorted(held(either, "need")) == sorted([sound.pk, missing.pk, behind.pk, ahead.pk, untracked.pk])
    assert_equal_needs(either)


def test_what_is_on_its_way_is_no_drift(either: SearchEngine) -> None:
    changed, deleted = world.need(), world.need(opened_at=None)
    drain(either, refresh=True)
    change(changed, "改过的")
    delete(deleted)
    world.need()
    found = drift(either, "need")
    assert (found.total, found.pending) == (0, 3)


def test_a_database_restored_from_a_backup_wins_over_a_newer_index(either: SearchEngine) -> None:
    need = world.need()
    for title in ("一", "二", "三"):
        change(need, title)
    drain(either, refresh=True)
    Need.objects.filter(pk=need.pk).update(title="采购设备", version=1)
    Copy.objects.filter(object_id=need.pk).update(generation=1, done=1)
    found = drift(either, "need")
    assert found.ahead == {need.pk: 4}
    repair(either, found)
    drain(either, refresh=True)
    assert held(either, "need")[need.pk]["stored"]["title"] == "采购设备"
    assert_equal_needs(either)


def test_needs_are_copied_anew_when_the_company_has_grown_older(either: SearchEngine) -> None:
    day = timezone.localdate()
    older = world.need(world.company(founded_on=date(2020, 1, 1)))
    world.need(world.company(founded_on=None))
    drain(either, today=day, refresh=True)
    assert mark_aged(either, day) == 0
    assert mark_aged(either, day + timedelta(days=40)) == 1
    assert [row.object_id for row in outbox.pending(either.name)] == [older.pk]
    drain(either, today=day + timedelta(days=40))
    assert mark_aged(either, day + timedelta(days=40)) == 0
    assert drift(either, "need", today=day + timedelta(days=80)).aged == [older.pk]


def test_the_first_drain_of_a_day_copies_what_grew_older(engine: SearchEngine) -> None:
    day = timezone.localdate()
    need = world.need(world.company(founded_on=date(2020, 1, 1)))
    assert drain_all(today=day)["embedded"].closed > 0
    later = day + timedelta(days=40)
    assert drain_all(today=later)["embedded"].closed == 1
    assert Copy.objects.get(kind="need", object_id=need.pk).copied_on == later
    assert drain_all(today=later)["embedded"].closed == 0


def test_products_are_rebuilt_and_compared_as_well(either: SearchEngine) -> None:
    product, draft = world.product(), world.product(published=False)
    rebuild(either, "product")
    assert sorted(held(either, "product")) == [product.pk, draft.pk]
    assert_equal(either)
