"""A chart as data: the table that is shown and drawn. The script draws what the table says, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Value:
    """`text` is read, `number` is drawn. What is a word, not a figure, has no number."""

    number: int | Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A column. One that is not `drawn` stands in the table alone. `unit` is that of the numbers, where the texts carry
    it; `tone` names the token of its colour, else it takes the next of the row."""

    name: str
    drawn: bool = True
    unit: str = ""
    tone: Literal["", "covered", "pending", "uncovered"] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One that is not `drawn` stands in the table alone."""

    name: str
    values: tuple[Value, ...]
    url: str = ""
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """`shape`: bar (lying), column (standing) or line. `head` names the first column. `download`: where the table is
    to be had as a file."""

    title: str
    head: str
    series: Sequence[Series]
    rows: Sequence[Row]
    shape: Literal["bar", "column", "line"] = "bar"
    stacked: bool = False
    note: str = ""
    download: str = ""

    @property
    def alternative(self) -> str:
        """What the picture shows, in a sentence: the greatest value of the first series."""
        if not self.rows:
            return _("%(title)s: no data") % {"title": self.title}
        top = max(self.rows, key=lambda row: row.values[0].number or 0)
        return _(
            "%(title)s: %(count)s entries; the greatest is %(name)s with %(value)s. The table below has all figures."
        ) % {
            "title": self.title,
            "count": len(self.rows),
            "name": top.name,
            "value": top.values[0].text,
        }
