"""Filing a need in steps: which questions stand on one screen, and what a screen's answers make of the need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.companies.facts import COLUMNS
from backend.eligibility.attributes import ATTRIBUTES, Value
from backend.eligibility.facts import FactError, canonical, value_from_json
from backend.needs.services import NeedInput

PUBLISH = "publish"
FIELD_OF_COLUMN = {"term_months": "term"}
"""The service's name of a field → the attribute's, where they differ."""


@dataclass(frozen=True, slots=True)
class Step:
    """One screen. `keys`: attributes of a need; none on the last, which shows what was said."""

    name: str
    label: Promise | str
    question: Promise | str
    keys: tuple[str, ...]


STEPS = (
    Step("purpose", _("Purpose and amount"), _("What do you need money for, and how much?"), ("purpose", "amount")),
    Step(
        "terms",
        _("Term and cost"),
        _("For how long, and at what cost?"),
        ("term", "max_annual_cost", "urgency"),
    ),
    Step(
        "offer",
        _("What you can offer"),
        _("What can you offer in return?"),
        ("collateral", "guarantor_available", "accepts_equity", "max_equity_sold"),
    ),
    Step(PUBLISH, _("Check and publish"), _("Is everything right?"), ()),
)
_BY_NAME = {step.name: step for step in STEPS}


def step_named(name: str) -> Step | None:
    return _BY_NAME.get(name)


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """The steps before and after."""
    place = STEPS.index(step)
    return STEPS[place - 1] if place else None, STEPS[place + 1] if place + 1 < len(STEPS) else None


def values(data: NeedInput) -> dict[str, object]:
    """What is said, in the JSON form of facts, by attribute; what is not said is absent."""
    said: dict[str, object] = {key: _value(entry) for key, entry in data.facts.items()}
    if data.amount is not None:
        said["amount"] = canonical(data.amount)
    if data.term_months is not None:
        said["term"] = str(data.term_months)
    if data.purpose:
        said["purpose"] = data.purpose
    return said


def answered(
    data: NeedInput, answers: Mapping[str, object], *, title: str | None = None, description: str | None = None
) -> NeedInput:
    """`data` with a screen's answers, in the JSON form of facts (None: not said), and its texts, where it has them.

    The share to be sold goes with the readiness to sell one.
    """
    changed = replace(
        data,
        title=data.title if title is None else title,
        description=data.description if description is None else description,
    )
    if "purpose" in answers:
        changed = replace(changed, purpose=str(answers["purpose"] or ""))
    if "amount" in answers:
        changed = replace(changed, amount=_number(answers["amount"]))
    if "term" in answers:
        months = _number(answers["term"])
        changed = replace(changed, term_months=None if months is None else int(months))
    facts = {**data.facts, **{key: answer for key, answer in answers.items() if key not in COLUMNS}}
    if answers.get("accepts_equity", True) is not True:
        facts["max_equity_sold"] = None
    return replace(changed, facts={key: entry for key, entry in facts.items() if entry is not None})


def say_the_same(one: NeedInput, other: NeedInput) -> bool:
    """Whatever the origin of their facts. What cannot be read is like nothing else."""
    try:
        return replace(one, facts=_read(one)) == replace(other, facts=_read(other))
    except FactError:
        return False


def _read(data: NeedInput) -> dict[str, Value]:
    return {key: value_from_json(ATTRIBUTES[key], _value(entry)) for key, entry in data.facts.items()}


def _number(answer: object) -> Decimal | None:
    return None if answer is None else Decimal(str(answer))


def _value(entry: object) -> object:
    return entry["value"] if isinstance(entry, Mapping) else entry
