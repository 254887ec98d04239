"""Forms over facts: several fields of the attribute registry at once, and what was answered with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.common.errors import DomainError
from backend.eligibility.attributes import ATTRIBUTES, Kind
from backend.packs.queries import current_pack, note, terms_of, vocabulary
from backend.site.attribute_fields import NONE_OF_THESE, attribute_field, form_value, json_value


class FactsForm(forms.Form):
    """`keys` of the registry as fields. `values`: the facts in their JSON form by key, what is unknown absent. Only
    codes that are in force on `today` can be chosen, and the one that is stored already.

    `leading` are fields of the form's own, that come first; `fixed` are shown as they are and cannot be changed.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        keys: Sequence[str],
        values: Mapping[str, object],
        language: str,
        today: date,
        version: int | None = None,
        leading: Mapping[str, forms.Field] | None = None,
        initial: Mapping[str, object] | None = None,
        fixed: Collection[str] = (),
    ) -> None:
        shown = {key: form_value(ATTRIBUTES[key], values.get(key)) for key in keys}
        super().__init__(data, initial={"version": version, **(initial or {}), **shown})
        words, currency = vocabulary(), current_pack().currency
        self.keys = tuple(keys)
        self.fields |= dict(leading or {})
        for key in keys:
            attribute, how = ATTRIBUTES[key], note("sources", key)
            field = attribute_field(
                attribute,
                language=language,
                vocabulary=words,
                currency=currency,
                help_text=how.in_language(language) if how else "",
            )
            if attribute.scheme is not None and isinstance(field, forms.ChoiceField):
                _keep_in_force(field, attribute.scheme, today, shown[key], language)
            field.disabled = key in fixed
            self.fields[key] = field

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for key in self.keys:
            chosen = cleaned.get(key)
            if ATTRIBUTES[key].kind is Kind.CODES and chosen and NONE_OF_THESE in chosen and len(chosen) > 1:
                self.add_error(key, _("Choose either “none of these” or what applies."))
        return cleaned

    @property
    def answers(self) -> dict[str, object]:
        """The JSON form of each field that could be read; None where it was left empty."""
        return {
            key: json_value(ATTRIBUTES[key], self.cleaned_data[key]) for key in self.keys if key in self.cleaned_data
        }

    def take_up(self, error: DomainError, names: Mapping[str, str] | None = None) -> None:
        """What a service refused, at the field that it names. `names`: its name for a field → the form's."""
        named = (error.field or "").removeprefix("facts.").split(".")[0]
        field = (names or {}).get(named, named)
        self.add_error(field if field in self.fields else None, error.message)


def _keep_in_force(field: forms.ChoiceField, scheme: str, today: date, shown: object, language: str) -> None:
    """A stored code stays a choice, whatever became of it: saving a form unchanged loses nothing."""
    words = vocabulary()
    stored = [str(code) for code in (shown if isinstance(shown, list) else [shown]) if code]
    allowed = {"", NONE_OF_THESE, *stored}
    if words.knows(scheme):
        allowed |= {term.code for term in terms_of(scheme, on=today)}
    offered: Any = field.choices
    choices = list(_allowed(offered, allowed))
    there = {code for code, _label in _flat(choices)}
    choices += [(code, words.label(scheme, code).in_language(language)) for code in stored if code not in there]
    field.choices = choices


def _allowed(choices: Iterable[Any], codes: Collection[object]) -> Iterator[tuple[Any, Any]]:
    for code, label in choices:
        if isinstance(label, (list, tuple)):
            within = list(_allowed(label, codes))
            if within:
                yield code, within
        elif code in codes:
            yield code, label


def _flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for code, label in choices:
        if isinstance(label, (list, tuple)):
            yield from _flat(label)
        else:
            yield code, label
