"""Working days by a national calendar: weekends, public holidays, and the weekend days that are worked in exchange.

A year that the calendar does not list is counted by its weekends alone; `covers` says whether that was so, since a
deadline that crosses into such a year may move when the state publishes that year's holidays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

_MONDAY = date(1, 1, 1).toordinal()  # 1 January of year 1 was a Monday


class CalendarError(ValueError):
    """The calendar is malformed. `path` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class Calendar:
    """Immutable. Counting costs O(log n) in the number of exceptions, whatever the distance."""

    __slots__ = ("_added", "_removed", "_weekend", "years")

    def __init__(
        self, *, weekend: Iterable[int], holidays: Iterable[date], make_up_days: Iterable[date], years: Iterable[int]
    ) -> None:
        """`weekend`: ISO weekdays, 1 Monday to 7 Sunday. A make-up day is worked, whatever else it is."""
        self._weekend = frozenset(weekend)
        if not self._weekend <= frozenset(range(1, 8)) or len(self._weekend) == 7:
            raise CalendarError("weekend", "needs ISO weekdays from 1 to 7, and not all of them")
        worked = frozenset(make_up_days)
        self._added = sorted(day.toordinal() for day in worked if day.isoweekday() in self._weekend)
        self._removed = sorted(
            day.toordinal() for day in frozenset(holidays) - worked if day.isoweekday() not in self._weekend
        )
        self.years = frozenset(years)

    def covers(self, start: date, end: date) -> bool:
        """Whether every year from `start` to `end` is listed with its holidays."""
        return all(year in self.years for year in range(start.year, end.year + 1))

    def is_working(self, day: date) -> bool:
        return self._count(day.toordinal()) > self._count(day.toordinal() - 1)

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative where `end` comes first."""
        return self._count(end.toordinal()) - self._count(start.toordinal())

    def add(self, day: date, working_days: int) -> date:
        """The day on which the n-th working day after `day` falls; for 0, `day` or the next working day.

        Raises ValueError for a negative number.
        """
        if working_days < 0:
            raise ValueError("working_days must be 0 or more")
        if working_days == 0:
            return self.add(day - timedelta(days=1), 1)
        wanted = self._count(day.toordinal()) + working_days
        low, high = day.toordinal() + 1, day.toordinal() + working_days
        while self._count(high) < wanted:
            low, high = high + 1, high + max(7, wanted - self._count(high))
        while low < high:
            middle = (low + high) // 2
            if self._count(middle) >= wanted:
                high = middle
            else:
                low = middle + 1
        return date.fromordinal(high)

    def _count(self, ordinal: int) -> int:
        """Working days from the start of the calendar era to `ordinal`, inclusive."""
        weeks, rest = divmod(ordinal - _MONDAY + 1, 7)
        ordinary = weeks * (7 - len(self._weekend)) + sum(1 for day in range(1, rest + 1) if day not in self._weekend)
        return ordinary + bisect_right(self._added, ordinal) - bisect_right(self._removed, ordinal)


def calendar(content: object) -> Calendar:
    """Read the parameter `calendar`: {"weekend": [6, 7], "years": {"2025": {"holidays": [{"from", "to",
    "make_up_days"}]}}}. Raises CalendarError with the path of the first fault."""
    table = _mapping(content, "content")
    weekend = table.get("weekend")
    if not isinstance(weekend, list) or not all(isinstance(day, int) for day in weekend):
        raise CalendarError("weekend", "needs a list of ISO weekdays")
    holidays: set[date] = set()
    make_up_days: set[date] = set()
    years: set[int] = set()
    for year, entry in _mapping(table.get("years"), "years").items():
        if not year.isdecimal():
            raise CalendarError(f"years.{year}", "is not a year")
        years.add(int(year))
        spans = _mapping(entry, f"years.{year}").get("holidays")
        if not isinstance(spans, list):
            raise CalendarError(f"years.{year}.holidays", "needs a list")
        for place, item in enumerate(spans):
            path = f"years.{year}.holidays[{place}]"
            span = _mapping(item, path)
            start, end = _date(span.get("from"), f"{path}.from"), _date(span.get("to"), f"{path}.to")
            if end < start or (end - start).days > 30:
                raise CalendarError(path, "from and to are out of order, or more than 30 days apart")
            holidays.update(start + timedelta(days=number) for number in range((end - start).days + 1))
            worked = span.get("make_up_days", [])
            if not isinstance(worked, list):
                raise CalendarError(f"{path}.make_up_days", "needs a list of dates")
            make_up_days.update(_date(day, f"{path}.make_up_days[{index}]") for index, day in enumerate(worked))
    if both := holidays & make_up_days:
        raise CalendarError("years", f"{min(both).isoformat()} is a holiday and a make-up day")
    return Calendar(weekend=weekend, holidays=holidays, make_up_days=make_up_days, years=years)


def _date(value: object, path: str) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise CalendarError(path, f"{value!r} is not a date like 2025-10-01")


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise CalendarError(path, "needs to be an object")
    return value
