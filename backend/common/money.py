"""Amounts of money: exact decimals with two places, rounded half to even wherever rounding is needed.

No float comes in or goes out. Amounts are in whole currency units (yuan for CNY); fen are hundredths.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

CENT = Decimal("0.01")
GREATEST = Decimal("9999999999999999.99")  # what Decimal(18, 2) holds
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
_WAN, _YI = Decimal(10_000), Decimal(100_000_000)
_CURRENCY_ZH = {"CNY": "元", "USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元", "GBP": "英镑"}


class MoneyError(ValueError):
    """The text is no amount, or one that does not fit."""


def quantise(amount: Decimal) -> Decimal:
    """`amount` with two decimals, half to even. Raises MoneyError where it is not finite or too large."""
    if not amount.is_finite() or abs(amount) > GREATEST:
        raise MoneyError(f"{amount} is not an amount that can be kept")
    return amount.quantize(CENT, context=_EXACT)


def amount(value: Decimal | int | str) -> Decimal:
    """Read an amount that must already be exact to the cent: "1200000", "0.10", 5. Raises MoneyError otherwise."""
    if isinstance(value, bool | float):
        raise MoneyError(f"{value!r} is not an exact amount: give a decimal string")
    try:
        exact = Decimal(value)
    except InvalidOperation as error:
        raise MoneyError(f"{value!r} is not a number") from error
    rounded = quantise(exact)
    if rounded != exact:
        raise MoneyError(f"{value} has more than two decimals")
    return rounded


def to_fen(value: Decimal) -> int:
    """Hundredths of the unit, as a whole number; rounds half to even."""
    return int(quantise(value).scaleb(2, context=_EXACT))


def from_fen(fen: int) -> Decimal:
    return quantise(Decimal(fen).scaleb(-2, context=_EXACT))


def amount_text(value: Decimal, language: str, currency: str = "CNY") -> str:
    """An amount as a banker writes it: 8,500元, 120万元, 1.5亿元; "CNY 8,500", "CNY 1.2 million".

    Never rounds away: what does not divide neatly keeps its decimals (1234567 → 123.4567万元).
    """
    exact = quantise(value)
    size = abs(exact)
    if language.startswith("zh"):
        unit = unit_name(currency, language)
        if size >= _YI:
            return f"{_plain(exact / _YI)}亿{unit}"
        if size >= _WAN:
            return f"{_plain(exact / _WAN)}万{unit}"
        return f"{_plain(exact)}{unit}"
    if size >= 1_000_000_000:
        return f"{currency} {_plain(exact / 1_000_000_000)} billion"
    if size >= 1_000_000:
        return f"{currency} {_plain(exact / 1_000_000)} million"
    return f"{currency} {_plain(exact)}"


def unit_name(currency: str, language: str) -> str:
    """What a person calls the unit: 元, 美元, yuan; the code where the table has no name."""
    if language.startswith("zh"):
        return _CURRENCY_ZH.get(currency, currency)
    return "yuan" if currency == "CNY" else currency


def _plain(value: Decimal) -> str:
    """With thousands separators, without trailing zeros or an exponent."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
