"""The form of an offer: as the product, or the offer before, has it; as typed; and what the service takes.

The amount is typed in ten thousands, fees as a product's are. Subsidies are public money by the product's terms: they
are taken over or left out, never made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backend.applications.forms import WAN, Day, StepForm, typed_amount
from backend.applications.models import Application, Offer
from backend.applications.offer_cost import cost_of
from backend.applications.services import OfferInput
from backend.applications.services.deciding import CONDITIONS_LIMIT
from backend.common.errors import DomainError
from backend.eligibility.facts import canonical
from backend.matching.cost import LONGEST_MONTHS, REPAYMENTS
from backend.products.forms import KIND_TERMS, FeeForm, Offered, number
from backend.products.product_forms import row_numbers
from backend.site.attribute_fields import NumberField

SPARE_ROWS, VALID_DAYS = 2, 30
_FEE = re.compile(r"fees\[(?P<row>[0-9]+)\](?:\.(?P<key>\w+))?")


class OfferForm(StepForm):
    field_order = (
        "amount", "term_months", "rate", "repayment", "deposit", "loan_rate_cap", "residual", "subsidies",
        "collateral", "conditions", "valid_until",
    )  # fmt: skip
    subsidies = forms.BooleanField(label=_("With the subsidies of the product"), required=False)
    collateral = forms.MultipleChoiceField(
        label=_("Collateral asked"), required=False, choices=[], widget=forms.CheckboxSelectMultiple
    )
    conditions = forms.CharField(
        label=_("Conditions"),
        required=False,
        max_length=CONDITIONS_LIMIT,
        help_text=_("What must be done before money is paid out. The company reads it before it chooses."),
        widget=forms.Textarea({"rows": 4}),
    )
    valid_until = forms.DateField(label=_("Valid until"), widget=Day())

    def arrange(self) -> None:
        self.fields |= {
            "amount": NumberField(
                unit=self.ten_thousands, label=_("Amount"), min_value=Decimal(0), max_digits=20, decimal_places=6
            ),
            "term_months": forms.IntegerField(
                label=_("Term, in months"), min_value=1, max_value=LONGEST_MONTHS, widget=forms.TextInput
            ),
            "rate": number(
                str(_("% a year")), places=4, most=Decimal(100), label=_("Annual rate"), help_text=self._bound()
            ),
        }
        for name in self.shown_terms():
            self.fields[name] = self._term(name)
        self.fields["collateral"].choices = self.offered.choices("collateral")  # type: ignore[attr-defined]
        if not self.case.product_version.content.get("terms", {}).get("subsidies"):
            del self.fields["subsidies"]

    def _bound(self) -> str:
        highest = self.case.product_version.content.get("rate_max")
        if highest is None:
            return str(_("Leave it empty where no interest is charged."))
        return str(_("At most %(rate)s%%, as the product was applied for.")) % {"rate": f"{Decimal(highest):.2f}"}

    def shown_terms(self) -> tuple[str, ...]:
        """The terms that matter for the cost of the product's kind."""
        kind = str(self.case.product_version.content["kind"])
        return KIND_TERMS.get(self.offered.vocabulary.path("product_kinds", kind)[-1], ())

    def _term(self, name: str) -> forms.Field:
        if name == "repayment":
            codes = [(code, label) for code, label in self.offered.choices("repayment") if code in REPAYMENTS]
            return forms.ChoiceField(
                label=_("Repayment"),
                required=False,
                choices=[("", _("Interest monthly, principal at the end")), *codes],
            )
        if name == "residual":
            return number(self.offered.money, places=2, label=_("Price to keep the object at the end"))
        if name == "deposit":
            return number("%", places=4, most=Decimal(100), label=_("Deposit, of the principal"))
        return number(
            str(_("% a year")), places=4, most=Decimal(100), label=_("Highest rate of the loan that it opens")
        )

    def terms(self) -> dict[str, object]:
        given = self.cleaned_data
        found: dict[str, object] = {}
        for name in self.shown_terms():
            value = given.get(name)
            if value not in (None, ""):
                found[name] = canonical(value) if isinstance(value, Decimal) else value
        if given.get("subsidies"):
            found["subsidies"] = self.case.product_version.content["terms"]["subsidies"]
        return found


