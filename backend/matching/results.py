"""What the matcher answers. Texts are in the reader's language; numbers and codes stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.eligibility.attributes import Facts
from backend.eligibility.shortfall import Shortfall
from backend.indexing.engines import Freshness
from backend.matching.cost import CostRange
from backend.matching.filters import FacetResult
from backend.matching.ranking import Reason
from backend.matching.standing import Shut
from backend.needs.models import Need
from backend.products.models import Product
from search.text import Segment


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition of a rule with what was found: `state` is met, unmet or unknown, as the rule sees it. `path` is
    that of the condition in the rule's JSON. `settled`: it is not met, but an alternative to it does better, so that
    nothing depends on it."""

    path: str
    attribute: str
    state: str
    text: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A datum that is not known and that decides. `source` says where it comes from, `how` how to get it."""

    attribute: str
    label: str
    source: str
    how: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between the need and the product: `text` says from what to what. `gap` in the attribute's unit;
    `improvable`: the company can change it; `earliest`: the day on which waiting alone is enough."""

    attribute: str
    label: str
    text: str
    gap: Decimal | None
    unit: str | None
    improvable: bool
    earliest: date | None


@dataclass(frozen=True, slots=True)
class Match:
    """A product for a need. `state` is met, unknown or unmet. `missing`: data to give; `gaps`: what to change; both
    empty where it is eligible, and where nothing makes it so. `supplement`: it pays nothing out by itself, but goes
    with money from elsewhere. `shut`: why no company can have it today; only `compare` answers with such."""

    product: Product
    state: str
    score: float
    cost: CostRange | None
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...] = ()
    gaps: tuple[Gap, ...] = ()
    earliest: date | None = None
    shortfall: Shortfall | None = None
    supplement: bool = False
    shut: Shut | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """Products for a need, best first in each group. `considered` of `total` products in reach were judged."""

    eligible: tuple[Match, ...]
    missing: tuple[Match, ...]
    almost: tuple[Match, ...]
    counts: Mapping[str, int]
    considered: int
    total: int
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """Products for a need that is not saved, by group."""

    eligible: int
    missing: int
    almost: int
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Lead:
    """A need for a product. `group` is eligible or missing. `need` carries the company: a door shows to an institution
    only what consent allows. `title_marked` marks what a text search found."""

    need: Need
    facts: Facts
    group: str
    score: float
    cost: CostRange | None
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...]
    title_marked: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class LeadExplained:
    """A lead with all that stands behind it. `contributions`: every feature that has a weight, whose points make up
    the score. `gaps`: what would have to change besides what is missing."""

    lead: Lead
    contributions: tuple[Reason, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a lead stands in a list: `place` counts from 1 at the page that the cursor opens; the ids of the needs
    before and after it."""

    place: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Leads:
    results: tuple[Lead, ...]
    facets: tuple[FacetResult, ...]
    total: int
    next_cursor: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class ShelfItem:
    product: Product
    name_marked: tuple[Segment, ...]
    summary_marked: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    results: tuple[ShelfItem, ...]
    facets: tuple[FacetResult, ...]
    total: int
    next_cursor: str | None
    freshness: Freshness
