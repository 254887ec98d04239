"""What would help most, as the page shows it: where each step is taken, what further thresholds bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.companies.profile import FOUNDED
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.phrases import value_text
from backend.eligibility.vocabulary import Vocabulary
from backend.matches.places import Way, place_of, way_to_change
from backend.matching.advice import Advice, AdviceKind
from backend.needs.models import Need


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold in words, and how many products are eligible there that are not now."""

    text: str
    products: int


@dataclass(frozen=True, slots=True)
class Step:
    """`places`: where it is stated; several where a computed attribute follows from several. `way`: where a value to be
    changed is changed. `beyond`: the further thresholds of a number, where they bring more."""

    advice: Advice
    places: tuple[Place, ...]
    way: Way | None
    beyond: tuple[Reached, ...]


def steps_of(advised: Sequence[Advice], need: Need, language: str, vocabulary: Vocabulary) -> tuple[Step, ...]:
    return tuple(
        Step(
            advice,
            tuple(Place(_label(key, language), place_of(key, need)) for key in advice.stated_by or (advice.attribute,)),
            way_to_change(advice.attribute, need, language, vocabulary) if advice.kind is AdviceKind.CHANGE else None,
            _beyond(advice, language, vocabulary),
        )
        for advice in advised
    )


def _beyond(advice: Advice, language: str, vocabulary: Vocabulary) -> tuple[Reached, ...]:
    attribute = ATTRIBUTES[advice.attribute]
    return tuple(
        Reached(value_text(attribute, step.value, language, vocabulary), step.products)
        for step in advice.steps
        if step.products > len(advice.products)
    )


def _label(key: str, language: str) -> str:
    return _("Founded on") if key == FOUNDED else ATTRIBUTES[key].label.in_language(language)
