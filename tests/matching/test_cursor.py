"""Cursors come back as they were given out, and no other token is taken."""

from __future__ import annotations

import base64
from datetime import date

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
    assert decode(token, SECRET, asked=ASKED) == cursor


GIVEN = encode(Cursor(ASKED, date(2026, 3, 2), Window()), SECRET)


@pytest.mark.parametrize(
    "token",
    ["x", "····", "A" * 3000, GIVEN[:-2], GIVEN[:-1] + ("A" if GIVEN[-1] != "A" else "B"), "A" + GIVEN[1:],
     base64.urlsafe_b64encode(b"[]" * 20).decode()],
)  # fmt: skip
def test_a_token_that_was_not_given_out_is_refused(token: str) -> None:
    with pytest.raises(CursorError) as refused:
        decode(token, SECRET, asked=ASKED)
    assert refused.value.code == "bad_cursor"


def test_another_sites_cursor_is_refused() -> None:
    with pytest.raises(CursorError) as refused:
        decode(GIVEN, b"of another site", asked=ASKED)
    assert refused.value.code == "bad_cursor"


def test_a_cursor_of_another_question_is_stale() -> None:
    with pytest.raises(CursorError) as refused:
        decode(GIVEN, SECRET, asked=question("leads", {"region": ("370103",)}, 7))
    assert refused.value.code == "stale_cursor"
