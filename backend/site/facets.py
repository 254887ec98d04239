"""Facets as links: each value leads to the same page with that value added or taken away. Filters live in the URL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.filters import FacetResult, FacetValue, FilterDefinition

SHOWN = 8
"""Values of a facet shown at once; the others lie folded beneath."""


@dataclass(frozen=True, slots=True)
class Link:
    key: str
    label: str
    count: int
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """`first` is in sight, `more` folded. `attribute`: what is filtered by, where that is one."""

    name: str
    label: str
    attribute: str
    first: tuple[Link, ...]
    more: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    groups: tuple[Group, ...]
    chosen: tuple[Link, ...]
    """The values in force; the link of each takes it away."""


def facets_as_links(
    asked: QueryDict,
    found: Sequence[FacetResult],
    definitions: Sequence[FilterDefinition],
    vocabulary: Vocabulary,
    *,
    leave_out: Collection[str] = (),
) -> Facets:
    schemes = {definition.name: definition.scheme or "" for definition in definitions}
    fields = {definition.name: definition.field for definition in definitions}
    groups, chosen = [], []
    for facet in found:
        links = [
            (value, Link(value.key, value.label, value.count, value.selected, _toggled(asked, facet, value, paths)))
            for paths in [_paths(facet, schemes[facet.name], vocabulary)]
            for value in _in_sight(facet, paths)
        ]
        chosen += [link for _value, link in links if link.selected]
        if links and facet.name not in leave_out:
            # A chosen value stays in sight wherever it stands.
            first = [link for place, (value, link) in enumerate(links) if place < SHOWN or value.selected]
            more = [link for _value, link in links if link not in first]
            attribute = fields[facet.name] if fields[facet.name] in ATTRIBUTES else ""
            groups.append(Group(facet.name, facet.label, attribute, tuple(first), tuple(more)))
    return Facets(tuple(groups), tuple(chosen))


Paths = dict[str, tuple[str, ...]]
"""Value → itself and its ancestors."""


def _paths(facet: FacetResult, scheme: str, vocabulary: Vocabulary) -> Paths:
    known = vocabulary.terms(scheme) if scheme else {}
    return {
        value.key: vocabulary.path(scheme, value.key) if value.key in known else (value.key,) for value in facet.values
    }


def _in_sight(facet: FacetResult, paths: Paths) -> list[FacetValue]:
    """A kind within another one shows up once somebody chose its family."""
    families = {paths[value.key][-1] for value in facet.values if value.selected}
    there = set(paths)
    return [
        value
        for value in facet.values
        if value.selected or not there & set(paths[value.key][1:]) or paths[value.key][-1] in families
    ]


def _toggled(asked: QueryDict, facet: FacetResult, value: FacetValue, paths: Paths) -> str:
    """The address with the value taken away or added. What is added takes the place of what it lies in, and of what
    lies in it: several values mean any of them, so beside its parent a child would narrow nothing."""
    kept = [one.key for one in facet.values if one.selected and one.key != value.key]
    if not value.selected:
        line = set(paths[value.key])
        kept = [key for key in kept if key not in line and value.key not in paths[key]] + [value.key]
    query = asked.copy()
    query.pop("cursor", None)
    query.setlist(facet.name, kept)
    return "?" + query.urlencode()


def address(asked: QueryDict, **changes: str) -> str:
    """The address with some parameters changed; an empty one is left out."""
    query = asked.copy()
    for name, value in changes.items():
        query[name] = value
        if not value:
            del query[name]
    return "?" + query.urlencode()
