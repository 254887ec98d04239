"""When a product can be applied for: its window, one with dates or one that comes back every year. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_DATED, _YEARLY = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}-\d{2}")
_LEAP_YEAR = 2024


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
