"""Random lives of one row against its table: legal steps succeed, others are refused by service and database alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backend.accounts.models import User
from backend.common.errors import Conflict, DomainError, NotAllowed, NotFound
from backend.lifecycle.queries import broken_at, events_of
from backend.lifecycle.table import IllegalStep, LifeCycle

REFUSALS = (Conflict, NotAllowed, NotFound)
"""What somebody meets who may not do it, or may not know of it."""
Press = Callable[[User, int], Any]
"""(who, the version that was read)"""

STEPS = settings(
    max_examples=50, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


class Life(RuleBasedStateMachine):
    """A subclass makes the row in `begin`, says what each button does in `buttons` (name → the service), who may press
    it in `right`, and by which events of the table it leads on in `path`."""

    row: models.Model
    people: dict[str, User]

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.begin()
        self.state = self.seen.status
        self.events = events_of(self.row).count()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def begin(self) -> None:
        raise NotImplementedError

    def buttons(self) -> dict[str, Press]:
        raise NotImplementedError

    def right(self, button: str) -> set[str]:
        """Whose press is not refused for who they are."""
        raise NotImplementedError

    def path(self, button: str, who: str) -> list[str]:
        """The events that the button leads to in the present state, were they legal."""
        raise NotImplementedError

    @property
    def cycle(self) -> LifeCycle:
        table: Any = self.row
        found: LifeCycle = table.life_cycle
        return found

    @property
    def seen(self) -> Any:
        """The row as the database has it now."""
        return type(self.row)._default_manager.get(pk=self.row.pk)

    @rule(data=st.data())
    def press_anything(self, data: st.DataObject) -> None:
        button = data.draw(st.sampled_from(sorted(self.buttons())))
        self._press(button, data.draw(st.sampled_from(sorted(self.people))))

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Some buttons that lead somewhere, each by somebody who may press it."""
        for _step in range(data.draw(st.integers(1, 5))):
            live = [
                (button, who)
                for button in sorted(self.buttons())
                for who in sorted(self.right(button))
                if (self.walked(self.path(button, who))[0] or self.state) != self.state
            ]
            if live:
                self._press(*data.draw(st.sampled_from(live)))

    def _press(self, button: str, who: str) -> None:
        service, now = self.buttons()[button], self.seen
        end, events = self.walked(self.path(button, who))
        refused: DomainError | None = None
        try:
            with transaction.atomic():
                service(self.people[who], now.version)
        except DomainError as refusal:
            refused = refusal
        where = (button, who, self.state, refused)
        if who not in self.right(button):
            assert isinstance(refused, REFUSALS), where
        elif end is None:
            assert isinstance(refused, Conflict), where
            assert refused.code == "wrong_state", where
        else:
            assert refused is None, where
            self.state, self.events = end, self.events + events

    @rule(data=st.data())
    def press_on_an_old_page(self, data: st.DataObject) -> None:
        button = data.draw(st.sampled_from(sorted(self.versioned())))
        who = data.draw(st.sampled_from(sorted(self.right(button))))
        with pytest.raises(Conflict) as refused, transaction.atomic():
            self.buttons()[button](self.people[who], self.seen.version + 1)
        assert refused.value.code in ("version_conflict", "wrong_state")

    @rule(data=st.data())
    def write_past_the_services(self, data: st.DataObject) -> None:
        """The database knows the ways between states by itself; where it lets one pass, it is undone."""
        state = data.draw(st.sampled_from(self.cycle.states))
        legal = state == self.state or (self.state, state) in self.cycle.pairs
        said = ""
        try:
            with transaction.atomic():
                type(self.row)._default_manager.filter(pk=self.row.pk).update(status=state)
                transaction.set_rollback(True)
        except IntegrityError as refusal:
            said = str(refusal)
        assert ("illegal state" in said) is not legal, (self.state, state, said)

    def versioned(self) -> set[str]:
        """The buttons that name the version which was read."""
        return set(self.buttons())

    def walked(self, events: list[str]) -> tuple[str | None, int]:
        """Where the events lead from here, and how many they are; None where one is illegal."""
        state = self.state
        for event in events:
            try:
                state = self.cycle.find(state, event).target
            except IllegalStep:
                return None, 0
        return state, len(events)

    @invariant()
    def the_row_is_where_the_model_is(self) -> None:
        assert self.seen.status == self.state

    @invariant()
    def the_chain_is_whole_and_tells_the_state(self) -> None:
        assert broken_at(self.row) is None
        told = list(events_of(self.row))
        assert len(told) == self.events
        assert told[-1].after == self.state
        assert [event.before for event in told[1:]] == [event.after for event in told[:-1]]
