"""What a company's pages say of it: what is computed, what each datum opens, how its needs stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from backend.accounts.models import User
from backend.companies.facts import FOLLOWS_FROM, facts_of
from backend.companies.models import Company
from backend.companies.profile import FOUNDED, STEPS, step_of
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.phrases import value_text
from backend.lifecycle.telling import Expected
from backend.matching.profile import Opened
from backend.matching.results import MatchCounts
from backend.matching.services import match_counts
from backend.needs.models import Need
from backend.needs.queries import needs_visible_to
from backend.needs.services import NeedInput
from backend.needs.telling import expected
from backend.packs.queries import note, size_table, vocabulary
from search.port import SearchError

_ORDER = ("open", "talking", "submitted", "verified", "draft", "expired", "closed", "funded")
COUNTED = 6
"""Open needs whose matches the workbench counts; the others lead to theirs."""


@dataclass(frozen=True, slots=True)
class NextDatum:
    label: str
    how: str
    products: int
    url: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed attribute; `lacks`: what it needs, with the place of each, where its value is unknown."""

    label: str
    text: str
    lacks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NeedCard:
    """`counts` is None where they were not asked for, or search is away."""

    need: Need
    counts: MatchCounts | None
    next: Expected


def computed(company: Company, *, today: date, language: str) -> list[Computed]:
    words = vocabulary()
    facts = facts_of(company, None, today=today, vocabulary=words, size_table=size_table(today))
    found = []
    for key, parts in FOLLOWS_FROM.items():
        attribute = ATTRIBUTES[key]
        lacks = [part for part in parts if part not in facts and not (part == FOUNDED and company.founded_on)]
        text = value_text(attribute, facts[key], language, words) if key in facts else ""
        places = () if text else tuple((_label(part, language), _place(part)) for part in lacks)
        found.append(Computed(attribute.label.in_language(language), text, places))
    return found


def opens(opened: Opened) -> dict[str, int]:
    """Datum to give → how many products it may open, itself or by a computed attribute that follows from it."""
    found: dict[str, int] = {}
    for datum in opened.data:
        for key in datum.stated_by or (datum.attribute,):
            found[key] = max(found.get(key, 0), datum.up_to)
    return found


def advised(opened: Opened, language: str) -> list[NextDatum]:
    """The data to add next, the one that opens most products first; data that a step of the profile asks for."""
    found = sorted(opens(opened).items(), key=lambda item: -item[1])
    return [
        NextDatum(_label(key, language), _how(key, language), products, _place(key))
        for key, products in found
        if products and step_of(key) is not None
    ]


def _how(key: str, language: str) -> str:
    said = note("sources", key)
    return said.in_language(language) if said else ""


def _label(key: str, language: str) -> str:
    return _("Founded on") if key == FOUNDED else ATTRIBUTES[key].label.in_language(language)


def _place(key: str) -> str:
    """The address of the field that asks for a datum."""
    step = step_of(key) or STEPS[0]
    return f"{reverse('company-profile-step', args=[step.name])}#id_{key}_field"


def need_cards(company: Company, *, viewer: User, today: date) -> tuple[list[NeedCard], bool]:
    """The company's needs, open ones first, the newest of each first; and whether search is away."""
    needs = sorted(needs_visible_to(viewer), key=lambda need: (_ORDER.index(need.status), -need.pk))
    cards, away = [], False
    for place, need in enumerate(needs):
        counts = None
        if need.shown and place < COUNTED and not away:
            try:
                counts = match_counts(company, NeedInput.of(need), viewer=viewer, today=today)
            except SearchError:
                away = True
        cards.append(NeedCard(need, counts, expected(need, today=today, own=True)))
    return cards, away
