"""Deadlines: working days with make-up days, calendar days that end on a working day, waiting that is given back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.applications.deadlines import Clock
from backend.applications.rules import Deadlines, Limits, RulesError, Span, consent_text, reasons
from backend.common.working_days import calendar
from tests.applications.playing import PACK

ZONE = ZoneInfo("Asia/Shanghai")


def content(name: str) -> dict[str, object]:
    loaded = json.loads((PACK / "parameters" / f"{name}.json").read_text(encoding="utf-8"))
    found: dict[str, object] = (loaded[0] if isinstance(loaded, list) else loaded)["content"]
    return found


CLOCK = Clock(Deadlines.parse(content("application_deadlines")), calendar(content("calendar")), ZONE)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.builds(Span, st.integers(1, 60), st.booleans())


@pytest.mark.parametrize(
    ("sent", "span", "due"),
    [
        # 1 to 8 October 2025 are holidays; 28 September and 11 October are worked for them.
        ("2025-09-30T10:00", "accept", "2025-10-09"),
        ("2025-09-27T10:00", "accept", "2025-09-28"),
        ("2025-10-10T10:00", "accept", "2025-10-11"),
        ("2025-09-30T10:00", "contact", "2025-10-11"),
        # Half past eleven in the evening at the place is still the day, whatever Greenwich says.
        ("2025-06-30T23:30", "accept", "2025-07-01"),
        # Thirty calendar days after 1 September is 1 October, a holiday.
        ("2025-09-01T10:00", "decide", "2025-10-09"),
        ("2025-06-30T10:00", "decide", "2025-07-30"),
        ("2025-06-30T10:00", "decide_online", "2025-07-07"),
    ],
)
def test_when_it_is_due(sent: str, span: str, due: str) -> None:
    found = CLOCK.due(getattr(CLOCK.spans, span), datetime.fromisoformat(sent).replace(tzinfo=ZONE))
    assert found == datetime.combine(date.fromisoformat(due), time(23, 59, 59), ZONE)


@given(start=moments, span=spans)
def test_a_deadline_is_the_end_of_a_working_day_and_never_earlier_than_promised(start: datetime, span: Span) -> None:
    due = CLOCK.due(span, start)
    assert (due.hour, due.minute, due.second) == (23, 59, 59)
    assert CLOCK.calendar.is_working(due.date())
    if span.working:
        assert CLOCK.working_days(start, due) == span.days
    else:
        assert CLOCK.day(due) - CLOCK.day(start) >= timedelta(days=span.days)


@given(start=moments, waited=st.integers(0, 40), shift=st.integers(0, 30))
def test_days_of_waiting_are_given_back(start: datetime, waited: int, shift: int) -> None:
    decide_by = CLOCK.decide_by(start, online=False)
    asked = start + timedelta(days=shift)
    later = CLOCK.resumed(decide_by, asked, asked + timedelta(days=waited))
    given_back = (CLOCK.day(later) - CLOCK.day(decide_by)).days
    assert given_back >= waited
    assert CLOCK.calendar.is_working(later.date())
    assert CLOCK.calendar.between(CLOCK.day(decide_by) + timedelta(days=waited), CLOCK.day(later)) <= 1


def test_the_pack_s_rules_are_read() -> None:
    assert CLOCK.spans.online_kinds == {"loan.tax", "loan.invoice", "loan.electricity", "loan.bill_discount"}
    assert Limits.parse(content("application_limits")) == Limits(5, 90, 5, 10 * 1024 * 1024)
    found = reasons(content("refusal_reasons"))
    assert {code for code, reason in found.items() if reason.ends != "refused"} == {"12", "13", "14", "15"}
    assert {code for code, reason in found.items() if not reason.repairable} == {
        "10", "11", "77", "12", "13", "14", "15"
    }  # fmt: skip
    assert consent_text(content("application_consent")).en.startswith("The company agrees")


@pytest.mark.parametrize(
    ("read", "changed", "path"),
    [
        (Deadlines.parse, {"accept": {"days": 0, "count": "working"}}, "accept.days"),
        (Deadlines.parse, {"accept": {"days": 1, "count": "lunar"}}, "accept"),
        (Deadlines.parse, {"online_kinds": "loan"}, "online_kinds"),
        (Limits.parse, {"files": True}, "files"),
        (reasons, {"1": {"ends": "lost"}}, "1.ends"),
        (reasons, {"1": {"ends": "refused", "gate": 1}}, "1.gate"),
        (reasons, {"1": {"ends": "refused", "measure": {"zh": "一", "en": "one"}}}, "1"),
        (reasons, {"1": "refused"}, "1"),
        (consent_text, {"text": {"zh": "同意"}}, "text"),
    ],
)
def test_a_rule_that_cannot_be_used_names_its_place(read: object, changed: dict[str, object], path: str) -> None:
    names = {Deadlines.parse: "application_deadlines", Limits.parse: "application_limits"}
    before = content(names[read]) if read in names else {}
    with pytest.raises(RulesError) as fault:
        read({**before, **changed})  # type: ignore[operator]
    assert fault.value.path == path


def test_a_pack_without_a_refusal_is_refused() -> None:
    with pytest.raises(RulesError, match="no code refuses"):
        reasons({"12": {"ends": "expired"}})
