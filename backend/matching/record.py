"""An institution's record with companies like this one: who financed comparable cases, how often and how lately.

The record answers one question about one need: of the comparable cases that were decided before, what share did
this institution fund? Sparse data is the rule (a small bank has five cases), so each share is smoothed towards that
of a wider segment, and that one towards a still wider one (hierarchical Dirichlet smoothing, MacKay and Peto 1995):

    share(i | level) = (funded(i, level) + strength × share(i | level above)) / (cases(level) + strength)

A *chain* is such a list of ever narrower segments (everywhere → state → town; everywhere → trade → sub-trade). The
chains' shares are joined by a weighted geometric mean, so that agreement of several weak signals counts. Older cases
weigh less, by a half-life. Where institutions also refuse, the smoothed share of approvals multiplies in.

Chains, strengths, weights, bands and half-life are data: key `record` of the pack's `ranking` parameter. No number
of this module is tuned in code. Pure: no Django, no clock, no randomness.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from heapq import nlargest
from typing import Any

Paths = Callable[[str, str], tuple[str, ...]]
"""(scheme, code) → the code, then its ancestors up to the root: `Vocabulary.path`."""

Key = tuple[str, ...]


class RecordSettingsError(ValueError):
    """The pack's settings for the record cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Case:
    """One decided case, as `records.PastCase` holds it. `amount` is in the pack's currency."""

    institution_id: int
    decided_on: date
    funded: bool
    amount: Decimal
    product_id: int | None = None
    region: str = ""
    industry: str = ""
    size_class: str = ""
    stage: str = ""
    purpose: str = ""
    term_months: int | None = None
    employees: int | None = None
    first_loan: bool | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """The same things about the company and need to be ranked for. Empty and None mean unknown."""

    region: str = ""
    industry: str = ""
    size_class: str = ""
    stage: str = ""
    purpose: str = ""
    amount: Decimal | None = None
    term_months: int | None = None
    employees: int | None = None
    first_loan: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordScore:
    """`value` in [0, 1] ranks. `comparable` cases were decided in the narrowest segment that holds enough of them,
    `funded` of them by this institution; `scope` names what they have in common ("region@1", "purpose")."""

    value: float
    comparable: int
    funded: int
    scope: tuple[str, ...] = ()


NO_RECORD = RecordScore(0.0, 0, 0)
_TREES = {"region": "regions", "industry": "industries"}
_CODES = ("size_class", "stage", "purpose")
_NUMBERS = ("amount", "term_months", "employees")


