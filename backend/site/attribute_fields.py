"""Form fields generated from the attribute registry: one for a fact of a company or of a need.

Money is typed in ten thousands of the currency (万元), as the field counts it; everything else in its own unit. An
empty field is an unknown fact. Sets know "none of these", which is a fact, apart from nothing said.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import DecimalValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from backend.common.money import unit_name
from backend.common.typed_numbers import plain_number
from backend.eligibility.attributes import UNITS, Attribute, Kind
from backend.eligibility.facts import canonical
from backend.eligibility.vocabulary import Vocabulary

NONE_OF_THESE = "-"
RADIOS_UP_TO = 6
"""Codes that are shown all at once; more go into a list to open."""
_WAN, _WAN_SIGN = Decimal(10_000), "万"
_MONEY_DECIMALS = 6

Choices = list[tuple[str, Any]]


class AmountUnit(forms.NumberInput):
    """A number with its unit beside it, read out with it."""

    template_name = "components/number.html"
    input_type = "text"  # a number input scrolls its value away under the mouse wheel

    def __init__(self, unit: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"unit": self.unit}


AT_LEAST, AT_MOST = _("This is at least %(limit_value)s."), _("This is at most %(limit_value)s.")


class NumberField(forms.DecimalField):
    """A number as people type it, in the unit beside it or with that unit written out."""

    def __init__(self, *, unit: str, **given: Any) -> None:
        super().__init__(widget=AmountUnit(unit), **given)
        self.unit = unit
        self.error_messages["invalid"] = _("Write it in digits, like 120 or 1,200.5; the unit stands beside it.")
        for validator in self.validators:
            if isinstance(validator, MinValueValidator):
                validator.message = AT_LEAST
            elif isinstance(validator, MaxValueValidator):
                validator.message = AT_MOST
            elif isinstance(validator, DecimalValidator):
                said: Any = {
                    "invalid": self.error_messages["invalid"],
                    "max_digits": _("This number has too many digits."),
                    "max_whole_digits": _("This number is too large."),
                    "max_decimal_places": ngettext_lazy(
                        "At most %(max)s digit after the decimal point.",
                        "At most %(max)s digits after the decimal point.",
                        "max",
                    ),
                }
                validator.messages = said

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = plain_number(value)
            for written in (self.unit, self.unit[:1] if self.unit.startswith(_WAN_SIGN) else ""):
                value = value.removesuffix(written)
        return super().to_python(value)


def attribute_field(
    attribute: Attribute, *, language: str, vocabulary: Vocabulary, currency: str = "CNY", help_text: str = ""
) -> forms.Field:
    """A field, never required, whose cleaned value `json_value` turns into the fact's JSON form. Its `attribute` is the
    key, by which `components/field.html` finds what explains it."""
    field = _field(attribute, language, vocabulary, currency, help_text)
    field.attribute = attribute.key  # type: ignore[attr-defined]
    return field


def _field(attribute: Attribute, language: str, vocabulary: Vocabulary, currency: str, help_text: str) -> forms.Field:
    common: dict[str, Any] = {
        "label": attribute.label.in_language(language),
        "required": False,
        "help_text": help_text,
    }
    match attribute.kind:
        case Kind.NUMBER:
            return _number(attribute, language, currency, common)
        case Kind.FLAG:
            choices: Choices = [("true", _("Yes")), ("false", _("No")), ("", _("Not known"))]
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        case Kind.CODES:
            codes = [*_flat(attribute, language, vocabulary), (NONE_OF_THESE, _("None of these"))]
            return forms.MultipleChoiceField(choices=codes, widget=forms.CheckboxSelectMultiple, **common)
        case Kind.TREE:
            return forms.ChoiceField(
                choices=[("", _("Please choose")), *tree_choices(attribute.scheme or "", language, vocabulary)],
                **common,
            )
        case Kind.CODE:
            flat = _flat(attribute, language, vocabulary)
            if len(flat) <= RADIOS_UP_TO:
                return forms.ChoiceField(choices=[*flat, ("", _("Not known"))], widget=forms.RadioSelect, **common)
            return forms.ChoiceField(choices=[("", _("Please choose")), *flat], **common)


def form_value(attribute: Attribute, data: object) -> object:
    """What a field shows first for a fact in its JSON form; None is unknown."""
    if data is None:
        return [] if attribute.kind is Kind.CODES else ""
    match attribute.kind:
        case Kind.NUMBER:
            number = Decimal(str(data))
            return canonical(number / _WAN if is_money(attribute) else number)
        case Kind.FLAG:
            return "true" if data else "false"
        case Kind.CODES if isinstance(data, list):
            return data or [NONE_OF_THESE]
    return data


def json_value(attribute: Attribute, cleaned: Any) -> object:
    """The fact's JSON form of a cleaned value; None for unknown."""
    match attribute.kind:
        case Kind.NUMBER:
            if cleaned is None:
                return None
            return canonical(cleaned * _WAN if is_money(attribute) else cleaned)
        case Kind.FLAG:
            return {"true": True, "false": False}.get(cleaned)
        case Kind.CODES:
            return [code for code in cleaned if code != NONE_OF_THESE] if cleaned else None
    return cleaned or None


def is_money(attribute: Attribute) -> bool:
    return attribute.unit is not None and UNITS[attribute.unit].dimension == "money"


def unit_label(attribute: Attribute, language: str, currency: str) -> str:
    """The unit in which people type and read a number of this attribute."""
    if is_money(attribute):
        name = unit_name(currency, language)
        return f"万{name}" if language.startswith("zh") else f"10,000 {name}"
    return UNITS[attribute.unit or "item"].label.in_language(language)


def tree_choices(scheme: str, language: str, vocabulary: Vocabulary) -> Choices:
    """The leaves of a hierarchical vocabulary, each under its root or, where there is one root, under its parent."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, term in vocabulary.terms(scheme).items():
        if vocabulary.children(scheme, code):
            continue
        above = vocabulary.path(scheme, code)[1:]
        root = above[-1] if above else code
        only_one = len(vocabulary.children(scheme)) == 1
        head = above[0] if only_one and above else root
        groups.setdefault(head, []).append((code, term.label.in_language(language)))
    return [(vocabulary.label(scheme, head).in_language(language), found) for head, found in groups.items()]


def _number(attribute: Attribute, language: str, currency: str, common: dict[str, Any]) -> forms.Field:
    money = is_money(attribute)
    return NumberField(
        unit=unit_label(attribute, language, currency),
        min_value=attribute.minimum,
        max_value=attribute.maximum,
        decimal_places=_MONEY_DECIMALS if money else attribute.scale,
        max_digits=20,
        **common,
    )


def _flat(attribute: Attribute, language: str, vocabulary: Vocabulary) -> Choices:
    terms: Iterable[Any] = vocabulary.terms(attribute.scheme or "").values()
    return [(term.code, term.label.in_language(language)) for term in terms]
