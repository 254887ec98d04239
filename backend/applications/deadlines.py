"""When a thing on an application is due. Pure but for the values that it is given.

A deadline is the last second of a day in the pack's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.applications.rules import Deadlines, Span
from backend.common.working_days import Calendar

_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Clock:
    """The spans, the calendar and the time zone by which a case is timed."""

    spans: Deadlines
    calendar: Calendar
    zone: ZoneInfo

    def day(self, moment: datetime) -> date:
        """The day on which the moment falls here."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        return datetime.combine(day, _LAST_SECOND, self.zone)

    def due(self, span: Span, start: datetime) -> datetime:
        """The end of the span that begins with the moment's day."""
        day = self.day(start)
        if span.working:
            return self.end_of(self.calendar.add(day, span.days))
        return self.end_of(self.calendar.add(day + timedelta(days=span.days), 0))

    def decide_by(self, sent_at: datetime, *, online: bool) -> datetime:
        return self.due(self.spans.decide_online if online else self.spans.decide, sent_at)

    def resumed(self, decide_by: datetime, asked_at: datetime, answered_at: datetime) -> datetime:
        """The deadline of the decision after papers were waited for: later by the days waited, at the end of a working
        day."""
        waited = max(self.day(answered_at) - self.day(asked_at), timedelta(0))
        return self.end_of(self.calendar.add(self.day(decide_by) + waited, 0))

    def working_days(self, start: datetime, end: datetime) -> int:
        """Working days after the first day up to and including the last."""
        return self.calendar.between(self.day(start), self.day(end))
