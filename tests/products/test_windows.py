"""When a product can be applied for."""

from __future__ import annotations

from datetime import date

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
