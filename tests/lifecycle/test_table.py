"""A life cycle as a table: what it refuses, and what it answers."""

from __future__ import annotations

import pytest

from backend.lifecycle.table import IllegalStep, LifeCycle, step

DOOR = LifeCycle(
    "door",
    ("open", "shut", "locked", "gone"),
    ("open", "shut"),
    (
        step("shut", "open", "shut", "anybody"),
        step("open", "shut", "open", "anybody"),
        step("lock", "shut", "locked", "keeper"),
        step("unlock", "locked", "shut", "keeper", "smith"),
        step("rot", ("open", "shut", "locked"), "gone"),
    ),
)


def test_pairs_and_ends() -> None:
    assert DOOR.pairs == {
        ("open", "shut"), ("shut", "open"), ("shut", "locked"), ("locked", "shut"),
        ("open", "gone"), ("shut", "gone"), ("locked", "gone"),
    }  # fmt: skip
    assert DOOR.ends == {"gone"}
    assert DOOR.sources("rot") == {"open", "shut", "locked"}
    assert DOOR.sources("paint") == frozenset()


def test_a_step_is_found_or_refused() -> None:
    assert DOOR.find("shut", "lock").target == "locked"
    with pytest.raises(IllegalStep) as refused:
        DOOR.find("open", "lock")
    assert (refused.value.cycle, refused.value.state, refused.value.event) == ("door", "open", "lock")


@pytest.mark.parametrize(
    ("state", "actions", "events"),
    [
        ("shut", {"anybody"}, ["open"]),
        ("shut", {"anybody", "keeper"}, ["open", "lock"]),
        ("locked", {"smith"}, ["unlock"]),
        ("locked", {"anybody"}, []),
        ("open", set(), []),
        ("gone", {"anybody", "keeper", "smith"}, []),
    ],
)
def test_whose_steps_are_open(state: str, actions: set[str], events: list[str]) -> None:
    assert [one.event for one in DOOR.open_to(state, actions)] == events


@pytest.mark.parametrize(
    ("states", "starts", "steps", "fault"),
    [
        (("a", "b"), ("a",), (step("go", "a", "c", "x"),), "no such state: c"),
        (("a", "b"), ("c",), (step("go", "a", "b", "x"),), "no such state: c"),
        (("a", "b"), ("a",), (), "nothing leads to b"),
        (("a", "b"), ("a",), (step("go", "a", "b"), step("go", ("a", "b"), "a")), "go leads to two states from a"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    states: tuple[str, ...], starts: tuple[str, ...], steps: tuple[object, ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        LifeCycle("wrong", states, starts, steps)  # type: ignore[arg-type]
