"""A table as a file that spreadsheets open: UTF-8 with its mark, since some take it for another code without."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from backend.site.charts import Chart

Cell = str | int | Decimal
_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The rows, heads first, as a download called `name`.csv. No cell is read as a formula: see `escaped`."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or "attachment"
    response.write(_MARK)
    csv.writer(response).writerows([escaped(cell) for cell in row] for row in rows)
    return response


def escaped(cell: Cell) -> str:
    """Words that a spreadsheet would take for a formula begin with an apostrophe. Numbers are written plainly."""
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def chart_rows(chart: Chart) -> Iterator[list[Cell]]:
    """The table of a chart: its numbers where it has them, with their unit in the head, else its words."""
    yield [chart.head, *(f"{one.name} ({one.unit})" if one.unit else one.name for one in chart.series)]
    for row in chart.rows:
        yield [row.name, *(value.text if value.number is None else value.number for value in row.values)]
