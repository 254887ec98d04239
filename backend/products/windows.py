"""When a product can be applied for: its window, one with dates or one that comes back every year. Pure."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date

_DATED, _YEARLY = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}-\d{2}")
_LEAP_YEAR = 2024
_YEARS_TO_A_LEAP_YEAR = 8


class WindowError(ValueError):
    """The text is no window. `part` is opens or closes."""

    def __init__(self, part: str) -> None:
        super().__init__(f"{part}: a day like 2026-03-01, or 03-01 for every year, is wanted")
        self.part = part


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` to `closes`, both included: ISO dates, or both month and day alone, which hold in every year; such a
    window may run over the end of the year."""

    opens: str
    closes: str

    @classmethod
    def of(cls, terms: Mapping[str, object]) -> Window | None:
        """The entry `window` of a product's terms; None where the product is always open. Raises WindowError."""
        given = terms.get("window")
        if given is None:
            return None
        if not isinstance(given, Mapping):
            raise WindowError("opens")
        opens, closes = (_day(given.get(part), part) for part in ("opens", "closes"))
        if len(opens) != len(closes) or (len(opens) > 5 and closes < opens):
            raise WindowError("closes")
        return cls(opens, closes)

    @property
    def yearly(self) -> bool:
        return len(self.opens) == 5

    def is_open(self, day: date) -> bool:
        at = day.isoformat()[5:] if self.yearly else day.isoformat()
        if self.opens <= self.closes:
            return self.opens <= at <= self.closes
        return at >= self.opens or at <= self.closes

    def after(self, day: date) -> tuple[date, date] | None:
        """The first and the last day of the window that opens next after `day`; None where none does, or it lies beyond
        the calendar's end."""
        if not self.yearly:
            opens = date.fromisoformat(self.opens)
            return (opens, date.fromisoformat(self.closes)) if opens > day else None
        for year in range(day.year, min(day.year + _YEARS_TO_A_LEAP_YEAR, MAXYEAR - 1) + 1):
            opens, closes = _first_from(self.opens, year), _last_to(self.closes, year + (self.closes < self.opens))
            if day < opens <= closes:
                return opens, closes
        return None


def _first_from(month_day: str, year: int) -> date:
    """In a year without 29 February, what begins on it begins on 1 March."""
    return date(year, 3, 1) if _is_missing(month_day, year) else date.fromisoformat(f"{year:04d}-{month_day}")


def _last_to(month_day: str, year: int) -> date:
    """In a year without 29 February, what ends on it ends on 28 February."""
    return date(year, 2, 28) if _is_missing(month_day, year) else date.fromisoformat(f"{year:04d}-{month_day}")


def _is_missing(month_day: str, year: int) -> bool:
    return month_day == "02-29" and not isleap(year)


def _day(given: object, part: str) -> str:
    """The text of a day that exists. ISO texts of one form compare as days do."""
    if isinstance(given, str):
        try:
            if _DATED.fullmatch(given):
                date.fromisoformat(given)
                return given
            if _YEARLY.fullmatch(given):
                date.fromisoformat(f"{_LEAP_YEAR}-{given}")
                return given
        except ValueError:
            pass
    raise WindowError(part)
