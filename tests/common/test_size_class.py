"""Size classes on the default pack's table: every bound of the regulation, from just below and from exactly on it."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.size_class import DESCENDING, LOWEST, SizeTableError, size_table

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PACK = FIXTURES / (FIXTURES / "DEFAULT").read_text(encoding="utf-8").strip()
CONTENT: dict[str, Any] = json.loads((PACK / "parameters" / "size_classes.json").read_text("utf-8"))["content"]
TABLE = size_table(CONTENT)

# 工信部联企业〔2011〕300号, typed a second time from the regulation: staff, revenue and assets in 万元.
REGULATION = {
    "farming": ("revenue", [(50,), (500,), (20_000,)]),
    "industry": ("staff revenue", [(20, 300), (300, 2_000), (1_000, 40_000)]),
    "construction": ("revenue assets", [(300, 300), (6_000, 5_000), (80_000, 80_000)]),
    "wholesale": ("staff revenue", [(5, 1_000), (20, 5_000), (200, 40_000)]),
    "retail": ("staff revenue", [(10, 100), (50, 500), (300, 20_000)]),
    "transport": ("staff revenue", [(20, 200), (300, 3_000), (1_000, 30_000)]),
    "warehousing": ("staff revenue", [(20, 100), (100, 1_000), (200, 30_000)]),
    "post": ("staff revenue", [(20, 100), (300, 2_000), (1_000, 30_000)]),
    "accommodation": ("staff revenue", [(10, 100), (100, 2_000), (300, 10_000)]),
    "catering": ("staff revenue", [(10, 100), (100, 2_000), (300, 10_000)]),
    "information_transmission": ("staff revenue", [(10, 100), (100, 1_000), (2_000, 100_000)]),
    "software": ("staff revenue", [(10, 50), (100, 1_000), (300, 10_000)]),
    "real_estate_development": ("revenue assets", [(100, 2_000), (1_000, 5_000), (200_000, 10_000)]),
    "property_management": ("staff revenue", [(100, 500), (300, 1_000), (1_000, 5_000)]),
    "leasing_business": ("staff assets", [(10, 100), (100, 8_000), (300, 120_000)]),
    "other": ("staff", [(10,), (100,), (300,)]),
}
_FIGURE = {"staff": ("employees", 1), "revenue": ("annual_revenue", 10_000), "assets": ("total_assets", 10_000)}
INDUSTRY_OF = {trade: code for code, trade in CONTENT["by_industry"].items() if trade}


def bounds(trade: str, size: str) -> dict[str, Decimal]:
    figures, rows = REGULATION[trade]
    row = rows[("small", "medium", "large").index(size)]
    return {
        _FIGURE[figure][0]: Decimal(number * _FIGURE[figure][1])
        for figure, number in zip(figures.split(), row, strict=True)
    }


def test_the_table_has_every_trade_of_the_regulation() -> None:
    assert set(TABLE.trades) == set(REGULATION)
    assert set(INDUSTRY_OF) == set(REGULATION)


@pytest.mark.parametrize("trade", REGULATION)
def test_every_bound(trade: str) -> None:
    industry = [INDUSTRY_OF[trade]]
    below = {"large": "medium", "medium": "small", "small": LOWEST}
    for size in DESCENDING:
        exact = bounds(trade, size)
        assert TABLE.classify(industry, exact) == size
        for figure in exact:
            assert TABLE.classify(industry, {**exact, figure: exact[figure] - Decimal("0.01")}) == below[size]
            assert TABLE.classify(industry, {key: value for key, value in exact.items() if key != figure}) is None


def test_one_figure_far_below_drops_through_every_class_that_it_misses() -> None:
    figures = {"employees": Decimal(5_000), "annual_revenue": Decimal(2_999_999)}
    assert TABLE.classify(["39", "C"], figures) == "micro"


@pytest.mark.parametrize(
    ("path", "trade"),
    [
        (["391", "39", "C"], "industry"),
        (["591", "59", "G"], "transport"),
        (["593", "59", "G"], "warehousing"),
        (["59", "G"], "warehousing"),
        (["51", "F"], "wholesale"),
        (["64", "I"], "information_transmission"),
        (["651", "65", "I"], "software"),
        (["702", "70", "K"], "property_management"),
        (["703", "70", "K"], "other"),
        (["70", "K"], None),  # development and management have other bounds: only the group decides
        (["F"], None),
        (["53", "G"], None),  # railways are outside the regulation
        (["66", "J"], None),  # finance has a regulation of its own
        (["85", "Q"], "other"),
        (["unheard-of"], None),
    ],
)
def test_trade_of_an_industry(path: list[str], trade: str | None) -> None:
    assert TABLE.trade(path) == trade
    if trade is None:
        assert TABLE.classify(path, {figure: Decimal(10**9) for figure, _ in _FIGURE.values()}) is None


_NUMBERS = st.decimals(0, 2 * 10**9, places=2)


@given(
    st.sampled_from(sorted(REGULATION)),
    st.fixed_dictionaries({"employees": _NUMBERS, "annual_revenue": _NUMBERS, "total_assets": _NUMBERS}),
    st.sampled_from(["employees", "annual_revenue", "total_assets"]),
    _NUMBERS,
)
def test_growing_never_makes_smaller(trade: str, figures: dict[str, Decimal], grown: str, by: Decimal) -> None:
    order = (LOWEST, *reversed(DESCENDING))
    before = TABLE.classify([INDUSTRY_OF[trade]], figures)
    after = TABLE.classify([INDUSTRY_OF[trade]], {**figures, grown: figures[grown] + by})
    assert before is not None
    assert after is not None
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize(
    ("keys", "value", "path"),
    [
        (["by_industry", "A"], "fishing", "by_industry.A"),
        (["trades", "industry", "bounds", "large", "employees"], 1000.5, "trades.industry.bounds.large.employees"),
        (["trades", "industry", "bounds", "large", "employees"], "10", "trades.industry.bounds.large.employees"),
        (["trades", "industry", "bounds", "large"], {"employees": "1000"}, "trades.industry.bounds.large"),
        (["trades", "other", "bounds", "small"], {"head_count": "1"}, "trades.other.bounds.small.head_count"),
        (["trades", "other", "bounds"], {"small": {"employees": "1"}}, "trades.other.bounds"),
        (["trades"], [], "trades"),
    ],
)
def test_a_malformed_table_is_refused_with_the_path(keys: list[str], value: object, path: str) -> None:
    content = copy.deepcopy(CONTENT)
    place: Any = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    with pytest.raises(SizeTableError) as caught:
        size_table(content)
    assert caught.value.path == path
