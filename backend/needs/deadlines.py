"""When something of a need is due, by the pack's parameter `lifecycles`; None where the pack does not say."""

from __future__ import annotations

from datetime import date, timedelta

from backend.packs.queries import PackMissing, life_cycles, working_calendar


def check_due(submitted_on: date) -> date | None:
    """The working day by which a submitted need is looked at; None also without a calendar of working days."""
    settings = life_cycles(submitted_on)
    if settings is None:
        return None
    try:
        return working_calendar(submitted_on).add(submitted_on, settings.need_verify_working_days)
    except PackMissing:
        return None


def last_day(opened_on: date) -> date | None:
    """The last day of a need that is opened or renewed on that day."""
    settings = life_cycles(opened_on)
    return None if settings is None else opened_on + timedelta(days=settings.need_open_days)


def last_day_of_import(opened_on: date, today: date) -> date | None:
    """The last day of a need that was opened somewhere else and is open today: it was renewed whenever it ran out."""
    settings = life_cycles(today)
    if settings is None:
        return None
    days = settings.need_open_days
    return opened_on + timedelta(days=days * (1 + max((today - opened_on).days - 1, 0) // days))
