"""What a chart's picture shows, in a sentence."""

from __future__ import annotations

from decimal import Decimal

from django.utils import translation

from backend.site.charts import Chart, Row, Series, Value


def _chart(*rows: tuple[str, int | Decimal, str]) -> Chart:
    return Chart("Loans", "District", [Series("Number")], [Row(name, (Value(n, text),)) for name, n, text in rows])


def test_the_alternative_names_the_greatest_of_the_first_series() -> None:
    with translation.override("en"):
        assert _chart(("A", 3, "3"), ("B", Decimal("12.5"), "12.5%"), ("C", 7, "7")).alternative == (
            "Loans: 3 entries; the greatest is B with 12.5%. The table below has all figures."
        )
        assert _chart().alternative == "Loans: no data"
