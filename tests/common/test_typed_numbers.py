"""Numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.typed_numbers import plain_number


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("1,200", "1200"), ("1,200.50", "1200.50"), ("５００", "500"), ("１，２００", "1200"), ("+3", "3"),
        (".5", "0.5"), (" 12 ", "12"), ("1 234 567", "1234567"), ("1,2345,6789", "123456789"),
        ("\N{MINUS SIGN}1,000", "-1000"), ("12,3,4", "12,3,4"), ("1,20", "1,20"), ("abc", "abc"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_meant(typed: str, plain: str) -> None:
    assert plain_number(typed) == plain


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(",_ "))
def test_grouping_never_changes_a_number(number: int, separator: str) -> None:
    assert int(plain_number(f"{number:,}".replace(",", separator))) == number
