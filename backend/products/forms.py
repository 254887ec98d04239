"""The forms that a product's page is made of: the product's own, and one for each row of fees and subsidies.

Amounts of the product are typed in ten thousands of the currency (万元), fees and single sums in the currency itself,
rates in per cent. `backend.products.product_forms` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.money import unit_name
from backend.eligibility.facts import canonical
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.matching.cost import FEE_BASES, FEE_TIMES, LONGEST_MONTHS, REPAYMENTS
from backend.products.models import Product
from backend.site.attribute_fields import AmountUnit, Choices

WAN = Decimal(10_000)
_MONEY_DIGITS = 15
_BASES = {
    "amount": _("Per cent of the principal, once"),
    "amount_per_year": _("Per cent of the principal a year"),
    "fixed": _("A fixed sum"),
}
_TIMES = {"start": pgettext_lazy("fee", "At the start"), "yearly": pgettext_lazy("fee", "Every year")}
KIND_TERMS: Mapping[str, tuple[str, ...]] = {
    "loan": ("repayment",),
    "guarantee": ("repayment", "loan_rate_cap"),
    "linked": ("repayment",),
    "leasing": ("repayment", "deposit", "residual"),
    "factoring": ("repayment",),
    "bridge": ("repayment",),
}
"""The terms that matter for the cost of each kind; a kind that is not here has none. Others are shown where given."""
TERM_FIELDS = ("repayment", "deposit", "loan_rate_cap", "residual")


@dataclass(frozen=True, slots=True)
class Section:
    title: Promise
    lead: Promise | str
    names: tuple[str, ...]


SECTIONS = (
    Section(_("Name and kind"), "", ("name_zh", "name_en", "kind", "code", "summary_zh", "summary_en")),
    Section(
        _("Amount, term and rate"),
        _("The limits of amount and term refuse as the rule does. Leave the greatest empty where there is no limit."),
        ("amount_min", "amount_max", "term_min", "term_max", "rate_min", "rate_max"),
    ),
    Section(
        _("Whom it is for"),
        _("These decide the order of results. Who is refused is decided by the rule alone."),
        ("first_loan_friendly", "purposes", "stages", "themes", "collateral"),
    ),
    Section(_("Papers"), "", ("documents",)),
)


def number(unit: str, *, places: int, most: Decimal | None = None, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_value=most,
        decimal_places=places,
        max_digits=_MONEY_DIGITS + places,
        widget=AmountUnit(unit),
        **more,
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form chooses from, on one day and in one language. `terms` gives the terms of a scheme that hold."""

    language: str
    currency: str
    vocabulary: Vocabulary
    terms: Callable[[str], Sequence[Term]]

    def choices(self, scheme: str, stored: Sequence[str] = ()) -> list[tuple[str, str]]:
        """The codes that hold, and those `stored` that no longer do: nothing filed is lost unseen."""
        found = [(term.code, term.label.in_language(self.language)) for term in self.terms(scheme)]
        known = {code for code, _label in found}
        gone = [(code, self.vocabulary.label(scheme, code).in_language(self.language)) for code in stored]
        return [*found, *((code, label) for code, label in gone if code not in known)]

    def kinds(self, stored: Sequence[str]) -> Choices:
        """Kinds of product under their roots, the root itself first."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, label in self.choices("product_kinds", stored):
            root = self.vocabulary.path("product_kinds", code)[-1]
            groups.setdefault(root, []).append((code, label))
        return [
            (self.vocabulary.label("product_kinds", root).in_language(self.language), found)
            for root, found in groups.items()
        ]

    @property
    def money(self) -> str:
        return unit_name(self.currency, self.language)

    @property
    def ten_thousands(self) -> str:
        return f"万{self.money}" if self.language.startswith("zh") else f"10,000 {self.money}"


CHINESE, ENGLISH = {"lang": "zh-Hans"}, {"lang": "en"}
"""Read out in the language that is typed, whatever that of the page."""


class ProductForm(forms.Form):
    name_zh = forms.CharField(label=_("Chinese name"), max_length=200, widget=forms.TextInput(CHINESE))
    name_en = forms.CharField(label=_("English name"), max_length=200, widget=forms.TextInput(ENGLISH))
    kind = forms.ChoiceField(label=_("Kind"))
    summary_zh = forms.CharField(
        label=_("Chinese summary"), required=False, max_length=4000, widget=forms.Textarea({"rows": 3} | CHINESE)
    )
    summary_en = forms.CharField(
        label=_("English summary"), required=False, max_length=4000, widget=forms.Textarea({"rows": 3} | ENGLISH)
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=80,
        help_text=_("For interfaces and files. One is made where you leave it empty."),
    )
    first_loan_friendly = forms.BooleanField(label=_("Meant for first-time borrowers"), required=False)

    def __init__(self, data: Any = None, *, offered: Offered, stored: Product | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.offered = offered
        kinds = offered.kinds(_said(self, "kind"))
        self.fields["kind"].choices = [("", _("Please choose")), *kinds]  # type: ignore[attr-defined]
        wan, months, rate = offered.ten_thousands, str(_("months")), str(_("% a year"))
        places = 6
        self.fields |= {
            "amount_min": number(wan, places=places, label=_("Least amount")),
            "amount_max": number(wan, places=places, label=_("Greatest amount")),
            "term_min": number(months, places=0, most=Decimal(LONGEST_MONTHS), label=_("Shortest term")),
            "term_max": number(months, places=0, most=Decimal(LONGEST_MONTHS), label=_("Longest term")),
            "rate_min": number(rate, places=4, label=_("Lowest rate")),
            "rate_max": number(rate, places=4, label=_("Highest rate")),
            "deposit": number("%", places=4, label=_("Deposit, of the principal")),
            "loan_rate_cap": number(rate, places=4, label=_("Highest rate of the loan that it opens")),
            "residual": number(offered.money, places=2, label=_("Price to keep the object at the end")),
        }
        for name, scheme, label in (
            ("purposes", "purposes", _("Purposes served")),
            ("stages", "stages", _("Stages served")),
            ("themes", "themes", _("Themes")),
            ("collateral", "collateral", _("Collateral asked, any one of")),
            ("documents", "document_kinds", _("Papers to prepare")),
        ):
            self.fields[name] = forms.MultipleChoiceField(
                label=label,
                required=False,
                choices=offered.choices(scheme, getattr(stored, name) if stored else ()),
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["repayment"] = forms.ChoiceField(
            label=_("Repayment"),
            required=False,
            choices=[
                ("", _("Not stated: interest monthly, principal at the end")),
                *((code, label) for code, label in offered.choices("repayment") if code in REPAYMENTS),
            ],
        )

    def clean(self) -> dict[str, Any]:
        """What the service would refuse next, said at once with the other faults."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for low, high in (("amount_min", "amount_max"), ("term_min", "term_max"), ("rate_min", "rate_max")):
            least, greatest = given.get(low), given.get(high)
            if least is not None and greatest is not None and greatest < least:
                self.add_error(high, _("The greatest is below the least."))
        return given

    def shown_terms(self) -> list[forms.BoundField]:
        """The fields of terms that fit the kind, and those that hold something."""
        kind = str(self["kind"].value() or "")
        root = self.offered.vocabulary.path("product_kinds", kind)[-1] if kind else ""
        fitting = KIND_TERMS.get(root, ())
        return [self[name] for name in TERM_FIELDS if name in fitting or self[name].value() or self[name].errors]

    def section(self, section: Section) -> list[forms.BoundField]:
        return [self[name] for name in section.names]