@dataclass(frozen=True, slots=True)
class Level:
    """One segment of a chain: cases alike in `traits`. `strength` is how many cases the wider level counts as."""

    traits: tuple[str, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class Chain:
    weight: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """`floor` is the share that is worth 0; `enough` the least number of cases that are worth quoting;
    `approval_strength` how many average decisions an institution without any counts as having."""

    chains: tuple[Chain, ...]
    bands: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    half_life_days: float | None = None
    floor: float = 1e-5
    prior: float = 0.5
    enough: int = 20
    approval_strength: float = 10.0
    product_strength: float = 5.0
    product_weight: float = 0.0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> RecordSettings:
        """Settings from the JSON of the `ranking` parameter's key `record`. Raises RecordSettingsError."""
        try:
            chains = tuple(
                Chain(
                    _positive(chain.get("weight", 1), "weight"),
                    tuple(
                        Level(tuple(level["traits"]), _positive(level["strength"], "strength"))
                        for level in chain["levels"]
                    ),
                )
                for chain in data["chains"]
            )
            bands = {
                name: tuple(sorted(Decimal(str(edge)) for edge in edges))
                for name, edges in data.get("bands", {}).items()
            }
            half_life = data.get("half_life_days")
            settings = cls(
                chains=chains,
                bands=bands,
                half_life_days=None if half_life is None else _positive(half_life, "half_life_days"),
                floor=_positive(data.get("floor", 1e-5), "floor"),
                prior=_positive(data.get("prior", 0.5), "prior"),
                enough=int(data.get("enough", 20)),
                approval_strength=_positive(data.get("approval_strength", 10), "approval_strength"),
                product_strength=_positive(data.get("product_strength", 5), "product_strength"),
                product_weight=float(data.get("product_weight", 0)),
            )
        except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise RecordSettingsError(f"record settings: {error!r}") from error
        settings._check()
        return settings

    def _check(self) -> None:
        if not self.chains:
            raise RecordSettingsError("record settings: no chain")
        if not 0 < self.floor < 1:
            raise RecordSettingsError("record settings: floor must lie between 0 and 1")
        if not 0 <= self.product_weight <= 1:
            raise RecordSettingsError("record settings: product_weight must lie in [0, 1]")
        for name in self.bands:
            if name not in _NUMBERS:
                raise RecordSettingsError(f"record settings: bands of {name!r}, which is not one of {_NUMBERS}")
        for chain in self.chains:
            for trait in (trait for level in chain.levels for trait in level.traits):
                _reader(trait)


def _positive(value: object, name: str) -> float:
    number = float(str(value))
    if not (number > 0 and math.isfinite(number)):
        raise RecordSettingsError(f"record settings: {name} must be a number above 0, not {value!r}")
    return number


def _reader(trait: str) -> tuple[str, int]:
    """"region@2" → ("region", 2), the ancestor two steps below the root; "purpose" → ("purpose", 0)."""
    name, _, depth = trait.partition("@")
    if name in _TREES and (depth.isdigit() or not depth):
        return name, int(depth) if depth else -1
    if not depth and (name in _CODES or name in _NUMBERS or name == "first_loan"):
        return name, 0
    raise RecordSettingsError(f"record settings: unknown trait {trait!r}")


@dataclass(slots=True)
class _Segment:
    """Weighed and counted cases of one segment. `shares` maps institutions to the weight of what they funded."""

    weight: float = 0.0
    decided: int = 0
    shares: dict[int, float] = field(default_factory=dict)
    funded: dict[int, int] = field(default_factory=dict)


class Record:
    """Counters over past cases, built once and then read. Safe to share between threads."""

    def __init__(self, settings: RecordSettings, paths: Paths) -> None:
        self._settings = settings
        self._paths = paths
        self._readers = {
            trait: _reader(trait) for chain in settings.chains for level in chain.levels for trait in level.traits
        }
        self._root = _Segment()
        self._segments: list[list[dict[Key, _Segment]]] = [[{} for _ in chain.levels] for chain in settings.chains]
        self._decided: dict[int, float] = {}
        self._products: dict[int, dict[int, float]] = {}
        self._total_weight = sum(chain.weight for chain in settings.chains)

    @classmethod
    def build(
        cls, cases: Iterable[Case], settings: RecordSettings, *, today: date, paths: Paths = lambda _, code: (code,)
    ) -> Record:
        """The record on `today`. Cases decided after `today` are left out: they are not known yet."""
        record = cls(settings, paths)
        for case in sorted(cases, key=_order):
            if case.decided_on <= today:
                record._add(case, today)
        return record

    def _add(self, case: Case, today: date) -> None:
        half_life = self._settings.half_life_days
        weight = 1.0 if half_life is None else 0.5 ** ((today - case.decided_on).days / half_life)
        values = self._values(case)
        segments = [self._root]
        for chain, tables in zip(self._settings.chains, self._segments, strict=True):
            for level, table in zip(chain.levels, tables, strict=True):
                key = _key(level, values)
                if key is not None:
                    segments.append(table.setdefault(key, _Segment()))
        institution = case.institution_id
        self._decided[institution] = self._decided.get(institution, 0.0) + weight
        for segment in segments:
            segment.decided += 1
            segment.weight += weight
            if case.funded:
                segment.shares[institution] = segment.shares.get(institution, 0.0) + weight
                segment.funded[institution] = segment.funded.get(institution, 0) + 1
        if case.funded and case.product_id is not None:
            products = self._products.setdefault(institution, {})
            products[case.product_id] = products.get(case.product_id, 0.0) + weight

    def _values(self, of: Case | Traits) -> dict[str, str | None]:
        """Trait name → value of this case or need; None where unknown."""
        values: dict[str, str | None] = {}
        paths: dict[str, tuple[str, ...]] = {}
        for trait, (name, depth) in self._readers.items():
            raw = getattr(of, name)
            if raw is None or raw == "":
                values[trait] = None
            elif name in _TREES:
                if name not in paths:
                    paths[name] = self._paths(_TREES[name], raw)
                path = paths[name]
                if depth < 0:
                    values[trait] = raw
                else:
                    values[trait] = path[-1 - depth] if depth < len(path) else None
            elif name in _NUMBERS:
                values[trait] = str(bisect_right(self._settings.bands.get(name, ()), raw))
            else:
                values[trait] = str(raw)
        return values

    def scores(self, traits: Traits, institution_ids: Sequence[int]) -> dict[int, RecordScore]:
        """Institution → its score for this need. Institutions without any case get the prior's small share."""
        values = self._values(traits)
        logs = self._log_shares(values, institution_ids)
        scope, segment = self._comparable(values)
        return {
            institution: RecordScore(
                self._value(logs[institution]), segment.decided, segment.funded.get(institution, 0), scope
            )
            for institution in institution_ids
        }

    def score(self, institution_id: int, product_id: int | None, traits: Traits) -> RecordScore:
        """The score of one institution, or of one product of it: a product that the institution's customers seldom
        take is worth less, by the setting `product_weight`."""
        score = self.scores(traits, (institution_id,))[institution_id]
        if product_id is None:
            return score
        factor = self.product_factor(institution_id, product_id)
        return RecordScore(score.value * factor, score.comparable, score.funded, score.scope)

    def product_factor(self, institution_id: int, product_id: int) -> float:
        """In (0, 1]: 1 for the institution's most taken product, less for others, by `product_weight`."""
        settings = self._settings
        products = self._products.get(institution_id)
        if not products or not settings.product_weight:
            return 1.0
        strength = settings.product_strength
        share = (products.get(product_id, 0.0) + strength) / (max(products.values()) + strength)
        return 1.0 - settings.product_weight * (1.0 - share)

    def leading(self, traits: Traits, n: int) -> list[int]:
        """The `n` institutions most likely to fund this need, best first; ties by id."""
        institutions = list(self._decided)
        logs = self._log_shares(self._values(traits), institutions)
        return nlargest(n, institutions, key=lambda institution: (logs[institution], -institution))

    def _log_shares(self, values: Mapping[str, str | None], institutions: Sequence[int]) -> dict[int, float]:
        settings, root = self._settings, self._root
        alpha = settings.prior
        root_total = sum(root.shares.values()) + alpha * (len(self._decided) + 1)
        roots = [(root.shares.get(institution, 0.0) + alpha) / root_total for institution in institutions]
        sums = [0.0] * len(institutions)
        for chain, tables in zip(settings.chains, self._segments, strict=True):
            scale = 1.0
            parts: list[tuple[float, dict[int, float]]] = []
            for level, table in zip(chain.levels, tables, strict=True):
                key = _key(level, values)
                segment = None if key is None else table.get(key)
                if segment is None:
                    continue
                total = segment.weight + level.strength
                shrink = level.strength / total
                scale *= shrink
                parts = [(coefficient * shrink, shares) for coefficient, shares in parts]
                parts.append((1.0 / total, segment.shares))
            found: dict[int, float] = {}
            for coefficient, shares in parts:
                for institution, weight in shares.items():
                    found[institution] = found.get(institution, 0.0) + coefficient * weight
            exponent = chain.weight / self._total_weight
            for index, institution in enumerate(institutions):
                sums[index] += exponent * math.log(roots[index] * scale + found.get(institution, 0.0))
        return {
            institution: total + math.log(self._approval(institution))
            for institution, total in zip(institutions, sums, strict=True)
        }

    def _approval(self, institution: int) -> float:
        """Smoothed share of its decisions that were approvals, in (0, 1]."""
        strength = self._settings.approval_strength
        approved = sum(self._root.shares.values())
        average = (approved + 1.0) / (self._root.weight + 1.0)
        own = self._root.shares.get(institution, 0.0)
        return (own + strength * average) / (self._decided.get(institution, 0.0) + strength)

    def _value(self, log_share: float) -> float:
        return min(1.0, max(0.0, 1.0 - log_share / math.log(self._settings.floor)))

    def _comparable(self, values: Mapping[str, str | None]) -> tuple[tuple[str, ...], _Segment]:
        """The narrowest segment of the first chain that holds enough cases to quote, else everything."""
        chain, tables = self._settings.chains[0], self._segments[0]
        for level, table in reversed(list(zip(chain.levels, tables, strict=True))):
            key = _key(level, values)
            segment = None if key is None else table.get(key)
            if segment is not None and segment.decided >= self._settings.enough:
                return level.traits, segment
        return (), self._root


def _key(level: Level, values: Mapping[str, str | None]) -> Key | None:
    key = []
    for trait in level.traits:
        value = values[trait]
        if value is None:
            return None
        key.append(value)
    return tuple(key)


def _order(case: Case) -> tuple[date, int, str]:
    """A total order, so that sums of floats do not depend on the order in which cases arrive."""
    return case.decided_on, case.institution_id, repr(case)
