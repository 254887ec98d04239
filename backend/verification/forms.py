"""The forms of a verification: a paper, an institution's code, an officer's words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.common.errors import DomainError
from backend.verification.models import PaperKind


class _Answering(forms.Form):
    def refused(self, error: DomainError) -> None:
        """Said at the field that the refusal names, else above the form."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


class PaperForm(_Answering):
    kind = forms.ChoiceField(label=_("Which paper"), choices=PaperKind.choices)
    file = forms.FileField(label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}))

    def __init__(self, *args: Any, megabytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("PDF, JPEG or PNG, at most %(most)s MB.") % {"most": megabytes}


class SubmitForm(_Answering):
    """`credit_code` is asked of an institution; a company has filed its own."""

    credit_code = forms.CharField(label=_("Unified social credit code"), max_length=18)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, institution: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not institution:
            del self.fields["credit_code"]


class DecisionForm(_Answering):
    reason = forms.CharField(
        label=_("What is to be mended"),
        max_length=1000,
        required=False,
        help_text=_("The organisation reads it word for word. Say which paper, and what is wrong with it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
