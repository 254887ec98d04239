"""Reads of the loaded pack. All of it is public; none of it changes between two loads, so it is kept in memory.

One small query a call asks which load is current; whatever was read for that load is shared by all threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from backend.common.errors import DomainError, NotFound
from backend.common.money import unit_name
from backend.common.size_class import SizeTable
from backend.common.size_class import size_table as read_size_table
from backend.common.working_days import Calendar
from backend.common.working_days import calendar as read_calendar
from backend.eligibility.attributes import Label
from backend.eligibility.vocabulary import EMPTY, Term, Vocabulary
from backend.lifecycle.settings import LifeCycleSettings
from backend.packs import models


class PackMissing(DomainError):
    """No pack is loaded, or the pack lacks what was asked for."""

    code = "pack_missing"
    status = 503
    title = _("The city pack is not loaded")


@dataclass(frozen=True, slots=True)
class ParameterVersion:
    """One version of a parameter. `content` is shared: read it, never change it."""

    name: str
    version: int
    effective_from: date
    content: Any


@dataclass(slots=True)
class _Loaded:
    """What was read for one load. `parsed` keeps the objects made of parameters, by (name, version)."""

    stamp: tuple[object, ...]
    vocabulary: Vocabulary = EMPTY
    notes: Mapping[tuple[str, str], Label] = field(default_factory=dict)
    explaining: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: Mapping[tuple[str, str], tuple[date, date | None]] = field(default_factory=dict)
    parameters: Mapping[str, tuple[ParameterVersion, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    parsed: dict[tuple[str, int], Any] = field(default_factory=dict)


_lock = threading.Lock()
_current = _Loaded(())
_held: ContextVar[_Loaded | None] = ContextVar("held_pack", default=None)


def current_pack() -> models.Pack:
    """The pack that this deployment serves. Raises PackMissing before one is loaded."""
    pack = models.Pack.objects.first()
    if pack is None:
        raise PackMissing(_("No city pack is loaded: run manage.py load_pack."))
    return pack


def vocabulary() -> Vocabulary:
    """The codes of all schemes, ended ones included, since stored facts may hold them. Before a pack is loaded every
    scheme is open."""
    return _loaded().vocabulary


def scheme_names() -> list[str]:
    return sorted({scheme for scheme, _code in _loaded().spans})


def terms_of(scheme: str, on: date | None = None) -> tuple[Term, ...]:
    """The terms to choose from, in their order; with `on`, only those that hold on that day.

    Raises NotFound for a scheme that is not there.
    """
    loaded = _loaded()
    if not loaded.vocabulary.knows(scheme):
        raise NotFound(_("There is no vocabulary of this name."))
    terms = loaded.vocabulary.terms(scheme).values()
    return tuple(term for term in terms if _holds(loaded.spans[scheme, term.code], on))


def note(scheme: str, code: str) -> Label | None:
    """The explanation of a code; None where it has none."""
    return _loaded().notes.get((scheme, code))


def explaining(scheme: str, code: str) -> tuple[str, ...]:
    """The codes of the terms that explain it, in their order. `scheme` is a vocabulary or one of EXPLAINABLE in
    `packs.checks`. Where nothing explains a code of a vocabulary with levels, what explains the nearest above it does.
    """
    loaded = _loaded()
    for one in loaded.vocabulary.path(scheme, code):
        found = loaded.explaining.get(f"{scheme}:{one}")
        if found:
            return found
    return ()


def parameter_version(name: str, on: date) -> ParameterVersion:
    """The version in force on that day. Raises PackMissing where there is none."""
    found = _in_force(_loaded(), name, on)
    if found is None:
        raise PackMissing(_("The pack has no parameter %(name)s for %(day)s.") % {"name": name, "day": on.isoformat()})
    return found


def parameter(name: str, on: date) -> Any:
    """The content of the version in force on that day. Raises PackMissing where there is none."""
    return parameter_version(name, on).content


def size_table(on: date) -> SizeTable | None:
    """The bounds of size classes in force on that day; None where the pack has none: sizes then stay unknown."""
    found: SizeTable | None = _parsed("size_classes", on, read_size_table)
    return found


def working_calendar(on: date) -> Calendar:
    """The calendar of working days in force on that day. Raises PackMissing where there is none."""
    found: Calendar | None = _parsed("calendar", on, read_calendar)
    if found is None:
        raise PackMissing(_("The pack has no calendar for %(day)s.") % {"day": on.isoformat()})
    return found


def life_cycles(on: date) -> LifeCycleSettings | None:
    """How long states may last on that day; None where the pack does not say: nothing then runs out."""
    found: LifeCycleSettings | None = _parsed("lifecycles", on, LifeCycleSettings.parse)
    return found


def segmentation_words() -> tuple[str, ...]:
    """The words of the field that the segmenter must keep whole, sorted."""
    return _loaded().words


def _parsed(name: str, on: date, read: Any) -> Any:
    loaded = _loaded()
    found = _in_force(loaded, name, on)
    if found is None:
        return None
    key = (name, found.version)
    if key not in loaded.parsed:
        loaded.parsed[key] = read(found.content)
    return loaded.parsed[key]


def _in_force(loaded: _Loaded, name: str, on: date) -> ParameterVersion | None:
    return next((found for found in loaded.parameters.get(name, ()) if found.effective_from <= on), None)


def _holds(span: tuple[date, date | None], on: date | None) -> bool:
    return on is None or (span[0] <= on and (span[1] is None or on <= span[1]))


@contextmanager
def held() -> Iterator[None]:
    """Within the block every read is of the load that is current at its start: an answer that asks for many things
    never mixes two loads, and asks the database once which load is current."""
    token = _held.set(_held.get() or _loaded())
    try:
        yield
    finally:
        _held.reset(token)


def _loaded() -> _Loaded:
    """What belongs to the current load. The stamp names the database as well: tests have several in one process."""
    global _current
    held = _held.get()
    if held is not None:
        return held
    row = models.Pack.objects.values_list("digest", "loaded_at").first()
    stamp = (connection.settings_dict["NAME"], row)
    found = _current
    if found.stamp == stamp:
        return found
    with _lock:
        if _current.stamp != stamp:
            _current = _read(stamp) if row else _Loaded(stamp)
        return _current


def _read(stamp: tuple[object, ...]) -> _Loaded:
    schemes: dict[str, list[Term]] = {}
    notes: dict[tuple[str, str], Label] = {}
    explaining: dict[str, list[str]] = {}
    spans: dict[tuple[str, str], tuple[date, date | None]] = {}
    for row in models.Term.objects.order_by("scheme", "position", "code"):
        schemes.setdefault(row.scheme, []).append(Term(row.code, Label(row.label_zh, row.label_en), row.parent or None))
        spans[row.scheme, row.code] = (row.valid_from, row.valid_to)
        if row.note_zh or row.note_en:
            notes[row.scheme, row.code] = Label(row.note_zh, row.note_en)
        for reference in row.explains:
            explaining.setdefault(reference, []).append(row.code)
    pack = current_pack()
    parameters: dict[str, list[ParameterVersion]] = {}
    for entry in models.Parameter.objects.order_by("name", "-effective_from", "-version"):
        version = ParameterVersion(entry.name, entry.version, entry.effective_from, entry.content)
        parameters.setdefault(entry.name, []).append(version)
    return _Loaded(
        stamp=stamp,
        vocabulary=Vocabulary(schemes, Label(unit_name(pack.currency, "zh"), unit_name(pack.currency, "en"))),
        notes=notes,
        explaining={reference: tuple(codes) for reference, codes in explaining.items()},
        spans=spans,
        parameters={name: tuple(versions) for name, versions in parameters.items()},
        words=tuple(sorted(pack.words)),
    )
