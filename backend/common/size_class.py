"""Size classes of companies (大中小微), after 工信部联企业〔2011〕300号. The bounds are data of the pack.

A class needs every lower bound of its trade's row; missing one drops the company to the next class below. What even the
lowest row does not admit is micro. A figure that is not known gives no class, never micro.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

DESCENDING = ("large", "medium", "small")
LOWEST = "micro"
FIGURES = frozenset({"employees", "annual_revenue", "total_assets"})


class SizeTableError(ValueError):
    """The table is malformed. `path` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class SizeTable:
    """`trades`: trade → class → figure → lower bound, in people or yuan. `by_industry`: industry code → trade; None
    where the rule does not reach or only a finer code decides."""

    trades: Mapping[str, Mapping[str, Mapping[str, Decimal]]]
    by_industry: Mapping[str, str | None]

    def trade(self, industry_path: Sequence[str]) -> str | None:
        """The trade of the nearest code that the table names. `industry_path`: the code first, then its ancestors."""
        for code in industry_path:
            if code in self.by_industry:
                return self.by_industry[code]
        return None

    def classify(self, industry_path: Sequence[str], figures: Mapping[str, Decimal]) -> str | None:
        """micro, small, medium or large; None where the trade or one of its figures is unknown."""
        trade = self.trade(industry_path)
        if trade is None:
            return None
        rows = self.trades[trade]
        if any(figure not in figures for row in rows.values() for figure in row):
            return None
        for size in DESCENDING:
            if all(figures[figure] >= bound for figure, bound in rows[size].items()):
                return size
        return LOWEST


def size_table(content: object) -> SizeTable:
    """Read the parameter `size_classes`. Raises SizeTableError with the path of the first fault."""
    table = _mapping(content, "content")
    trades = {
        trade: _rows(_mapping(entry, f"trades.{trade}").get("bounds"), f"trades.{trade}.bounds")
        for trade, entry in _mapping(table.get("trades"), "trades").items()
    }
    by_industry: dict[str, str | None] = {}
    for code, trade in _mapping(table.get("by_industry"), "by_industry").items():
        if trade is None or (isinstance(trade, str) and trade in trades):
            by_industry[code] = trade
        else:
            raise SizeTableError(f"by_industry.{code}", f"{trade!r} is not one of the trades")
    return SizeTable(trades, by_industry)


def _rows(value: object, path: str) -> dict[str, dict[str, Decimal]]:
    rows = _mapping(value, path)
    if set(rows) != set(DESCENDING):
        raise SizeTableError(path, f"needs exactly the classes {', '.join(DESCENDING)}")
    read = {size: _bounds(rows[size], f"{path}.{size}") for size in DESCENDING}
    for upper, lower in pairwise(DESCENDING):
        if set(read[upper]) != set(read[lower]):
            raise SizeTableError(f"{path}.{upper}", f"asks for other figures than {lower}")
        for figure, bound in read[upper].items():
            if bound < read[lower][figure]:
                raise SizeTableError(f"{path}.{upper}.{figure}", f"{bound} is below the bound of {lower}")
    return read


def _bounds(value: object, path: str) -> dict[str, Decimal]:
    bounds: dict[str, Decimal] = {}
    for figure, text in _mapping(value, path).items():
        if figure not in FIGURES:
            raise SizeTableError(f"{path}.{figure}", f"is not one of {', '.join(sorted(FIGURES))}")
        try:
            bound = Decimal(text) if isinstance(text, str) else None
        except InvalidOperation:
            bound = None
        if bound is None or not bound.is_finite() or bound < 0:
            raise SizeTableError(f"{path}.{figure}", f"{text!r} is not a decimal string of 0 or more")
        bounds[figure] = bound
    if not bounds:
        raise SizeTableError(path, "needs at least one lower bound")
    return bounds


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SizeTableError(path, "needs to be an object")
    return value