class FeeForm(forms.Form):
    """`value` is per cent or, for a fixed sum, money."""

    kind = forms.ChoiceField(label=_("Kind of fee"))
    payee = forms.ChoiceField(label=_("Paid to"))
    basis = forms.ChoiceField(label=_("Basis"), choices=[(basis, _BASES[basis]) for basis in FEE_BASES])
    when = forms.ChoiceField(label=_("Due"), choices=[(when, _TIMES[when]) for when in FEE_TIMES])

    def __init__(self, data: Any = None, *, offered: Offered, **more: Any) -> None:
        super().__init__(data, **more)
        for name, scheme in (("kind", "fee_kinds"), ("payee", "payees")):
            choices = [("", _("Please choose")), *offered.choices(scheme, _said(self, name))]
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        fixed = self["basis"].value() == "fixed"
        self.fields["value"] = number(
            offered.money if fixed else "%",
            places=2 if fixed else 4,
            most=None if fixed else Decimal(100),
            label=_("Sum") if fixed else _("Per cent"),
        )
        self.fields["value"].required = True

    @property
    def json(self) -> dict[str, object]:
        given = self.cleaned_data
        name = "amount" if given["basis"] == "fixed" else "rate"
        return {key: given[key] for key in ("kind", "payee", "basis", "when")} | {name: canonical(given["value"])}

    @staticmethod
    def typed(stored: Mapping[str, Any]) -> dict[str, object]:
        value = stored.get("amount" if stored.get("basis") == "fixed" else "rate")
        return {key: stored.get(key) for key in ("kind", "payee", "basis", "when")} | {"value": value}

    @staticmethod
    def field_of(key: str) -> str:
        return "value" if key in ("rate", "amount") else key


class SubsidyForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of subsidy"))

    def __init__(self, data: Any = None, *, offered: Offered, **more: Any) -> None:
        super().__init__(data, **more)
        choices = [("", _("Please choose")), *offered.choices("subsidy_kinds", _said(self, "kind"))]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields |= {
            "rate": number(str(_("% a year")), places=4, most=Decimal(100), label=_("Rate")),
            "months": number(str(_("months")), places=0, most=Decimal(LONGEST_MONTHS), label=_("How long")),
            "cap": number(offered.ten_thousands, places=6, label=_("At most in all")),
        }
        self.fields["rate"].required = self.fields["months"].required = True

    @property
    def json(self) -> dict[str, object]:
        given = self.cleaned_data
        said: dict[str, object] = {
            "kind": given["kind"],
            "rate": canonical(given["rate"]),
            "months": int(given["months"]),
        }
        return said if given["cap"] is None else said | {"cap": canonical(given["cap"] * WAN)}

    @staticmethod
    def typed(stored: Mapping[str, Any]) -> dict[str, object]:
        cap = stored.get("cap")
        said = {key: stored.get(key) for key in ("kind", "rate", "months")}
        return said | {"cap": None if cap is None else canonical(Decimal(str(cap)) / WAN)}

    @staticmethod
    def field_of(key: str) -> str:
        return key


Row = FeeForm | SubsidyForm
ROWS: Mapping[str, type[Row]] = {"fees": FeeForm, "subsidies": SubsidyForm}


def _said(form: forms.Form, name: str) -> list[str]:
    """The code that a field holds. It is among its choices even where it has ended: the service says so if it is not
    known at all."""
    value = form[name].value()
    return [value] if isinstance(value, str) and value else []
