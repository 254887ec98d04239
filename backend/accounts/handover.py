"""What people hold, and how it passes to a successor when they leave. Each app adds what its people hold when it is
ready (`AppConfig.ready`); leaving asks all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from backend.accounts.models import User
from backend.accounts.roles import Action


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing. `count`: how many the person holds. `pass_on(leaver, successor)` gives all of them over,
    within the transaction that lets the person go. `action`: what whoever takes them over must hold. `open_work`:
    somebody waits for it, so that nobody leaves it without a successor."""

    name: str
    label: Promise | str
    count: Callable[[User], int]
    pass_on: Callable[[User, User], None]
    action: Action
    open_work: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    holding: Holding
    number: int


_known: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Raises ValueError for a name that another holding has."""
    if _known.setdefault(holding.name, holding) != holding:
        raise ValueError(f"there is a holding {holding.name!r} already")


def held_by(person: User) -> tuple[Held, ...]:
    """What the person holds now; kinds of which there is nothing are left out."""
    found = (Held(holding, holding.count(person)) for holding in _known.values())
    return tuple(held for held in found if held.number)
