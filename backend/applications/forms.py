"""What people type on a case's page: one form for each step, and what the service takes of it.

A step's form has the fields that its service names; the service's own refusal lands at the field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.applications.first_loan import INQUIRY_LIMIT, FirstLoan
from backend.applications.models import Application
from backend.applications.papers import EXTENSIONS
from backend.applications.services import (
    ContractInput,
    MessageInput,
    Paper,
    PayoutInput,
    RefusalInput,
    RepaymentInput,
    ReversalInput,
)
from backend.applications.services.bookings import REFERENCE_LIMIT
from backend.applications.services.deciding import TEXT_LIMIT
from backend.applications.services.reversing import REASON_LIMIT
from backend.applications.services.steps import LONGEST_NOTE
from backend.applications.services.talking import LONGEST
from backend.common.errors import DomainError
from backend.eligibility.facts import canonical
from backend.products.forms import Offered
from backend.site.attribute_fields import NumberField

WAN = Decimal(10_000)
ACCEPT = ",".join(ending for endings in EXTENSIONS.values() for ending in endings)


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; none is an empty list."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in given]


class StepForm(forms.Form):
    """`case`: the case that it is about; `offered`: what its fields choose from, and their units."""

    places: ClassVar[Mapping[str, str]] = {}
    """Paths of the service's input → fields of the form, where they are called otherwise."""

    def __init__(
        self, data: Any = None, files: Any = None, *, case: Application, offered: Offered, **more: Any
    ) -> None:
        super().__init__(data, files, **more)
        self.case, self.offered = case, offered
        self.arrange()
        if self.field_order is not None:
            self.order_fields(self.field_order)

    def arrange(self) -> None:
        """Fields that depend on the case."""

    def arguments(self) -> dict[str, Any]:
        """What the service is called with."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

    def take_up(self, error: DomainError) -> None:
        """Put the service's refusal at its field, or at the head of the form."""
        path = error.field or ""
        root = path.partition("[")[0]
        name = self.places.get(path) or self.places.get(root) or root.rpartition(".")[2]
        self.add_error(name if name in self.fields else None, error.message)

    @property
    def unit(self) -> str:
        return self.offered.money

    @property
    def ten_thousands(self) -> str:
        return self.offered.ten_thousands


