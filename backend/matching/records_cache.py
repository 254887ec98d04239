"""The record of past cases in memory: built once for each day and each change, then read by every request.

A case counts from the day after its decision, so that a list does not change under its reader in the course of a day.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max

from backend.eligibility.vocabulary import Vocabulary
from backend.matching.record import NO_RECORD, Case, Record, RecordScore, RecordSettings, Traits
from backend.records.models import PastCase

_COLUMNS = (
    "institution_id",
    "decided_on",
    "funded",
    "amount",
    "product_id",
    "region",
    "industry",
    "size_class",
    "stage",
    "purpose",
    "term_months",
    "employees",
    "first_loan",
)
SCORES_KEPT, NEEDS_KEPT = 200_000, 2_000
COARSE_TRAITS = {"region": "regions", "stage": "stages", "purpose": "purposes", "size_class": "size_classes"}
"""Traits that the engine's coarse score can tell apart by one field, with the vocabulary of their values."""


class RecordReader:
    """A record with its answers remembered: needs alike in every band share one. `cases` is how many it knows."""

    def __init__(self, record: Record, settings: RecordSettings, cases: int) -> None:
        self._record = record
        self._bands = settings.bands
        self._scores: dict[tuple[object, ...], RecordScore] = {}
        self._latest: dict[tuple[object, ...], dict[int, RecordScore]] = {}
        self.cases = cases

    def score(self, institution_id: int, product_id: int, traits: Traits) -> RecordScore:
        """As `Record.score`."""
        key = (institution_id, *self._alike(traits))
        found = self._scores.get(key)
        if found is None:
            if len(self._scores) >= SCORES_KEPT:
                self._scores.clear()
            found = self._scores[key] = self._record.score(institution_id, None, traits)
        return self._of_product(found, institution_id, product_id)

    def scores(self, traits: Traits, offers: dict[int, int]) -> dict[int, RecordScore]:
        """Product → its score; `offers` maps products to their institutions. One pass over the record."""
        by_institution = self._of_institutions(traits, set(offers.values()))
        return {
            product: self._of_product(by_institution[institution], institution, product)
            for product, institution in offers.items()
        }

    def values(self, traits: Traits, institution_ids: list[int]) -> dict[int, float]:
        """Institution → the value of its score."""
        found = self._of_institutions(traits, set(institution_ids))
        return {id: found[id].value for id in institution_ids}

    def _of_institutions(self, traits: Traits, wanted: set[int]) -> dict[int, RecordScore]:
        """The scores of at least these, remembered for the needs of these traits that were asked about last."""
        key = self._alike(traits)
        found = self._latest.get(key)
        if found is None or not wanted <= found.keys():
            found = self._record.scores(traits, sorted(wanted | found.keys() if found else wanted))
            if len(self._latest) >= NEEDS_KEPT:
                self._latest.clear()
            self._latest[key] = found
        return found

    def rises(self, institution_id: int, vocabulary: Vocabulary) -> dict[str, dict[str, float]]:
        """Need field → value → by how much it lifts the record above the least of that field, one trait at a time."""
        found: dict[str, dict[str, float]] = {}
        for field, scheme in COARSE_TRAITS.items():
            found[field] = {
                code: self._record.score(institution_id, None, _with(field, code)).value
                for code in vocabulary.terms(scheme)
            }
        found["industry_section"] = {
            term.code: self._record.score(institution_id, None, Traits(industry=term.code)).value
            for term in vocabulary.children("industries")
        }
        found["has_ever_borrowed"] = {
            token: self._record.score(institution_id, None, Traits(first_loan=first)).value
            for token, first in (("true", False), ("false", True))
        }
        return {field: _above_least(values) for field, values in found.items() if values}

    def _of_product(self, score: RecordScore, institution_id: int, product_id: int) -> RecordScore:
        factor = self._record.product_factor(institution_id, product_id)
        if factor == 1.0:
            return score
        return RecordScore(score.value * factor, score.comparable, score.funded, score.scope)

    def _alike(self, traits: Traits) -> tuple[object, ...]:
        return (
            traits.region,
            traits.industry,
            traits.size_class,
            traits.stage,
            traits.purpose,
            traits.first_loan,
            self._band("amount", traits.amount),
            self._band("term_months", traits.term_months),
            self._band("employees", traits.employees),
        )

    def _band(self, name: str, value: Decimal | int | None) -> int | None:
        return None if value is None else bisect_right(self._bands.get(name, ()), Decimal(value))


class NoRecord(RecordReader):
    """Where the pack says nothing of records: every value is 0, and no case is ever quoted."""

    def __init__(self) -> None:
        self.cases = 0

    def score(self, institution_id: int, product_id: int, traits: Traits) -> RecordScore:
        return NO_RECORD

    def scores(self, traits: Traits, offers: dict[int, int]) -> dict[int, RecordScore]:
        return dict.fromkeys(offers, NO_RECORD)

    def values(self, traits: Traits, institution_ids: list[int]) -> dict[int, float]:
        return dict.fromkeys(institution_ids, 0.0)

    def rises(self, institution_id: int, vocabulary: Vocabulary) -> dict[str, dict[str, float]]:
        return {}


_lock = threading.Lock()
_KEPT = 2
"""Days whose record is kept: a list that was begun yesterday goes on with yesterday's."""
_known: tuple[tuple[tuple[object, ...], RecordReader], ...] = ()


def record(settings: RecordSettings | None, vocabulary: Vocabulary, today: date) -> RecordReader:
    """The record of all cases decided before `today`. One small query asks whether a case was added; a case that was
    edited or deleted counts as it was until the next day, the next case, or `forget`."""
    global _known
    if settings is None:
        return NoRecord()
    cases = PastCase.objects.filter(decided_on__lt=today)
    newest = cases.aggregate(newest=Max("pk"))["newest"]
    stamp = (connection.settings_dict["NAME"], today, newest, settings, vocabulary)
    reader = _find(stamp)
    if reader is None:
        with _lock:
            reader = _find(stamp)
            if reader is None:
                found = cases.values_list(*_COLUMNS).iterator()
                rows = [Case(**dict(zip(_COLUMNS, row, strict=True))) for row in found]
                built = Record.build(rows, settings, today=today - timedelta(days=1), paths=vocabulary.path)
                reader = RecordReader(built, settings, len(rows))
                others = [one for one in _known if one[0][:2] != stamp[:2]]
                _known = ((stamp, reader), *others[: _KEPT - 1])
    return reader


def _find(stamp: tuple[object, ...]) -> RecordReader | None:
    return next((reader for known, reader in _known if _same(known, stamp)), None)


def forget() -> None:
    """Read the cases anew at the next question: after edits or deletions, and between tests."""
    global _known
    with _lock:
        _known = ()


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Settings and vocabulary are compared by identity: they are made anew exactly when the pack changes."""
    return one[:3] == other[:3] and one[3] is other[3] and one[4] is other[4]


def _above_least(values: dict[str, float]) -> dict[str, float]:
    least = min(values.values())
    return {code: value - least for code, value in values.items()}


def _with(field: str, code: str) -> Traits:
    """Traits of which only `field`, one that holds a code, is known."""
    known: dict[str, Any] = {field: code}
    return Traits(**known)
