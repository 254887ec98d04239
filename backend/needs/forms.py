"""The forms in which a need is filed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.needs.checks import DESCRIPTION_LIMIT, TITLE_LIMIT
from backend.needs.services import NeedInput
from backend.needs.steps import STEPS, Step, values
from backend.site.attribute_forms import FactsForm


def need_form(
    data: NeedInput, step: Step, posted: Any = None, *, version: int | None, language: str, today: date
) -> FactsForm:
    """One screen. The first also takes a title and a description."""
    first = step is STEPS[0]
    form = FactsForm(
        posted,
        keys=step.keys,
        values=values(data),
        language=language,
        today=today,
        version=version,
        initial={"title": data.title, "description": data.description},
    )
    if first:
        form.fields["description"] = forms.CharField(
            label=_("In your own words"),
            required=False,
            max_length=DESCRIPTION_LIMIT,
            widget=forms.Textarea({"rows": 3}),
            help_text=_("What is bought or paid, and what pays it back. Institutions read it: leave out names."),
        )
        form.fields["title"] = forms.CharField(
            label=_("Title"),
            required=False,
            max_length=TITLE_LIMIT,
            help_text=_("Left empty, it is made of purpose and amount. Institutions read it: leave out names."),
        )
    return form


def texts_of(form: FactsForm) -> dict[str, str]:
    """What was typed as text on this screen and could be read. Lines end as scripts read them, also where a browser
    sends the form itself: the same text is the same either way."""
    return {
        name: form.cleaned_data[name].replace("\r\n", "\n")
        for name in ("title", "description")
        if name in form.cleaned_data
    }
