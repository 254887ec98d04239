"""When a product can be applied for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.products.windows import Window, WindowError


@pytest.mark.parametrize(
    ("opens", "closes", "day", "is_open"),
    [
        ("2026-03-01", "2026-10-31", date(2026, 3, 1), True),
        ("2026-03-01", "2026-10-31", date(2026, 10, 31), True),
        ("2026-03-01", "2026-10-31", date(2026, 11, 1), False),
        ("2026-03-01", "2026-10-31", date(2027, 5, 1), False),
        ("03-01", "10-31", date(2027, 5, 1), True),
        ("03-01", "10-31", date(2027, 2, 28), False),
        ("11-15", "02-28", date(2027, 1, 3), True),
        ("11-15", "02-28", date(2026, 11, 14), False),
    ],
)
def test_the_days_of_a_window(opens: str, closes: str, day: date, is_open: bool) -> None:
    window = Window.of({"window": {"opens": opens, "closes": closes}})
    assert window is not None
    assert window.is_open(day) is is_open


def test_without_a_window_a_product_is_always_open() -> None:
    assert Window.of({}) is None


@given(st.dates(), st.dates(), st.dates())
def test_a_dated_window_is_its_interval(one: date, other: date, day: date) -> None:
    opens, closes = sorted((one, other))
    window = Window.of({"window": {"opens": opens.isoformat(), "closes": closes.isoformat()}})
    assert window is not None
    assert window.is_open(day) is (opens <= day <= closes)


@pytest.mark.parametrize(
    ("window", "part"),
    [
        ("2026", "opens"),
        ({"opens": "2026-03-01"}, "closes"),
        ({"opens": "02-30", "closes": "03-01"}, "opens"),
        ({"opens": "2026-13-01", "closes": "2027-03-01"}, "opens"),
        ({"opens": "2026-03-01", "closes": "2026-02-01"}, "closes"),
        ({"opens": "03-01", "closes": "2026-10-31"}, "closes"),
        ({"opens": 3, "closes": "10-31"}, "opens"),
    ],
)
def test_what_is_no_window_is_refused(window: object, part: str) -> None:
    with pytest.raises(WindowError) as refusal:
        Window.of({"window": window})
    assert refusal.value.part == part


DAYS_OF_A_YEAR = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: day.isoformat()[5:])


@given(DAYS_OF_A_YEAR, DAYS_OF_A_YEAR, st.dates(date(2020, 1, 1), date(2110, 12, 31)))
def test_the_window_after_a_closed_day_is_the_next_run_of_open_days(opens: str, closes: str, day: date) -> None:
    window = Window(opens, closes)
    found = window.after(day)
    assert found is not None
    first, last = found
    assert day < first <= last
    if not window.is_open(day):
        between = [day + timedelta(days=number) for number in range((first - day).days)]
        assert not any(map(window.is_open, between))
        assert window.is_open(first)
        assert window.is_open(last)
        whole_year = (last - first).days >= 364
        assert whole_year or not window.is_open(last + timedelta(days=1))


@pytest.mark.parametrize(
    ("opens", "closes", "day", "following"),
    [
        ("04-01", "10-31", date(2026, 11, 24), (date(2027, 4, 1), date(2027, 10, 31))),
        ("12-01", "12-20", date(2026, 11, 24), (date(2026, 12, 1), date(2026, 12, 20))),
        ("12-01", "02-29", date(2026, 11, 24), (date(2026, 12, 1), date(2027, 2, 28))),
        ("02-29", "03-31", date(2026, 11, 24), (date(2027, 3, 1), date(2027, 3, 31))),
        ("02-29", "03-31", date(2027, 11, 24), (date(2028, 2, 29), date(2028, 3, 31))),
        ("2027-01-01", "2027-02-01", date(2026, 11, 24), (date(2027, 1, 1), date(2027, 2, 1))),
        ("2026-01-01", "2026-02-01", date(2026, 11, 24), None),
        ("02-29", "02-29", date(2097, 11, 24), (date(2104, 2, 29), date(2104, 2, 29))),
        ("04-01", "03-01", date(9999, 12, 24), None),
    ],
)
def test_the_next_window(opens: str, closes: str, day: date, following: tuple[date, date] | None) -> None:
    assert Window(opens, closes).after(day) == following
