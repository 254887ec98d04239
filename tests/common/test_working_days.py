"""Working days against counting day by day, and the national calendar of the default pack."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.working_days import Calendar, CalendarError, calendar

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PACK = FIXTURES / (FIXTURES / "DEFAULT").read_text(encoding="utf-8").strip()
NATIONAL = calendar(json.loads((PACK / "parameters" / "calendar.json").read_text("utf-8"))["content"])

_DAYS = st.dates(date(2024, 11, 1), date(2025, 4, 30))


@st.composite
def cases(draw: st.DrawFn) -> tuple[frozenset[int], frozenset[date], frozenset[date]]:
    weekend = draw(st.frozensets(st.integers(1, 7), max_size=3))
    worked = draw(st.frozensets(_DAYS, max_size=15))
    holidays = draw(st.frozensets(_DAYS, max_size=60))
    return weekend, holidays, worked


def works(case: tuple[frozenset[int], frozenset[date], frozenset[date]], day: date) -> bool:
    weekend, holidays, worked = case
    return day in worked or (day.isoweekday() not in weekend and day not in holidays)


def make(case: tuple[frozenset[int], frozenset[date], frozenset[date]]) -> Calendar:
    return Calendar(weekend=case[0], holidays=case[1], make_up_days=case[2], years=[])


@given(cases(), _DAYS, st.integers(1, 80))
def test_add_is_counting_day_by_day(
    case: tuple[frozenset[int], frozenset[date], frozenset[date]], start: date, number: int
) -> None:
    day, left = start, number
    while left:
        day += timedelta(days=1)
        left -= works(case, day)
    assert make(case).add(start, number) == day
    assert make(case).between(start, day) == number


@given(cases(), _DAYS, _DAYS)
def test_between_is_counting_day_by_day(
    case: tuple[frozenset[int], frozenset[date], frozenset[date]], one: date, other: date
) -> None:
    start, end = sorted((one, other))
    counted = sum(works(case, start + timedelta(days=number)) for number in range(1, (end - start).days + 1))
    assert make(case).between(start, end) == counted
    assert make(case).between(end, start) == -counted


@given(cases(), _DAYS)
def test_is_working_and_the_next_working_day(
    case: tuple[frozenset[int], frozenset[date], frozenset[date]], start: date
) -> None:
    assert make(case).is_working(start) == works(case, start)
    day = start
    while not works(case, day):
        day += timedelta(days=1)
    assert make(case).add(start, 0) == day


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-02-04", True),  # Sunday, worked for Spring Festival
        ("2024-02-12", False),
        ("2025-01-01", False),
        ("2025-01-26", True),
        ("2025-02-04", False),
        ("2025-02-08", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-09-20", True),
        ("2026-11-23", True),
        ("2026-11-22", False),
    ],
)
def test_national_calendar(day: str, working: bool) -> None:
    assert NATIONAL.is_working(date.fromisoformat(day)) is working


def test_working_days_of_the_national_years() -> None:
    counted = {year: NATIONAL.between(date(year - 1, 12, 31), date(year, 12, 31)) for year in (2024, 2025, 2026)}
    assert counted == {2024: 251, 2025: 248, 2026: 248}


def test_a_deadline_over_the_spring_festival() -> None:
    # Tuesday 10 February 2026: 11, 12, 13, then the worked Saturday 14, then nine days off.
    assert NATIONAL.add(date(2026, 2, 10), 4) == date(2026, 2, 14)
    assert NATIONAL.add(date(2026, 2, 10), 5) == date(2026, 2, 24)


def test_a_year_without_a_list_is_known_as_such() -> None:
    assert NATIONAL.covers(date(2026, 1, 1), date(2026, 12, 31))
    assert not NATIONAL.covers(date(2026, 12, 31), date(2027, 1, 1))
    assert NATIONAL.add(date(2026, 12, 31), 1) == date(2027, 1, 1)  # a Friday, by its weekday alone


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        NATIONAL.add(date(2026, 1, 5), -1)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([], "content"),
        ({"weekend": "6,7", "years": {}}, "weekend"),
        ({"weekend": [1, 2, 3, 4, 5, 6, 7], "years": {}}, "weekend"),
        ({"weekend": [8], "years": {}}, "weekend"),
        ({"weekend": [6, 7]}, "years"),
        ({"weekend": [6, 7], "years": {"MMXXV": {"holidays": []}}}, "years.MMXXV"),
        ({"weekend": [6, 7], "years": {"2025": {}}}, "years.2025.holidays"),
        ({"weekend": [6, 7], "years": {"2025": {"holidays": [{"from": "1 May"}]}}}, "years.2025.holidays[0].from"),
        (
            {"weekend": [6, 7], "years": {"2025": {"holidays": [{"from": "2025-05-05", "to": "2025-05-01"}]}}},
            "years.2025.holidays[0]",
        ),
        (
            {
                "weekend": [6, 7],
                "years": {
                    "2025": {"holidays": [{"from": "2025-05-01", "to": "2025-05-05", "make_up_days": ["2025-05-03"]}]}
                },
            },
            "years",
        ),
    ],
)
def test_a_malformed_calendar_is_refused_with_the_path(content: object, path: str) -> None:
    with pytest.raises(CalendarError) as caught:
        calendar(content)
    assert caught.value.path == path
