"""What the overview answers with. Amounts are in the pack's currency; `definitions.py` says what each figure counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.matching.filters import FacetResult, Selection
from backend.matching.market import Summary


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Per cent, with one decimal; None of nothing."""
    return (Decimal(100) * part / whole).quantize(Decimal("0.1")) if whole else None


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the needs. `covered`, `pending` and `uncovered` add up to `asked.needs`. `code` is empty where the needs
    do not say."""

    code: str
    label: str
    asked: Summary
    covered: int
    pending: int
    uncovered: int

    @property
    def covered_share(self) -> Decimal | None:
        """Per cent, with one decimal; None without needs."""
        return share(self.covered, self.asked.needs)


@dataclass(frozen=True, slots=True)
class KindSegment:
    """A kind of products. `eligible`: needs that meet one of its `products`."""

    code: str
    label: str
    products: int
    eligible: Summary


@dataclass(frozen=True, slots=True)
class Binding:
    """An attribute that stands between uncovered needs and products: needs that its change alone makes `eligible` for
    at least one, and that it makes at least possible (`opened`, those among them). `demand` is that of `opened`."""

    key: str
    label: str
    improvable: bool
    eligible: int
    opened: int
    demand: Decimal


@dataclass(frozen=True, slots=True)
class Overview:
    """`registered` is None where a filter is set, since companies without a need are not told apart. Segments are in
    the vocabulary's order, those that do not say last; empty ones are left out. `bindings`: what helps most comes
    first. `several`: uncovered needs without any binding."""

    today: date
    currency: str
    selection: Selection
    filters: tuple[FacetResult, ...]
    asked: Summary
    registered: int | None
    products: int
    institutions: int
    covered: Summary
    pending: Summary
    uncovered: Summary
    bindings: tuple[Binding, ...]
    several: Summary
    by_region: tuple[Segment, ...]
    by_industry: tuple[Segment, ...]
    by_amount: tuple[Segment, ...]
    by_kind: tuple[KindSegment, ...]
    definitions: Mapping[str, str]

    @property
    def covered_share(self) -> Decimal | None:
        """Per cent, with one decimal; None without needs."""
        return share(self.covered.needs, self.asked.needs)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An attribute whose change alone would open products to a need. `text`: the attribute and what was found.
    `eligible`: how many products the need would then meet; `opened`: how many would then be possible or met."""

    key: str
    label: str
    text: str
    eligible: int
    opened: int


@dataclass(frozen=True, slots=True)
class UncoveredNeed:
    """`obstacles`: what opens most comes first; empty where no single change helps. Labels are empty where unknown;
    `first_time` is None where nobody knows."""

    need_id: int
    title: str
    company_id: int
    company: str
    amount: Decimal
    opened_on: date | None
    region: str
    industry: str
    first_time: bool | None
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class UncoveredPage:
    """`total`: uncovered needs under the filters and the binding, on all `pages`. `filters` count these; `bindings` and
    `several` count what each binding would leave, under the filters."""

    results: tuple[UncoveredNeed, ...]
    total: int
    page: int
    pages: int
    currency: str
    selection: Selection
    filters: tuple[FacetResult, ...]
    bindings: tuple[Binding, ...]
    several: int