class OfferForms:
    """The offer with its rows of fees."""

    def __init__(self, offer: OfferForm, fees: list[FeeForm]) -> None:
        self.offer, self.fees = offer, fees

    def valid(self) -> bool:
        parts = [self.offer, *self.fees]
        return not [part for part in parts if not part.is_valid()]

    @property
    def faulty_rows(self) -> bool:
        return any(row.errors for row in self.fees)

    def input(self) -> OfferInput:
        given = self.offer.cleaned_data
        return OfferInput(
            amount=given["amount"] * WAN,
            term_months=given["term_months"],
            rate=given["rate"],
            terms=self.offer.terms(),
            fees=[row.json for row in self.fees],
            collateral=given["collateral"],
            conditions=given["conditions"],
            valid_until=given["valid_until"],
        )

    def unsaved(self, case: Application) -> Offer:
        """The offer as it would be made, to be reckoned with."""
        data = self.input()
        return Offer(
            application=case,
            number=0,
            amount=data.amount,
            term_months=data.term_months,
            rate=data.rate,
            terms=dict(data.terms),
            fees=[dict(fee) for fee in data.fees],
            annual_cost=cost_of(
                amount=data.amount, months=data.term_months, rate=data.rate, terms=data.terms, fees=data.fees
            ),
            valid_until=data.valid_until,
        )

    def refused(self, error: DomainError) -> None:
        row = _FEE.match(error.field or "")
        if row is not None and int(row["row"]) < len(self.fees):
            form = self.fees[int(row["row"])]
            name = form.field_of(row["key"] or "")
            form.add_error(name if name in form.fields else None, error.message)
        else:
            self.offer.take_up(error)


def offer_forms(case: Application, offered: Offered, today: date) -> OfferForms:
    """As they stand before anything is typed: the offer before, else what the need asks and the product says."""
    first = _of_offer(case.offer) if case.offer else _of_product(case, today)
    fees: Sequence[Mapping[str, Any]] = first.pop("fees")
    rows = [
        FeeForm(offered=offered, initial=FeeForm.typed(fee), prefix=f"fees-{place}") for place, fee in enumerate(fees)
    ]
    given = OfferForms(OfferForm(case=case, offered=offered, initial=first), rows)
    rows.extend(spare_rows(given, offered))
    return given


def offer_forms_from(data: QueryDict, case: Application, offered: Offered) -> OfferForms:
    """As they were sent; rows with nothing in them are none."""
    rows = [number for number in row_numbers(data, "fees") if _filled(data, number)]
    fees = [FeeForm(data, offered=offered, prefix=f"fees-{number}") for number in rows]
    return OfferForms(OfferForm(data, case=case, offered=offered), fees)


def spare_rows(forms_: OfferForms, offered: Offered) -> list[FeeForm]:
    """Empty rows after those that were sent."""
    taken = [int(str(row.prefix).rpartition("-")[2]) for row in forms_.fees]
    start = max(taken, default=-1) + 1
    return [FeeForm(offered=offered, prefix=f"fees-{start + number}") for number in range(SPARE_ROWS)]


def _filled(data: QueryDict, number: int) -> bool:
    """Choices that a row begins with say nothing."""
    return any(data.get(f"fees-{number}-{name}", "").strip() for name in ("kind", "payee", "value"))


def _of_offer(offer: Offer) -> dict[str, Any]:
    return {
        "amount": typed_amount(offer.amount),
        "term_months": offer.term_months,
        "rate": None if offer.rate is None else canonical(offer.rate),
        **{name: offer.terms.get(name) for name in ("repayment", "deposit", "loan_rate_cap", "residual")},
        "subsidies": bool(offer.terms.get("subsidies")),
        "collateral": offer.collateral,
        "conditions": offer.conditions,
        "valid_until": offer.valid_until,
        "fees": offer.fees,
    }


def _of_product(case: Application, today: date) -> dict[str, Any]:
    content = case.product_version.content
    terms = content.get("terms", {})
    months = case.need.term_months
    return {
        "amount": typed_amount(case.need.amount),
        "term_months": months,
        **{name: terms.get(name) for name in ("repayment", "deposit", "loan_rate_cap", "residual")},
        "subsidies": bool(terms.get("subsidies")),
        "collateral": [],
        "valid_until": today + timedelta(days=VALID_DAYS),
        "fees": content.get("fees", []),
    }