def _note(label: Any, *, required: bool, hint: Any = "") -> forms.CharField:
    """`label` and `hint` are lazy translations."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_NOTE,
        help_text=hint,
        widget=forms.Textarea({"rows": 3}),
    )


class NothingForm(StepForm):
    """A step that is taken by its button alone."""


class BeginForm(StepForm):
    note = _note(_("How did you reach the company, and whom?"), required=True, hint=_("Both sides read it."))


class AskForm(StepForm):
    documents = forms.MultipleChoiceField(
        label=_("Papers"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    note = _note(
        _("What do you need, and why?"),
        required=True,
        hint=_("The company reads it. Ask for everything at once; the deadline of the decision waits for as long."),
    )

    def arrange(self) -> None:
        """The papers that the product names come first."""
        named = [str(code) for code in self.case.product_version.content.get("documents", [])]
        choices = dict(self.offered.choices("document_kinds"))
        ordered = [code for code in named if code in choices] + [code for code in choices if code not in named]
        self.fields["documents"].choices = [(code, choices[code]) for code in ordered]  # type: ignore[attr-defined]
        self.named = len([code for code in named if code in choices])


class ResumeForm(StepForm):
    note = _note(_("A word to the company"), required=False, hint=_("For instance by which way you had the papers."))


class PostForm(StepForm):
    text = forms.CharField(label=_("Message"), required=False, max_length=LONGEST, widget=forms.Textarea({"rows": 4}))
    places: ClassVar[Mapping[str, str]] = {"files": "papers"}
    papers = FilesField(label=_("Files"), required=False, widget=Files({"accept": ACCEPT, "multiple": True}))
    kind = forms.ChoiceField(label=_("What the files are"), required=False, choices=[])

    def arrange(self) -> None:
        self.fields["kind"].choices = [("", _("Not stated")), *self.offered.choices("document_kinds")]  # type: ignore[attr-defined]

    def message(self) -> MessageInput:
        given = self.cleaned_data
        return MessageInput(
            text=given["text"],
            internal=bool(given.get("internal")),
            papers=tuple(_paper(one, given["kind"]) for one in given["papers"]),
        )

    def arguments(self) -> dict[str, Any]:
        return {"data": self.message()}


class AnswerForm(PostForm):
    """What was asked for, with words or papers."""


class NoteForm(PostForm):
    """For the institution, which keeps notes of its own."""

    internal = forms.BooleanField(label=_("A note for our own people: the company does not see it"), required=False)


class RefuseForm(StepForm):
    codes_field: ClassVar[tuple[str, ...]] = ("first", "second", "third", "fourth")
    places: ClassVar[Mapping[str, str]] = {
        "codes": "first",
        **{f"codes[{place}]": name for place, name in enumerate(("first", "second", "third", "fourth"))},
    }
    first = forms.ChoiceField(label=_("Reason that weighs most"), choices=[])
    second = forms.ChoiceField(label=_("Second reason"), required=False, choices=[])
    third = forms.ChoiceField(label=_("Third reason"), required=False, choices=[])
    fourth = forms.ChoiceField(label=_("Fourth reason"), required=False, choices=[])
    other = forms.CharField(
        label=_("What “other” means"), required=False, max_length=TEXT_LIMIT, help_text=_("Needed with “other”.")
    )
    sentence = _note(
        _("Why, in a sentence"),
        required=True,
        hint=_("The company reads it. Say what was found and what would change it, not a score."),
    )

    def arrange(self) -> None:
        self.narrow(None)

    def narrow(self, codes: Collection[str] | None) -> None:
        """Only these codes can be chosen; all of the vocabulary with None."""
        choices = [one for one in self.offered.choices("refusal_codes") if codes is None or one[0] in codes]
        for name in self.codes_field:
            said = _("Please choose") if name == "first" else _("None")
            self.fields[name].choices = [("", said), *choices]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        codes = [given[name] for name in self.codes_field if given[name]]
        return {"data": RefusalInput(codes=codes, sentence=given["sentence"], other=given["other"])}


class GiveUpForm(StepForm):
    """Withdrawing and declining: a word is welcome and not needed."""

    note = _note(_("A word to the institution"), required=False)


class CancelForm(StepForm):
    note = _note(_("Why is the contract given up?"), required=True, hint=_("Both sides read it."))


def _sum(label: Promise, unit: str, *, places: int = 2, required: bool = True) -> NumberField:
    return NumberField(
        unit=unit, label=label, required=required, min_value=Decimal(0), max_digits=16 + places, decimal_places=places
    )


class ContractForm(StepForm):
    """The credit line is typed in ten thousands, as offers are."""

    field_order = ("contract", "amount", "signed_on")
    contract = forms.CharField(label=_("Contract number"), max_length=REFERENCE_LIMIT)
    signed_on = forms.DateField(label=_("Signed on"), widget=Day())

    def arrange(self) -> None:
        self.fields["amount"] = _sum(_("Credit line"), self.ten_thousands, places=6)

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        data = ContractInput(contract=given["contract"], amount=given["amount"] * WAN, signed_on=given["signed_on"])
        return {"data": data}


YES, NO = "yes", "no"


class PayoutForm(StepForm):
    """Bookings are typed in full, to the fen."""

    field_order = ("reference", "amount", "paid_on", "borrowed", "inquired_on", "inquiry")
    places: ClassVar[Mapping[str, str]] = {"first.inquired_on": "inquired_on", "first.inquiry": "inquiry"}
    reference = forms.CharField(
        label=_("Reference number"),
        max_length=REFERENCE_LIMIT,
        help_text=_("Your own number of this booking. The same one sent twice is booked once."),
    )
    paid_on = forms.DateField(label=_("Paid on"), widget=Day())
    borrowed = forms.ChoiceField(
        label=_("Had the company a bank loan before?"),
        required=False,
        choices=[("", _("We did not inquire")), (NO, _("No: this is its first")), (YES, _("Yes"))],
        help_text=_("As the credit system says, and not our own records: it decides whether this is a first loan."),
    )
    inquired_on = forms.DateField(label=_("Day of the inquiry"), required=False, widget=Day())
    inquiry = forms.CharField(label=_("Number of the inquiry"), required=False, max_length=INQUIRY_LIMIT)

    def arrange(self) -> None:
        self.fields["amount"] = _sum(_("Amount paid out"), self.unit)

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        first = FirstLoan()
        if given["borrowed"]:
            first = FirstLoan(
                borrowed=given["borrowed"] == YES, inquired_on=given["inquired_on"], inquiry=given["inquiry"]
            )
        data = PayoutInput(reference=given["reference"], amount=given["amount"], paid_on=given["paid_on"], first=first)
        return {"data": data}


class RepaymentForm(StepForm):
    field_order = ("reference", "principal", "interest", "paid_on")
    reference = forms.CharField(label=_("Reference number"), max_length=REFERENCE_LIMIT)
    paid_on = forms.DateField(label=_("Paid on"), widget=Day())

    def arrange(self) -> None:
        self.fields["principal"] = _sum(_("Principal"), self.unit, required=False)
        self.fields["interest"] = _sum(_("Interest"), self.unit, required=False)

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "data": RepaymentInput(
                reference=given["reference"],
                principal=given["principal"] or Decimal(0),
                interest=given["interest"] or Decimal(0),
                paid_on=given["paid_on"],
            )
        }


class ReverseForm(StepForm):
    """`booking`: d12 for a disbursement, r7 for a repayment; those that stand."""

    booking = forms.ChoiceField(label=_("Booking to take back"), choices=[])
    reference = forms.CharField(label=_("Reference number of the reversal"), max_length=REFERENCE_LIMIT)
    reason = forms.CharField(label=_("Why?"), max_length=REASON_LIMIT)

    def offer(self, bookings: Sequence[tuple[str, str]]) -> None:
        self.fields["booking"].choices = bookings  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        data = ReversalInput(booking=int(given["booking"][1:]), reference=given["reference"], reason=given["reason"])
        return {"data": data}


def _paper(one: UploadedFile, kind: str) -> Paper:
    return Paper(name=one.name or "", content=one.read(), kind=kind)


def typed_amount(amount: Decimal | None) -> str:
    """An amount as it is typed into a field of ten thousands."""
    return "" if amount is None else canonical(amount / WAN)
