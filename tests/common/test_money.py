from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.money import GREATEST, MoneyError, amount, amount_text, from_fen, quantise, to_fen


@pytest.mark.parametrize(
    ("given_", "kept"),
    [("0.005", "0.00"), ("0.015", "0.02"), ("0.025", "0.02"), ("-0.005", "0.00"), ("2.675", "2.68"), ("7", "7.00")],
)
def test_halves_go_to_the_even_cent(given_: str, kept: str) -> None:
    assert quantise(Decimal(given_)) == Decimal(kept)
    assert quantise(Decimal(given_)).as_tuple().exponent == -2


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "10000000000000000"])
def test_what_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        quantise(Decimal(text))


def test_amounts_are_read_exactly_or_not_at_all() -> None:
    assert amount("1200000") == amount(1_200_000) == Decimal("1200000.00")
    assert amount("0.10") == Decimal("0.10")
    for wrong in ("0.001", "", "12万", "1e400"):
        with pytest.raises(MoneyError):
            amount(wrong)
    for inexact in (0.1, True):
        with pytest.raises(MoneyError):
            amount(inexact)  # type: ignore[arg-type]


@given(st.integers(-(10**17), 10**17))
def test_fen_and_back(fen: int) -> None:
    assert to_fen(from_fen(fen)) == fen


@given(st.decimals(-GREATEST, GREATEST, places=4))
def test_rounding_moves_by_half_a_cent_at_most(value: Decimal) -> None:
    try:
        rounded = quantise(value)
    except MoneyError:
        pytest.fail(f"{value} is within the range")
    assert abs(rounded - value) <= Decimal("0.005")
    assert quantise(rounded) == rounded


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("0", "0元", "CNY 0"),
        ("8500", "8,500元", "CNY 8,500"),
        ("9999.90", "9,999.9元", "CNY 9,999.9"),
        ("10000", "1万元", "CNY 10,000"),
        ("1200000", "120万元", "CNY 1.2 million"),
        ("1234567", "123.4567万元", "CNY 1.234567 million"),
        ("12000000", "1,200万元", "CNY 12 million"),
        ("150000000", "1.5亿元", "CNY 150 million"),
        ("2000000000", "20亿元", "CNY 2 billion"),
        ("-30000", "-3万元", "CNY -30,000"),
    ],
)
def test_amounts_as_a_banker_writes_them(value: str, zh: str, en: str) -> None:
    assert amount_text(Decimal(value), "zh-hans") == zh
    assert amount_text(Decimal(value), "en") == en


def test_other_currencies_are_named() -> None:
    assert amount_text(Decimal(250_000), "zh", "USD") == "25万美元"
    assert amount_text(Decimal(250_000), "en", "USD") == "USD 250,000"
    assert amount_text(Decimal(100), "zh", "SEK") == "100SEK"
