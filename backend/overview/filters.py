"""The filters of the overview, on the columns of the market. Region and industry take a code and all below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.eligibility.attributes import Label, Value
from backend.eligibility.columns import Coded, Mask
from backend.eligibility.vocabulary import Vocabulary
from backend.matching import filters
from backend.matching.filters import LEAD_FILTERS, Choice, FacetResult, FilterDefinition, FilterError, Selection
from backend.matching.market import HAS, NEVER, NOT_KNOWN, Market

_OF_LEADS = {definition.name: definition for definition in LEAD_FILTERS}
FIRST_TIME = {"yes": NEVER, "no": HAS, "unknown": NOT_KNOWN}
AMOUNTS = _OF_LEADS["amount"].choices
OVERVIEW_FILTERS: tuple[FilterDefinition, ...] = (
    _OF_LEADS["region"],
    _OF_LEADS["industry"],
    _OF_LEADS["amount"],
    FilterDefinition(
        "first_time",
        _OF_LEADS["first_time"].label,
        "has_ever_borrowed",
        choices=(
            Choice("yes", Label("从未贷款", "Has never borrowed"), code="yes"),
            Choice("no", Label("有过贷款", "Has borrowed"), code="no"),
            Choice("unknown", Label("尚不清楚", "Not known"), code="unknown"),
        ),
    ),
)


def selection_of(params: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> Selection:
    """The choices among `params`; other parameters are left alone. Raises InvalidInput, code `unknown_choice`."""
    try:
        return filters.parse(OVERVIEW_FILTERS, params, vocabulary)
    except FilterError as error:
        raise InvalidInput(
            _("There is no choice “%(value)s” here.") % {"value": error.value}, code="unknown_choice", field=error.name
        ) from error


def where(coded: Coded, holds: Callable[[Value], bool]) -> Mask:
    """The rows whose value `holds`; not those without one."""
    found: Mask = np.array([False, *map(holds, coded.values)], np.bool_)[coded.ids]
    return found


def chosen(market: Market, selection: Selection) -> Mask:
    """The rows that every filter admits."""
    found = np.ones(market.size, np.bool_)
    for name, values in selection.items():
        found &= _admitted(market, name, values)
    return found


def _admitted(market: Market, name: str, values: tuple[str, ...]) -> Mask:
    if name == "first_time":
        return np.isin(market.first_time, [FIRST_TIME[value] for value in values])
    if name == "amount":
        found = np.zeros(market.size, np.bool_)
        for band in AMOUNTS:
            if band.key in values:
                found |= within(market, band)
        return found
    scheme, column = ("regions", market.region) if name == "region" else ("industries", market.industry)
    return where(column, lambda code: not set(values).isdisjoint(market.vocabulary.path(scheme, str(code))))


def within(market: Market, band: Choice) -> Mask:
    """The rows whose amount lies in the band."""
    rows = np.ones(market.size, np.bool_)
    if band.low is not None:
        rows &= market.amount >= band.low
    if band.high is not None:
        rows &= market.amount < band.high
    return rows


def facets(market: Market, selection: Selection, language: str, among: Mask) -> tuple[FacetResult, ...]:
    """How many of the needs `among` each choice would leave, under the other filters."""
    found: dict[str, dict[str, int]] = {}
    for definition in OVERVIEW_FILTERS:
        others = {name: values for name, values in selection.items() if name != definition.name}
        rows = chosen(market, others) & among
        if definition.name == "first_time":
            states = market.first_time[rows]
            found["first_time"] = {key: int(np.count_nonzero(states == state)) for key, state in FIRST_TIME.items()}
        elif definition.name == "amount":
            found["amount"] = {band.key: int(np.count_nonzero(rows & within(market, band))) for band in AMOUNTS}
        else:
            column = market.region if definition.name == "region" else market.section
            counts = np.bincount(column.ids[rows], minlength=len(column.values) + 1)[1:]
            found[definition.name] = {
                str(code): int(count) for code, count in zip(column.values, counts, strict=True) if count
            }
    return filters.results(OVERVIEW_FILTERS, found, selection, language, market.vocabulary)
