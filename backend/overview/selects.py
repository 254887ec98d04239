"""The filters of the overview as lists to choose from, and those in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.eligibility.attributes import ATTRIBUTES
from backend.matching.filters import FacetResult
from backend.overview.queries import SEVERAL
from backend.overview.results import Binding


@dataclass(frozen=True, slots=True)
class Option:
    """`count` is None where several choices are in force together."""

    value: str
    label: str
    count: int | None
    selected: bool


@dataclass(frozen=True, slots=True)
class Select:
    name: str
    label: str
    options: tuple[Option, ...]


def selects(filters: Sequence[FacetResult]) -> tuple[Select, ...]:
    """One for each filter. Several values in force are one choice of their own, so that sending the form keeps them."""
    return tuple(Select(facet.name, facet.label, _options(facet)) for facet in filters)


def _options(facet: FacetResult) -> tuple[Option, ...]:
    chosen = [value for value in facet.values if value.selected]
    single = len(chosen) == 1
    options = [Option(value.key, value.label, value.count, value.selected and single) for value in facet.values]
    if len(chosen) > 1:
        together = Option(
            ",".join(value.key for value in chosen), _(", ").join(value.label for value in chosen), None, True
        )
        options.insert(0, together)
    return tuple(options)


def binding_select(bindings: Sequence[Binding], several: int, chosen: str, language: str) -> Select:
    """What stands in the way. A choice that leaves nothing stays in the list while it is in force."""
    options = [Option(one.key, one.label, one.opened, one.key == chosen) for one in bindings]
    if several or chosen == SEVERAL:
        options.append(Option(SEVERAL, _("At least two items must change"), several, chosen == SEVERAL))
    if chosen and not any(option.selected for option in options):
        options.insert(0, Option(chosen, ATTRIBUTES[chosen].label.in_language(language), 0, True))
    return Select("binding", _("What stands in the way"), tuple(options))
