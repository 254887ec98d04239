"""Scores, order and reasons from the table of features. Pure: the same candidates always give the same order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from backend.matching.candidate import Candidate, Listing
from backend.matching.features import FEATURES, Feature
from backend.matching.readings import Reading, Voice
from backend.matching.settings import WEIGHT_UNIT, RankingSettings
from backend.matching.standing import supplements

SCORE_DECIMALS = 6
REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a candidate stands where it does. `points` of the score's 100 come from this feature; `favourable` is
    False for what speaks against it. `number` is the figure behind the words."""

    key: str
    label: str
    text: str
    value: float
    weight: Decimal
    points: float
    number: Decimal | int | None
    favourable: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """`score` in [0, 1], six decimals; `id` is that of the listed side and breaks ties. `supplement`: the offer only
    supplements other money."""

    id: int
    score: float
    candidate: Candidate
    supplement: bool = False

    @property
    def order(self) -> tuple[float, int]:
        return -self.score, self.id

    @property
    def place(self) -> tuple[bool, float, int]:
        """What pays out first, then what only supplements it; within each by score."""
        return self.supplement, -self.score, self.id


def _used(settings: RankingSettings) -> list[tuple[Feature, int]]:
    return [(feature, settings.points[feature.key]) for feature in FEATURES if settings.points[feature.key]]


def score(candidate: Candidate, settings: RankingSettings) -> float:
    """Σ weight × value / Σ weight."""
    total = sum(points * feature.read(candidate, settings)[0] for feature, points in _used(settings))
    return round(total / settings.total, SCORE_DECIMALS)


def rank(candidates: Iterable[Candidate], settings: RankingSettings) -> list[Ranked]:
    """What pays out first, each part best first; equal scores by the id of the listed side."""
    used, whole = [(feature.read, points) for feature, points in _used(settings)], settings.total
    ranked = []
    for candidate in candidates:
        total = 0.0
        for read, points in used:
            total += points * read(candidate, settings)[0]
        listed = candidate.offer.id if candidate.listing is Listing.OFFERS else candidate.asking.id
        behind = supplements(candidate.offer, settings)
        ranked.append(Ranked(listed, round(total / whole, SCORE_DECIMALS), candidate, behind))
    ranked.sort(key=attrgetter("place"))
    return ranked


def reasons(
    candidate: Candidate, settings: RankingSettings, voice: Voice, *, limit: int | None = REASONS_SHOWN
) -> list[Reason]:
    """What speaks for the candidate, that which gives most points first, then what speaks against it, that which costs
    most points first.

    A feature that has nothing to say (unknown, or neutral) gives no reason. `limit` bounds each of the two.
    """
    found: list[tuple[float, Feature, int, Reading]] = []
    whole = settings.total
    for feature, points in _used(settings):
        reading = feature.read(candidate, settings)
        if reading.outcome:
            found.append((round(points * reading.value / whole * 100, 2), feature, points, reading))
    favourable = sorted((one for one in found if one[1].favours(one[3])), key=lambda one: -one[0])
    against = sorted(
        (one for one in found if not one[1].favours(one[3])), key=lambda one: one[0] - one[2] / whole * 100
    )
    chosen = (*favourable[:limit], *against[:limit])  # only these are put in words
    return [_reason(candidate, voice, *one) for one in chosen]


def contributions(candidate: Candidate, settings: RankingSettings, voice: Voice) -> list[Reason]:
    """Every feature that has a weight, that which gives most points first: their points make up the score. One that
    has nothing to say has no text."""
    whole = settings.total
    read = [(feature, points, feature.read(candidate, settings)) for feature, points in _used(settings)]
    found = [
        (round(points * reading.value / whole * 100, 2), feature, points, reading) for feature, points, reading in read
    ]
    return [_reason(candidate, voice, *one) for one in sorted(found, key=lambda one: -one[0])]


def _reason(
    candidate: Candidate, voice: Voice, share: float, feature: Feature, points: int, reading: Reading
) -> Reason:
    return Reason(
        feature.key,
        feature.label.in_language(voice.language),
        feature.phrase(candidate, reading, voice),
        round(reading.value, 4),
        Decimal(points) / WEIGHT_UNIT,
        share,
        reading.number,
        feature.favours(reading),
    )


def explain(candidate: Candidate, settings: RankingSettings, voice: Voice) -> list[Reason]:
    """Every feature that has something to say: for the page that answers *why this score?*"""
    return reasons(candidate, settings, voice, limit=None)
