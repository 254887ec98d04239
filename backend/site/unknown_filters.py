"""A link with choices that cannot be used here: the others stay in force, and the page says what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from backend.common.errors import Text
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.filters import FilterDefinition

NAMED = 5
"""Values of one filter that are named; a link may hold any number."""
LONGEST = 40
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`label`: the filter that `values`, as they were written, were meant for; `more` are not named."""

    label: str
    values: tuple[str, ...]
    more: int = 0


def left_out(label: Text, values: Sequence[str]) -> LeftOut:
    named = (value if len(value) <= LONGEST else value[: LONGEST - 1] + "…" for value in values[:NAMED])
    return LeftOut(str(label), tuple(named), max(len(values) - NAMED, 0))


def without_unknown(
    asked: QueryDict, definitions: Sequence[FilterDefinition], vocabulary: Vocabulary, language: str
) -> tuple[QueryDict, tuple[LeftOut, ...]]:
    """The address's parameters without the values that these filters do not have, and what was left out."""
    kept, gone = asked.copy(), []
    for definition in definitions:
        known, unknown = definition.sorted_out(asked.getlist(definition.name), vocabulary)
        if unknown:
            kept.setlist(definition.name, list(known))
            gone.append(left_out(definition.label.in_language(language), unknown))
    return kept, tuple(gone)
