"""An institution's record with companies like this one: who financed comparable cases, how often and how lately.

The record answers one question about one need: of the comparable cases that were decided before, what share did
this institution fund? Sparse data is the rule (a small bank has five cases), so each share is smoothed towards that
of a wider segment, and that one towards a still wider one (hierarchical Dirichlet smoothing, MacKay and Peto 1995):

    share(i | level) = (funded(i, level) + strength × share(i | level above)) / (cases(level) + strength)

A *chain* is such a list of ever narrower segments (everywhere → state → town; everywhere → trade → sub-trade). The
chains' shares are joined by a weighted geometric mean, so that agreement of several weak signals counts. A *memory*
is a set of chains with one half-life: a short one follows who lends now, a long one keeps the local bank that lends
twice a year. Their shares are joined by a weighted arithmetic mean, so that either may vouch for an institution.
Where institutions also refuse, the smoothed share of approvals multiplies in.

Everything is made of shares that rise with an institution's own funded cases and fall with those of others: one more
comparable funded case never lowers a score (decided no later than the newest; a newer one also ages the others).

Memories, chains, strengths, weights, bands and half-lives are data: key `record` of the pack's `ranking` parameter.
No number of this module is tuned in code. Pure: no Django, no clock, no randomness.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from heapq import nlargest

from backend.matching.record_settings import (
    NUMBERS,
    TREES,
    Chain,
    Level,
    Memory,
    RecordSettings,
    RecordSettingsError,
    trait_reader,
)

__all__ = ["NO_RECORD", "Case", "Record", "RecordScore", "RecordSettings", "RecordSettingsError", "Traits"]

Paths = Callable[[str, str], tuple[str, ...]]
"""(scheme, code) → the code, then its ancestors up to the root: `Vocabulary.path`."""

Key = tuple[str, ...]


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


@dataclass(slots=True)
class _Segment:
    """Weighed and counted cases of one segment. `shares` maps institutions to the weight of what they funded."""

    weight: float = 0.0
    decided: int = 0
    shares: dict[int, float] = field(default_factory=dict)
    funded: dict[int, int] = field(default_factory=dict)

    def add(self, case: Case, weight: float) -> None:
        self.decided += 1
        self.weight += weight
        if case.funded:
            institution = case.institution_id
            self.shares[institution] = self.shares.get(institution, 0.0) + weight
            self.funded[institution] = self.funded.get(institution, 0) + 1


class _Remembered:
    """The segments of one memory."""

    def __init__(self, memory: Memory, prior: float) -> None:
        self.memory = memory
        self.prior = prior
        self.root = _Segment()
        self.tables: list[list[dict[Key, _Segment]]] = [[{} for _ in chain.levels] for chain in memory.chains]
        self.institutions: set[int] = set()
        self._exponents = [chain.weight / sum(c.weight for c in memory.chains) for chain in memory.chains]

    def add(self, case: Case, values: Mapping[str, str | None], newest: date) -> None:
        half_life = self.memory.half_life_days
        weight = 1.0 if half_life is None else 0.5 ** ((newest - case.decided_on).days / half_life)
        self.institutions.add(case.institution_id)
        self.root.add(case, weight)
        for chain, tables in zip(self.memory.chains, self.tables, strict=True):
            for level, table in zip(chain.levels, tables, strict=True):
                key = _key(level, values)
                if key is not None:
                    table.setdefault(key, _Segment()).add(case, weight)

    def shares(self, values: Mapping[str, str | None]) -> tuple[dict[int, float], float]:
        """The geometric mean of the chains, scaled so that all institutions together have 1: the share of each
        institution that some segment of this need holds, and the factor by which the root share of any other is
        multiplied. (Without a case in any of the segments an institution keeps its root share, shrunk alike.)"""
        chains = [
            self._chain(tables, chain, values) for chain, tables in zip(self.memory.chains, self.tables, strict=True)
        ]
        rest = math.prod(scale**exponent for (scale, _), exponent in zip(chains, self._exponents, strict=True))
        touched = {institution for _, found in chains for institution in found}
        shares: dict[int, float] = {}
        known_roots = 0.0
        for institution in touched:
            root = self.root_share(institution)
            known_roots += root
            share = 1.0
            for (scale, found), exponent in zip(chains, self._exponents, strict=True):
                share *= (root * scale + found.get(institution, 0.0)) ** exponent
            shares[institution] = share
        total = math.fsum(shares.values()) + rest * max(0.0, 1.0 - known_roots)
        return {institution: share / total for institution, share in shares.items()}, rest / total

    def root_share(self, institution: int) -> float:
        """Share of all cases. One place is kept for an institution that is not known yet."""
        total = self.root.weight + self.prior * (len(self.institutions) + 1)
        return (self.root.shares.get(institution, 0.0) + self.prior) / total

    @staticmethod
    def _chain(
        tables: list[dict[Key, _Segment]], chain: Chain, values: Mapping[str, str | None]
    ) -> tuple[float, dict[int, float]]:
        """(what the root share is multiplied by, institution → what is added to it)."""
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
        return scale, found

    def comparable(self, values: Mapping[str, str | None], enough: int) -> tuple[tuple[str, ...], _Segment]:
        """The narrowest segment of the first chain that holds enough cases to quote, else everything."""
        levels = self.memory.chains[0].levels
        for level, table in reversed(list(zip(levels, self.tables[0], strict=True))):
            key = _key(level, values)
            segment = None if key is None else table.get(key)
            if segment is not None and segment.decided >= enough:
                return level.traits, segment
        return (), self.root


class Record:
    """Counters over past cases, built once and then read. Safe to share between threads."""

    def __init__(self, settings: RecordSettings, paths: Paths) -> None:
        self._settings = settings
        self._paths = paths
        self._readers = {trait: trait_reader(trait) for trait in sorted(settings.traits())}
        self._memories = [_Remembered(memory, settings.prior) for memory in settings.memories]
        self._decided = _Segment()
        self._approvals = 0
        self._decisions: dict[int, int] = {}
        self._products: dict[int, dict[int, int]] = {}
        whole = sum(memory.share for memory in settings.memories)
        self._mix = [memory.share / whole for memory in settings.memories]

    @classmethod
    def build(
        cls, cases: Iterable[Case], settings: RecordSettings, *, today: date, paths: Paths = lambda _, code: (code,)
    ) -> Record:
        """The record on `today`. Cases decided after `today` are left out: they are not known yet.

        Ages count back from the newest case: a market that has been silent for a while is remembered as it was last.
        """
        record = cls(settings, paths)
        known = sorted((case for case in cases if case.decided_on <= today), key=_order)
        for case in known:
            record._add(case, newest=known[-1].decided_on)
        return record

    def _add(self, case: Case, newest: date) -> None:
        values = self._values(case)
        for memory in self._memories:
            memory.add(case, values, newest)
        self._decided.add(case, 1.0)
        self._approvals += case.funded
        institution = case.institution_id
        self._decisions[institution] = self._decisions.get(institution, 0) + 1
        if case.funded and case.product_id is not None:
            products = self._products.setdefault(institution, {})
            products[case.product_id] = products.get(case.product_id, 0) + 1

    def _values(self, of: Case | Traits) -> dict[str, str | None]:
        """Trait name → value of this case or need; None where unknown."""
        values: dict[str, str | None] = {}
        paths: dict[str, tuple[str, ...]] = {}
        for trait, (name, depth) in self._readers.items():
            raw = getattr(of, name)
            if raw is None or raw == "":
                values[trait] = None
            elif name in TREES:
                if name not in paths:
                    paths[name] = self._paths(TREES[name], raw)
                path = paths[name]
                if depth < 0:
                    values[trait] = raw
                else:
                    values[trait] = path[-1 - depth] if depth < len(path) else None
            elif name in NUMBERS:
                values[trait] = str(bisect_right(self._settings.bands.get(name, ()), raw))
            else:
                values[trait] = str(raw)
        return values

    def scores(self, traits: Traits, institution_ids: Iterable[int]) -> dict[int, RecordScore]:
        """Institution → its score for this need. Institutions without any case get the prior's small share."""
        values = self._values(traits)
        shares = self._shares(values, institution_ids)
        scope, segment = self._memories[0].comparable(values, self._settings.enough)
        return {
            institution: RecordScore(self._value(share), segment.decided, segment.funded.get(institution, 0), scope)
            for institution, share in shares.items()
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
        share = (products.get(product_id, 0) + strength) / (max(products.values()) + strength)
        return 1.0 - settings.product_weight * (1.0 - share)

    def leading(self, traits: Traits, n: int) -> list[int]:
        """The `n` institutions most likely to fund this need, best first; ties by id."""
        shares = self._shares(self._values(traits), self._decisions)
        return nlargest(n, shares, key=lambda institution: (shares[institution], -institution))

    def _shares(self, values: Mapping[str, str | None], institutions: Iterable[int]) -> dict[int, float]:
        """Institution → its expected share of needs like this one, in (0, 1]."""
        remembered = [memory.shares(values) for memory in self._memories]
        shares: dict[int, float] = {}
        for institution in institutions:
            share = 0.0
            for memory, part, (known, rest) in zip(self._memories, self._mix, remembered, strict=True):
                own = known.get(institution)
                share += part * (memory.root_share(institution) * rest if own is None else own)
            shares[institution] = share * self._approval(institution)
        return shares

    def _approval(self, institution: int) -> float:
        """Smoothed share of its decisions that were approvals, in (0, 1]."""
        strength = self._settings.approval_strength
        average = (self._approvals + 1) / (self._decided.decided + 1)
        own = self._decided.funded.get(institution, 0)
        return (own + strength * average) / (self._decisions.get(institution, 0) + strength)

    def _value(self, share: float) -> float:
        """The share on a logarithmic scale: 1 → 1, the setting `floor` and less → 0."""
        return min(1.0, max(0.0, 1.0 - math.log(share) / math.log(self._settings.floor)))


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
