"""What is earlier and what is later."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.backtest.loans import LoanFileError
from backend.backtest.split import split
from tests.backtest.cases import loan

DAY = date(2004, 1, 1)
LOANS = [loan(row, approved_on=DAY + timedelta(days=row)) for row in range(1, 31)]


def test_the_cut_off_day_itself_is_later() -> None:
    parts = split(LOANS[::-1], DAY + timedelta(days=10))
    assert [found.row for found in parts.earlier] == list(range(1, 10))
    assert [found.row for found in parts.later] == list(range(10, 31))


def test_without_a_cut_off_the_newest_tenth_is_later() -> None:
    parts = split(LOANS)
    assert parts.cutoff == DAY + timedelta(days=28)
    assert [found.row for found in parts.later] == [28, 29, 30]


def test_a_day_is_not_torn_apart() -> None:
    same = [loan(row, approved_on=DAY + timedelta(days=28)) for row in (40, 41)]
    assert [found.row for found in split([*LOANS, *same]).later] == [28, 40, 41, 29, 30]


def test_one_loan_at_least_is_later() -> None:
    assert [found.row for found in split(LOANS[:3]).later] == [3]


@pytest.mark.parametrize(
    ("day", "side"),
    [(date(1999, 1, 1), "before"), (DAY + timedelta(days=1), "before"), (date(2010, 1, 1), "on or after")],
)
def test_a_cut_off_with_one_side_empty_is_refused(day: date, side: str) -> None:
    with pytest.raises(LoanFileError) as refused:
        split(LOANS, day)
    assert str(refused.value) == (
        f"no loan was approved {side} the cut-off {day}; the file runs from 2004-01-02 to 2004-01-31; choose a cut-off "
        "between"
    )


def test_loans_from_a_day_on_are_left_out() -> None:
    parts = split(LOANS, DAY + timedelta(days=10), until=DAY + timedelta(days=13))
    assert [found.row for found in parts.earlier] == list(range(1, 10))
    assert [found.row for found in parts.later] == [10, 11, 12]
    assert [found.row for found in split(LOANS, until=DAY + timedelta(days=21)).later] == [19, 20]


@pytest.mark.parametrize("cutoff", [None, DAY, DAY + timedelta(days=5)])
def test_an_end_that_leaves_no_later_loan_is_refused(cutoff: date | None) -> None:
    with pytest.raises(LoanFileError, match="choose a cut-off between"):
        split(LOANS, cutoff, until=DAY)


def test_a_sample_is_spread_evenly() -> None:
    later = DAY + timedelta(days=11)
    assert [found.row for found in split(LOANS, later, sample=5).later] == [11, 15, 19, 23, 27]
    assert [found.row for found in split(LOANS, later, sample=20).later] == list(range(11, 31))
    assert [found.row for found in split(LOANS, later, sample=99).later] == list(range(11, 31))


def test_loans_of_one_day_alone_cannot_be_split() -> None:
    with pytest.raises(LoanFileError):
        split([loan(1), loan(2)])
