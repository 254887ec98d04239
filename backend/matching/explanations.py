"""Shortfalls in words: what is missing and where to get it, and what the gap is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from backend.eligibility.attributes import Attribute, Label
from backend.eligibility.shortfall import Change, phrase_change
from backend.matching.readings import Voice
from backend.matching.results import Gap, Missing

Note = Callable[[str, str], Label | None]
"""(scheme, code) → the vocabulary's explanation."""


def missing(changes: Iterable[Change], voice: Voice, note: Note) -> tuple[Missing, ...]:
    """Data to give."""
    return tuple(to_state(change.attribute, voice, note) for change in changes)


def to_state(attribute: Attribute, voice: Voice, note: Note) -> Missing:
    """A datum to give. Where to get each is the vocabulary `sources`, whose codes are attributes."""
    key = attribute.key
    known = key in voice.vocabulary.terms("sources")
    how = note("sources", key)
    return Missing(
        key,
        attribute.label.in_language(voice.language),
        voice.name("sources", key) if known else "",
        how.in_language(voice.language) if how else "",
    )


def gaps(changes: Iterable[Change], voice: Voice) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            change.attribute.key,
            change.attribute.label.in_language(voice.language),
            phrase_change(change, voice.language, voice.vocabulary),
            change.gap,
            change.attribute.unit,
            change.improvable,
            change.earliest,
        )
        for change in changes
    )
