"""Where what was typed on a screen differs from what somebody else stored meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.forms import BoundField

from backend.eligibility.attributes import ATTRIBUTES, Value
from backend.eligibility.facts import value_from_json
from backend.eligibility.phrases import value_text
from backend.packs.queries import vocabulary
from backend.site.attribute_forms import FactsForm


@dataclass(frozen=True, slots=True)
class Difference:
    """`stored`: what stands there now, in words; "" where nothing is stored. `own_words`: a text of the company's."""

    field: BoundField
    stored: str
    own_words: bool = False


def differences(
    form: FactsForm, *, typed: Mapping[str, object], stored: Mapping[str, object], language: str
) -> tuple[Difference, ...]:
    """In the form's order. `typed` and `stored` by field: facts in their JSON form, texts and days as they are; what is
    absent, None or "" is not said. Fields that are not in `typed` are left out."""
    return tuple(_differing(form, typed, stored, language))


def _differing(
    form: FactsForm, typed: Mapping[str, object], stored: Mapping[str, object], language: str
) -> Iterator[Difference]:
    for field in form.visible_fields():
        name = field.name
        if name not in typed:
            continue
        if name in form.keys:
            value = _fact(name, stored.get(name))
            if value != _fact(name, typed[name]):
                text = "" if value is None else value_text(ATTRIBUTES[name], value, language, vocabulary())
                yield Difference(field, text)
        elif (stored.get(name) or "") != (typed[name] or ""):
            yield Difference(field, _text(stored.get(name)), own_words=isinstance(stored.get(name), str))


def _fact(key: str, data: object) -> Value | None:
    return None if data is None or data == "" else value_from_json(ATTRIBUTES[key], data)


def _text(data: object) -> str:
    return data.isoformat() if isinstance(data, date) else str(data or "")
