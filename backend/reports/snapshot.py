"""A report as data: everything that its pages show, in the report's language, and nothing that is looked up later.

Pure. The JSON form holds amounts and rates as decimal strings and days as ISO dates; `digest` is over its canonical
text, which no database and no order of keys can change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

FORMAT = 1
"""Raised when a field is added, renamed or dropped; a snapshot of an unknown format is not rendered."""


class SnapshotError(ValueError):
    """The JSON is no snapshot of a format that this version reads."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A vocabulary's code with its name on the day."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A known fact of the company or the need, in words."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """All-in annual cost in per cent at the lowest and the highest rate."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class CostLine:
    """Money over the whole term at the lowest and the highest rate; below zero for what the company receives. `payee`
    is None where nobody in particular is paid."""

    payment: Coded
    payee: Coded | None
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Reason:
    key: str
    text: str
    favourable: bool


@dataclass(frozen=True, slots=True)
class Datum:
    """What is to be stated: where it comes from and how to get it."""

    key: str
    label: str
    source: str
    how: str


@dataclass(frozen=True, slots=True)
class Change:
    """What would have to change; `earliest` is the day on which waiting alone is enough."""

    key: str
    text: str
    improvable: bool
    earliest: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as it stood for the need. Amounts in the snapshot's currency, terms in months, rates in per cent a
    year; a greatest amount or longest term of 0 means none. `score` in [0, 1]. `met` of `asked` conditions."""

    code: str
    version: int
    name: str
    institution: str
    kind: Coded
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    rate_min: Decimal | None
    rate_max: Decimal | None
    answer_days: Decimal | None
    last_confirmed_on: date | None
    score: Decimal
    met: int
    asked: int
    cost: Range | None
    cost_lines: tuple[CostLine, ...]
    reasons: tuple[Reason, ...]
    documents: tuple[Coded, ...]
    missing: tuple[Datum, ...]
    changes: tuple[Change, ...]

    @property
    def total_low(self) -> Decimal:
        return sum((line.low for line in self.cost_lines), Decimal(0))

    @property
    def total_high(self) -> Decimal:
        return sum((line.high for line in self.cost_lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Group:
    """`count` products belong to it; `offers` are the best of them."""

    count: int
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`considered` of `total` products in reach were judged. `term_months` None: the need states none."""

    format: int
    language: str
    day: date
    city: str
    currency: str
    company: str
    credit_code: str
    need: int
    need_version: int
    title: str
    amount: Decimal
    term_months: int | None
    need_facts: tuple[Fact, ...]
    company_facts: tuple[Fact, ...]
    eligible: Group
    missing: Group
    almost: Group
    considered: int
    total: int


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    encoded = _encoded(snapshot)
    assert isinstance(encoded, dict)  # noqa: S101  a dataclass gives a dict
    return encoded


def from_json(data: object) -> Snapshot:
    """Raises SnapshotError."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise SnapshotError(f"no snapshot of format {FORMAT}")
    try:
        read = _decoded(Snapshot, data)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise SnapshotError(f"the snapshot cannot be read: {type(error).__name__}: {error}") from error
    assert isinstance(read, Snapshot)  # noqa: S101  asked for just above
    return read


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the JSON form, in hexadecimal."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _encoded(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case tuple():
            return [_encoded(item) for item in value]
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no place in a snapshot")
    return {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}


@lru_cache
def _types(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _decoded(kind: Any, value: Any) -> Any:
    if get_origin(kind) is UnionType:
        (kind,) = (option for option in get_args(kind) if option is not NoneType)
        if value is None:
            return None
    if get_origin(kind) is tuple:
        return tuple(_decoded(get_args(kind)[0], item) for item in value)
    if isinstance(kind, type) and is_dataclass(kind):
        types = _types(kind)
        if value.keys() != types.keys():
            raise ValueError(f"{getattr(kind, '__name__', kind)} has other keys")
        made: Any = kind
        return made(**{name: _decoded(types[name], value[name]) for name in types})
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
