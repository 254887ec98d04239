"""The parts of docs/reference/api.md that follow from the code."""

from __future__ import annotations

from collections.abc import Sequence

from backend.api.problem_codes import table
from backend.matching.filters import LEAD_FILTERS, PRODUCT_FILTERS, FilterDefinition


def filters() -> str:
    """The rows of the table of filters."""
    rows = (("products", PRODUCT_FILTERS), ("leads", LEAD_FILTERS))
    return "".join(f"| {name} | {_listed(definitions)} |\n" for name, definitions in rows)


def _listed(definitions: Sequence[FilterDefinition]) -> str:
    return "; ".join(_described(definition) for definition in definitions)


def _described(definition: FilterDefinition) -> str:
    if definition.choices:
        return f"`{definition.name}` ({', '.join(choice.key for choice in definition.choices)})"
    return f"`{definition.name}` ({definition.scheme})" if definition.scheme else f"`{definition.name}` (code)"


def printed() -> str:
    """The end of the page: the filters and the problem codes."""
    return f"{filters()}\n## Problem codes\n{table()}"
