"""The forms of saved filters."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.leads.services import LONGEST_NAME


class SavedSearchForm(forms.Form):
    """`query` is the list's address; the service keeps the filters of it."""

    name = forms.CharField(
        label=_("Name of the filter"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Give the filter a name.")},
    )
    query = forms.CharField(widget=forms.HiddenInput, required=False)
