"""Cursors come back as they were given out, and no other token is taken."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.matching.cursor import LONGEST, Cursor, CursorError, Window, decode, encode, question
from search.query import Position

SECRET = b"of this test"
ASKED = question("leads", {"region": ("370102",)}, 7)
positions = st.none() | st.builds(Position, st.integers(0, 2**24).map(float), st.integers(0, 2**62))
windows = st.builds(Window, positions, positions, st.none() | st.tuples(st.floats(0, 1), st.integers(0, 2**62)))


@given(windows, st.dates())
def test_a_cursor_comes_back_as_it_was(window: Window, today: date) -> None:
    cursor = Cursor(ASKED, today, window)
    token = encode(cursor, SECRET)
    assert len(token) <= LONGEST
    assert token.replace("-", "").replace("_", "").isalnum()
    assert decode(token, SECRET) == cursor
    decode(token, SECRET).check_question(ASKED)


DAY = date(2026, 3, 2)
GIVEN = encode(Cursor(ASKED, DAY, Window()), SECRET)


@pytest.mark.parametrize(
    "token",
    ["x", "····", "A" * 3000, GIVEN[:-2], GIVEN[:-1] + ("A" if GIVEN[-1] != "A" else "B"), "A" + GIVEN[1:],
     base64.urlsafe_b64encode(b"[]" * 20).decode()],
)  # fmt: skip
def test_a_token_that_was_not_given_out_is_refused(token: str) -> None:
    with pytest.raises(CursorError) as refused:
        decode(token, SECRET)
    assert refused.value.code == "bad_cursor"


def test_another_sites_cursor_is_refused() -> None:
    with pytest.raises(CursorError) as refused:
        decode(GIVEN, b"of another site")
    assert refused.value.code == "bad_cursor"


def test_a_cursor_of_another_question_is_stale() -> None:
    with pytest.raises(CursorError) as refused:
        decode(GIVEN, SECRET).check_question(question("leads", {"region": ("370103",)}, 7))
    assert refused.value.code == "stale_cursor"


@pytest.mark.parametrize(("days", "good"), [(-1, False), (0, True), (1, True), (2, False)])
def test_a_cursor_is_good_on_its_day_and_the_next(days: int, good: bool) -> None:
    cursor = decode(GIVEN, SECRET)
    if good:
        cursor.check_day(DAY + timedelta(days=days))
        return
    with pytest.raises(CursorError) as refused:
        cursor.check_day(DAY + timedelta(days=days))
    assert refused.value.code == "stale_cursor"
