"""The pack's parameters for applications, as they hold on a day. Each raises PackMissing where the pack lacks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from backend.applications import rules
from backend.applications.deadlines import Clock
from backend.applications.rules import Deadlines, Limits, Reason, RulesError
from backend.eligibility.attributes import Label
from backend.packs.queries import PackMissing, current_pack, parameter_version, working_calendar

Read = TypeVar("Read")

DEADLINES, LIMITS, REASONS, CONSENT = (
    "application_deadlines",
    "application_limits",
    "refusal_reasons",
    "application_consent",
)


@dataclass(frozen=True, slots=True)
class ConsentText:
    version: int
    text: Label


def zone() -> ZoneInfo:
    return ZoneInfo(current_pack().time_zone)


def clock(moment: datetime) -> Clock:
    """What times a case at that moment."""
    here = zone()
    day = moment.astimezone(here).date()
    return Clock(_read(DEADLINES, day, Deadlines.parse), working_calendar(day), here)


def limits(on: date) -> Limits:
    return _read(LIMITS, on, Limits.parse)


def refusal_reasons(on: date) -> Mapping[str, Reason]:
    return _read(REASONS, on, rules.reasons)


def consent_text(on: date) -> ConsentText:
    return ConsentText(parameter_version(CONSENT, on).version, _read(CONSENT, on, rules.consent_text))


def _read(name: str, on: date, read: Callable[[Mapping[str, Any]], Read]) -> Read:
    try:
        return read(parameter_version(name, on).content)
    except RulesError as error:
        raise PackMissing(
            _("The pack's parameter %(name)s cannot be used: %(reason)s") % {"name": name, "reason": error}
        ) from error
