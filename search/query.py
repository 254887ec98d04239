"""The neutral query algebra. Callers build these values; each adapter compiles them for its engine.

Every clause either matches a document or does not; scores come only from `Weighted` clauses and from `Text`,
so that both engines order alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every document."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Matches no document."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A KEYWORD field holds at least one of `values`. No values: matches nothing."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """An INTEGER field holds a value in [low, high]; None leaves that end open. A missing value never matches."""

    field: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Covers:
    """An INTERVAL field contains `value`. An open end of the stored interval contains everything on its side."""

    field: str
    value: int


@dataclass(frozen=True, slots=True)
class Exists:
    """The KEYWORD, INTEGER or INTERVAL field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """A KEYWORD field holds a value that begins with `prefix`."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Text:
    """Tokens of `text` are found in the TEXT `fields` (field name → boost); all tokens must occur in some field.

    As the `text` of a request it filters and scores: each token adds the highest boost among the fields that hold it.
    Boosts are positive multiples of 1/16, so that both engines add them up to the same number. A text without a
    single token (punctuation alone) matches every document.
    """

    text: str
    fields: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class All:
    clauses: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    clauses: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    clause: Query


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of `clauses` match. count ≤ 0 matches everything."""

    count: int
    clauses: tuple[Query, ...]


Query = Everything | Nothing | Terms | Range | Covers | Exists | Prefix | Text | All | Any | Not | AtLeast


@dataclass(frozen=True, slots=True)
class Weighted:
    """Adds `weight` points, a positive whole number, to the score of each document that `query` matches."""

    query: Query
    weight: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval [low, high) of a facet over an INTEGER field, under a stable key."""

    key: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """A named count over a field: the values of a KEYWORD field, or `buckets` of an INTEGER field.

    `selected` is the filter that the reader chose on this facet. It narrows the hits and every other facet, never
    this facet's own counts.
    """

    name: str
    field: str
    buckets: tuple[Bucket, ...] = ()
    selected: Query | None = None
    size: int = 100


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by an INTEGER or KEYWORD single-valued field instead of by score; missing values come last."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the sort key (the score, or the sort field's value) and the id of the last document.

    Ids break ties, so a document that does not change is met exactly once while others come and go. A position
    belongs to the filter, weights, text and sort that it came from.
    """

    key: float | int | str | None
    id: int


@dataclass(frozen=True, slots=True)
class Request:
    """One search: `filter` decides what matches, `weights` (and any Text in `text`) what comes first.

    Order: by `sort` where given, else by descending score; then by ascending id. Without sort, weights and text
    every score is 0. `fetch` names the STORED fields to return with each hit.
    """

    filter: Query = field(default_factory=Everything)
    weights: tuple[Weighted, ...] = ()
    text: Text | None = None
    facets: tuple[Facet, ...] = ()
    sort: Sort | None = None
    after: Position | None = None
    size: int = 20
    routing: str | None = None
    count_up_to: int | None = None  # None: count all matches exactly; n: stop counting at n
    fetch: tuple[str, ...] = ()
