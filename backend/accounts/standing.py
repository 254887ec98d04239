"""Who is told, in the same transaction, that an organisation was suspended or takes part again. Each app that keeps
copies of what an organisation offers or asks for adds its part when it is ready (`AppConfig.ready`)."""

from __future__ import annotations

from collections.abc import Callable

from backend.accounts.models import Organisation

Told = Callable[[Organisation], None]

_told: list[Told] = []


def register(told: Told) -> None:
    if told not in _told:
        _told.append(told)


def changed(organisation: Organisation) -> None:
    for told in _told:
        told(organisation)
