"""Where the pages of matches lead to: the product, and the screen that asks for a datum."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from backend.companies import profile
from backend.companies.facts import attested
from backend.eligibility.vocabulary import Vocabulary
from backend.needs import steps
from backend.needs.models import Need

_STEPS_OF_NEED = {key: step for step in steps.STEPS for key in step.keys}


@dataclass(frozen=True, slots=True)
class Way:
    """Where a known value is changed: at `url`, a field of the company's own pages; or, where it is `attested`, at its
    `source`, in words ("" where none is named), and nowhere on the company's pages."""

    url: str
    attested: bool = False
    source: str = ""


def product_page(product_id: int, need: Need | None = None) -> str:
    """The product's page; with a need, as it stands with that need."""
    path = reverse("product", args=[product_id])
    return path if need is None else f"{path}?need={need.pk}"


def need_step(need: Need, step: str) -> str:
    """A screen of the need; `publish` is the last one."""
    return reverse("need-edit", args=[need.pk, step])


def place_of(key: str, need: Need) -> str:
    """The field that asks for an attribute, or for the founding date; the whole profile for what no screen asks."""
    if key in _STEPS_OF_NEED:
        return f"{need_step(need, _STEPS_OF_NEED[key].name)}#id_{key}_field"
    step = profile.step_of(key)
    if step is None:
        return reverse("company-profile")
    return f"{reverse('company-profile-step', args=[step.name])}#id_{key}_field"


def way_to_change(key: str, need: Need, language: str, vocabulary: Vocabulary) -> Way:
    """For a fact of the need or of its company. Who holds a datum is the vocabulary `sources`, whose codes are
    attributes."""
    if not attested(need.company.facts.get(key, need.facts.get(key))):
        return Way(place_of(key, need))
    named = key in vocabulary.terms("sources")
    return Way("", attested=True, source=vocabulary.label("sources", key).in_language(language) if named else "")
