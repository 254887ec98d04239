"""How values are written, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from backend.matching.cost import CostRange
from backend.products.models import Product
from backend.site.templatetags import values

ZH, EN = "zh-hans", "en"


@pytest.mark.parametrize(
    ("amount", "language", "text"),
    [
        ("3660000.00", ZH, "366万元"),
        ("37860000.00", ZH, "3786万元"),
        ("8500.00", ZH, "8,500元"),
        ("3660000.00", EN, "CNY 3.66 million"),
        ("500000.00", EN, "CNY 500,000"),
    ],
)
def test_money_is_exact(amount: str, language: str, text: str) -> None:
    with translation.override(language):
        assert values.money(Decimal(amount), "CNY") == text


@pytest.mark.parametrize(
    ("amount", "language", "text"),
    [
        ("4786123456.78", ZH, "47.86亿元"),
        ("4786123456.78", EN, "CNY 4.79 billion"),
        ("3456789.00", ZH, "345.68万元"),
        ("0", ZH, "0元"),
    ],
)
def test_sums_are_rounded_to_a_hundredth_of_their_unit(amount: str, language: str, text: str) -> None:
    with translation.override(language):
        assert values.money_about(Decimal(amount), "CNY") == text


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        ("500000", "10000000", "50万–1000万元", "CNY 500,000 to 10 million"),
        ("0", "3000000", "最高300万元", "up to CNY 3 million"),
        ("100000", "0", "10万元起", "from CNY 100,000"),
        ("0", "0", "不限", "no limit"),
        ("200000", "200000", "20万元", "CNY 200,000"),
    ],
)
def test_amounts_of_a_product(low: str, high: str, zh: str, en: str) -> None:
    product = Product(amount_min=Decimal(low), amount_max=Decimal(high))
    with translation.override(ZH):
        assert values.amounts(product, "CNY") == zh
    with translation.override(EN):
        assert values.amounts(product, "CNY") == en


@pytest.mark.parametrize(
    ("low", "high", "zh", "en"),
    [
        (12, 36, "12–36个月", "12–36 months"),
        (0, 24, "最长24个月", "up to 24 months"),
        (6, 0, "6个月起", "from 6 months"),
        (0, 0, "不限", "no limit"),
        (1, 1, "1个月", "1 month"),
    ],
)
def test_terms_of_a_product(low: int, high: int, zh: str, en: str) -> None:
    product = Product(term_min=low, term_max=high)
    with translation.override(ZH):
        assert values.terms(product) == zh
    with translation.override(EN):
        assert values.terms(product) == en


def test_rates_and_costs_have_two_decimals_half_to_even() -> None:
    assert values.rates(Product(rate_min=Decimal("3.4500"), rate_max=Decimal("4.5050"))) == "3.45–4.50%"
    assert values.rates(Product(rate_min=Decimal("3.4500"), rate_max=Decimal("3.4500"))) == "3.45%"
    assert values.rates(Product()) == "–"
    assert values.cost(CostRange(Decimal("3.1650"), Decimal("3.6758"))) == "3.16–3.68%"
    assert values.rate(Decimal("3.1650")) == "3.16%"


def test_small_values() -> None:
    assert values.points(0.774903) == "77.5"
    assert values.plain(Decimal("5.0")) == "5"
    assert values.plain(Decimal("20.0")) == "20"
    assert values.plain(Decimal("2.5")) == "2.5"


@pytest.mark.parametrize(("number", "chosen"), [("1", 1), ("1.0", 1), ("0.5", 2), ("2.5", 2), ("0", 2), ("21", 2)])
def test_grammar_knows_one_and_more(number: str, chosen: int) -> None:
    assert values.grammatical(Decimal(number)) == chosen
    assert values.count(1671) == "1,671"
    assert values.cents(Decimal("-126270.50")) == "-126,270.50"
    with translation.override(ZH):
        assert values.currency_name("CNY") == "元"
    with translation.override(EN):
        assert values.currency_name("CNY") == "CNY"
    assert values.months(None) == "–"


def test_weights_and_points_have_two_decimals() -> None:
    assert [values.hundredths(number) for number in (1, 0.5, 12.446)] == ["1.00", "0.50", "12.45"]


def test_shares_and_answers() -> None:
    with translation.override(ZH):
        assert [values.share(one) for one in (Decimal("63.4"), Decimal("0.0"), None)] == ["63.4%", "0.0%", "–"]
        assert [values.yes_no(one) for one in (True, False, None)] == ["是", "否", "暂不清楚"]
    with translation.override(EN):
        assert [values.yes_no(one) for one in (True, False, None)] == ["Yes", "No", "Not known"]


def test_a_day_of_every_year() -> None:
    for language, text in ((ZH, "4月1日"), (EN, "1 April")):
        with translation.override(language):
            assert values.month_day("04-01") == text


def test_the_time_of_day_is_the_local_one_and_names_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 24, 17, 5, tzinfo=UTC)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: date(2026, 11, 25))
    assert values.clock(moment) == "01:05"
    monkeypatch.setattr(timezone, "localdate", lambda *_args: date(2026, 11, 26))
    assert values.clock(moment) == "2026-11-25 01:05"


@pytest.mark.parametrize(
    ("day", "english"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "tomorrow"),
        (date(2026, 11, 26), "in 2 days"),
        (date(2026, 12, 24), "in 30 days"),
        (date(2026, 11, 23), "1 day overdue"),
        (date(2026, 11, 1), "23 days overdue"),
    ],
)
def test_how_long_it_is_to_a_day(monkeypatch: pytest.MonkeyPatch, day: date, english: str) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_args: date(2026, 11, 24))
    with translation.override(EN):
        assert values.until(day) == english


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 KB"), (1600, "2 KB"), (1024**2 - 1, "1024 KB"), (1024**2, "1.0 MB"), (1_500_000, "1.4 MB")],
)
def test_sizes_of_files(size: int, text: str) -> None:
    assert values.file_size(size) == text
