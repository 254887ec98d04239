"""What the style guide shows: every component with values of its own, in each of its states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.ranking import Reason
from backend.matching.results import Finding, Gap, Missing
from backend.site.attribute_fields import attribute_field
from backend.site.charts import Chart, Row, Series, Value

FIELDS = ("annual_revenue", "tax_grade", "region", "high_tech", "collateral")
COLOURS = (
    "ground", "surface", "sunken", "band", "ink", "soft", "line", "line-strong", "accent", "accent-strong",
    "accent-ground", "good", "good-ground", "wait", "wait-ground", "stop", "stop-ground",
)  # fmt: skip


def samples(language: str, vocabulary: Vocabulary) -> dict[str, Any]:
    fields = {
        key: attribute_field(
            ATTRIBUTES[key], language=language, vocabulary=vocabulary, help_text=_("Where the figure comes from.")
        )
        for key in FIELDS
    }
    form = type("Sample", (forms.Form,), fields)
    return {
        "colours": COLOURS,
        "empty_form": form(prefix="empty"),
        "filled_form": form(
            {"faulty-annual_revenue": "12,3,4", "faulty-high_tech": "true", "faulty-tax_grade": "?"}, prefix="faulty"
        ),
        "reasons": (_reason(_("No collateral asked"), 1.0), _reason(_("The institution is in another district"), 0.2)),
        "findings": tuple(
            Finding("", "tax_grade", state, _("Tax credit grade: what was asked, and what was found"), False)
            for state in ("met", "unmet", "unknown")
        ),
        "missing": (
            Missing("tax_grade", _("Tax credit grade"), _("Tax office"), _("Authorise a query, or state it.")),
        ),
        "gaps": (
            Gap("annual_revenue", "", _("Annual revenue from 4 to 5 million"), Decimal(1), "yuan", True, None),
            Gap("region", "", _("Another district"), None, None, False, None),
        ),
        "figure": {
            "key": "sample",
            "label": _("A figure with its definition"),
            "text": "1,234",
            "definition": _("What it counts."),
            "url": "#sg-figures",
            "term": "never_borrowed",
            "under": (
                {"key": "sample-under", "label": _("A part of it"), "text": "56", "definition": _("What it counts.")},
            ),
        },
        "charts": (
            _chart("bar", (420, 310, 120)),
            _chart("column", (42, 31, 12), (20, 25, 8)),
        ),
    }


def _reason(text: str, value: float) -> Reason:
    return Reason("sample", text, text, value, Decimal(1), 1.0, None, favourable=value > 0.5)


def _chart(shape: Any, *columns: tuple[int, ...]) -> Chart:
    names = (_("First"), _("Second"), _("Third"))
    return Chart(
        title=_("A chart with its table"),
        head=_("Name"),
        series=[Series(_("Series %(number)s") % {"number": place}) for place, _column in enumerate(columns, 1)],
        rows=[
            Row(name, tuple(Value(column[place], f"{column[place]:,}") for column in columns))
            for place, name in enumerate(names)
        ],
        shape=shape,
    )
