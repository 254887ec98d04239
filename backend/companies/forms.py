"""The forms of a company's own pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.companies.models import Company
from backend.companies.profile import FOUNDED, STEPS, Step, origins, values
from backend.companies.services import CompanyInput
from backend.site.attribute_forms import FactsForm


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def founding_date(*, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=_("Founded on"),
        required=required,
        widget=Day(),
        help_text=_("As on the business licence. Years in business follow from it."),
    )


class CompanyForm(forms.Form):
    """Filing a company."""

    name = forms.CharField(label=_("Company name"), max_length=200, help_text=_("As on the business licence."))
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("18 characters, as on the business licence. Spaces do not matter."),
    )
    credit_code_proof = forms.CharField(
        label=_("What proves the code"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_(
            "Only where the code is right although its last character does not fit, as with some early codes. "
            "Name the licence and who issued it."
        ),
    )
    founded_on = founding_date()

    def data_given(self) -> CompanyInput:
        given = self.cleaned_data
        return CompanyInput(
            name=given["name"],
            credit_code=given["credit_code"],
            credit_code_proof=given["credit_code_proof"],
            founded_on=given["founded_on"],
        )


def profile_form(company: Company, step: Step, data: Any = None, *, language: str, today: date) -> FactsForm:
    """One step of the profile; the first also asks for the name and the founding date."""
    first = step is STEPS[0]
    name = forms.CharField(label=_("Company name"), max_length=200, help_text=_("As on the business licence."))
    return FactsForm(
        data,
        keys=step.keys,
        values=values(company),
        language=language,
        today=today,
        version=company.version,
        leading={"name": name, FOUNDED: founding_date()} if first else {},
        initial={"name": company.name, FOUNDED: company.founded_on},
        fixed=[key for key, origin in origins(company).items() if origin.attested],
    )
