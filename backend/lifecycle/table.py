"""Life cycles as tables: from which states an event leads where, and which action it takes. Pure.

The table is the one place: services ask it, the database's guard (`guard.py`) is made of it, the documents are drawn
from it and the tests walk it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property


class IllegalStep(Exception):
    """`event` leads nowhere from `state`."""

    def __init__(self, cycle: str, state: str, event: str) -> None:
        super().__init__(f"{cycle}: {event} leads nowhere from {state}")
        self.cycle, self.state, self.event = cycle, state, event


@dataclass(frozen=True, slots=True)
class Step:
    """One event. `by`: names of the actions of `accounts.roles` of which the actor must hold one; empty: the clock
    alone, which is nobody's button."""

    event: str
    sources: frozenset[str]
    target: str
    by: frozenset[str]


def step(event: str, sources: Iterable[str] | str, target: str, *by: str) -> Step:
    return Step(event, frozenset([sources] if isinstance(sources, str) else sources), target, frozenset(by))


@dataclass(frozen=True)
class LifeCycle:
    """`starts`: the states in which a row may be born. Raises ValueError for a table that contradicts itself: an event
    with two targets from one state, a state that nothing reaches, a start that is no state."""

    name: str
    states: tuple[str, ...]
    starts: tuple[str, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        known = set(self.states)
        named = {state for one in self.steps for state in (*one.sources, one.target)} | set(self.starts)
        if named - known:
            raise ValueError(f"{self.name}: no such state: {', '.join(sorted(named - known))}")
        seen: set[tuple[str, str]] = set()
        for one in self.steps:
            for source in one.sources:
                if (source, one.event) in seen:
                    raise ValueError(f"{self.name}: {one.event} leads to two states from {source}")
                seen.add((source, one.event))
        if lost := known - self.reachable(self.starts):
            raise ValueError(f"{self.name}: nothing leads to {', '.join(sorted(lost))}")

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every (old, new) that some event allows; a state may always stay as it is."""
        return frozenset((source, one.target) for one in self.steps for source in one.sources)

    @cached_property
    def ends(self) -> frozenset[str]:
        """The states that nothing leaves."""
        return frozenset(self.states) - {old for old, new in self.pairs if old != new}

    def find(self, state: str, event: str) -> Step:
        """Raises IllegalStep."""
        for one in self.steps:
            if one.event == event and state in one.sources:
                return one
        raise IllegalStep(self.name, state, event)

    def sources(self, event: str) -> frozenset[str]:
        """Every state that the event leaves."""
        return frozenset(source for one in self.steps if one.event == event for source in one.sources)

    def open_to(self, state: str, actions: Iterable[str]) -> Iterator[Step]:
        """The steps that somebody who holds these actions may take from here, in the order of the table."""
        held = frozenset(actions)
        return (one for one in self.steps if state in one.sources and one.by & held)

    def reachable(self, states: Iterable[str]) -> frozenset[str]:
        found = set(states)
        while more := {new for old, new in self.pairs if old in found} - found:
            found |= more
        return frozenset(found)
