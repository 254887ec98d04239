"""The pack's figures and texts for applications: deadlines, limits, refusal codes, the consent. Data, read and checked
here. Pure.

- `application_deadlines`: each entry {"days": 1, "count": "working" | "calendar"}; `online_kinds`: product kinds that
  are decided on by `decide_online`.
- `application_limits`: how many cases of one need may live at once, how long an offer may hold, sizes of attachments.
- `refusal_reasons`: for each code of the vocabulary `refusal_codes` how a case with it ends, whether an account manager
  may give it at the gate, and, where it can be repaired, which department helps by which measure.
- `application_consent`: the text that a company consents to. Its version is kept with every consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from backend.eligibility.attributes import Label

MOST_CODES = 4
"""Of one refusal."""

OTHER = "77"
"""The refusal code that needs a text of its own."""


class RulesError(ValueError):
    """The parameter cannot be used; `path` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path, self.message = path, message


@dataclass(frozen=True, slots=True)
class Span:
    """`working`: working days of the calendar; else calendar days, of which an end on a day off moves to the next
    working day."""

    days: int
    working: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """`accept`, `contact`, `decide`, `decide_online` run from the day of sending; `answer` from the day on which papers
    were asked for, and `grace` from the end of that; `sign` from the choice, `pay_out` from the contract; `escalate`
    from the deadline that passed."""

    accept: Span
    contact: Span
    decide: Span
    decide_online: Span
    answer: Span
    grace: Span
    sign: Span
    pay_out: Span
    escalate: Span
    online_kinds: frozenset[str]

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Deadlines:
        """Raises RulesError."""
        kinds = content.get("online_kinds", [])
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise RulesError("online_kinds", "needs a list of product kinds")
        names = [one.name for one in fields(cls) if one.name != "online_kinds"]
        return cls(**{name: _span(content, name) for name in names}, online_kinds=frozenset(kinds))


@dataclass(frozen=True, slots=True)
class Limits:
    """`live_per_need`: cases of one need that may be under way at once; `offer_days`: the longest validity of an offer;
    `files`: attachments of one message; `file_bytes`: the size of one."""

    live_per_need: int
    offer_days: int
    files: int
    file_bytes: int

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Limits:
        """Raises RulesError."""
        return cls(**{one.name: _count(content, one.name) for one in fields(cls)})


class Ending(StrEnum):
    """How a case that an institution closes with a code ends. Only `refused` is a refusal."""

    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Reason:
    """One refusal code. `gate`: an account manager may give it before due diligence, since it is a condition of the
    product. `department` and `measure` are None where nothing can be repaired."""

    code: str
    ends: Ending
    gate: bool
    department: Label | None
    measure: Label | None

    @property
    def repairable(self) -> bool:
        return self.measure is not None


def reasons(content: Mapping[str, Any]) -> dict[str, Reason]:
    """Raises RulesError."""
    found = {}
    for code, entry in content.items():
        if not isinstance(entry, Mapping):
            raise RulesError(code, "an object is wanted")
        ends = entry.get("ends")
        if ends not in tuple(Ending):
            raise RulesError(f"{code}.ends", f"{ends!r} is none of {', '.join(Ending)}")
        gate = entry.get("gate", False)
        if not isinstance(gate, bool):
            raise RulesError(f"{code}.gate", "write true or false")
        parts = {name: _label(entry[name], f"{code}.{name}") for name in ("department", "measure") if name in entry}
        if len(parts) == 1:
            raise RulesError(code, "department and measure go together")
        found[code] = Reason(code, Ending(ends), gate, parts.get("department"), parts.get("measure"))
    if not any(reason.ends is Ending.REFUSED for reason in found.values()):
        raise RulesError("", "no code refuses")
    return found


def consent_text(content: Mapping[str, Any]) -> Label:
    """Raises RulesError."""
    return _label(content.get("text"), "text")


def _span(content: Mapping[str, Any], name: str) -> Span:
    entry = content.get(name)
    if not isinstance(entry, Mapping) or entry.get("count") not in ("working", "calendar"):
        raise RulesError(name, 'needs {"days": 3, "count": "working"} or "calendar"')
    return Span(_count(entry, "days", name), entry["count"] == "working")


def _count(content: Mapping[str, Any], name: str, above: str = "") -> int:
    value = content.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RulesError(f"{above}.{name}".strip("."), f"{value!r} is not a whole number from 1")
    return value


def _label(value: object, path: str) -> Label:
    texts = (value.get("zh"), value.get("en")) if isinstance(value, Mapping) else (None, None)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise RulesError(path, 'needs {"zh": "…", "en": "…"}')
    return Label(str(texts[0]), str(texts[1]))
