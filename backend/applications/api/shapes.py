"""How cases and what hangs on them look over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from backend.api.match_serializers import ProductNameSerializer
from backend.applications.case_file import CaseFile
from backend.applications.cycle import Status, expected_next
from backend.applications.models import Application, Attachment, Offer, RefusalReason
from backend.applications.offer_cost import offer_cost, unpublished_fees
from backend.applications.telling import reason_labels
from backend.products.api import InstitutionSerializer

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}
_TEXTS = {
    "type": "object",
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    "required": ["zh", "en"],
}


@extend_schema_field(_TEXTS)
class TextsField(serializers.JSONField):
    """A text in both languages."""


@extend_schema_serializer(component_name="ExpectedNext")
class ExpectedSerializer(serializers.Serializer):
    who = serializers.ChoiceField(["company", "institution"], allow_null=True, help_text="Null where nothing is.")
    what = serializers.CharField(help_text="In the reader's language.")
    by = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="CostLine")
class CostLineSerializer(serializers.Serializer):
    kind = serializers.CharField()
    payee = serializers.CharField()
    month = serializers.IntegerField(help_text="0 is the day of the disbursement.")
    due_on = serializers.DateField(help_text="As if it were paid out today.")
    amount = serializers.DecimalField(**MONEY, help_text="Below zero for what the company receives.")


@extend_schema_serializer(component_name="CostSheet")
class CostSheetSerializer(serializers.Serializer):
    annual_cost = serializers.DecimalField(max_digits=11, decimal_places=4, help_text="IRR of all flows, per cent.")
    total = serializers.DecimalField(**MONEY)
    lines = CostLineSerializer(many=True)


@extend_schema_serializer(component_name="Offer")
class OfferSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="From 1; a revised offer has the next one.")
    amount = serializers.DecimalField(**MONEY)
    term_months = serializers.IntegerField()
    rate = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    terms = serializers.DictField(help_text="repayment, subsidies, deposit, residual, loan_rate_cap.")
    fees = serializers.ListField(child=serializers.DictField())
    collateral = serializers.ListField(child=serializers.CharField())
    conditions = serializers.CharField()
    annual_cost = serializers.DecimalField(
        max_digits=11, decimal_places=4, allow_null=True, help_text="All-in, per cent a year; null where none is."
    )
    valid_until = serializers.DateField()
    made_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="ComparedOffer")
class ComparedOfferSerializer(OfferSerializer):
    """An offer beside others, with its cost sheet."""

    application = serializers.IntegerField(source="application_id")
    institution = InstitutionSerializer(source="application.institution")
    status = serializers.ChoiceField(Status.choices, source="application.status")
    cost = serializers.SerializerMethodField()
    unpublished_fees = serializers.SerializerMethodField(
        help_text="Kinds of fees that the product did not name when it was applied for."
    )

    @extend_schema_field(CostSheetSerializer(allow_null=True))
    def get_cost(self, offer: Offer) -> Any:
        found = offer_cost(offer, start=timezone.localdate())
        return None if found is None else CostSheetSerializer(found.sheet).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_unpublished_fees(self, offer: Offer) -> list[str]:
        return list(unpublished_fees(offer, offer.application.product_version.content))


@extend_schema_serializer(component_name="Application")
class ApplicationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField(help_text="What people quote.")
    need = serializers.IntegerField(source="need_id")
    company = serializers.CharField(source="need.company.name")
    product = ProductNameSerializer()
    status = serializers.ChoiceField(Status.choices)
    next = serializers.SerializerMethodField()
    decide_by = serializers.DateTimeField(help_text="When the decision is due; later by the time waited for papers.")
    handler = serializers.CharField(source="handler.username", allow_null=True, default=None)
    offer = OfferSerializer(allow_null=True, help_text="The offer that stands.")
    sent_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()

    @extend_schema_field(ExpectedSerializer)
    def get_next(self, case: Application) -> Any:
        return ExpectedSerializer(expected_next(case)).data


@extend_schema_serializer(component_name="ApplicationConsent")
class ConsentSerializer(serializers.Serializer):
    given_at = serializers.DateTimeField()
    text_version = serializers.IntegerField()
    language = serializers.CharField()
    text = serializers.CharField()
    recipients = serializers.ListField(
        child=serializers.DictField(), help_text="Institution and product; an institution reads its own alone."
    )
    shared = serializers.DictField(help_text="The very data that were handed over: company and need.")
    digest = serializers.CharField(help_text="SHA-256 over text, recipients and data.")


@extend_schema_serializer(component_name="RefusalReason")
class RefusalReasonSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Of the vocabulary `refusal_codes`.")
    label = serializers.SerializerMethodField()
    text = serializers.CharField(help_text="For code 77.")

    @extend_schema_field(serializers.CharField())
    def get_label(self, reason: RefusalReason) -> str:
        return reason_labels([reason.code])[0]


@extend_schema_serializer(component_name="Refusal")
class RefusalSerializer(serializers.Serializer):
    sentence = serializers.CharField()
    counts = serializers.BooleanField(help_text="Whether it is a refusal, or ended for a reason that is counted apart.")
    reasons = RefusalReasonSerializer(many=True)
    made_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="RepairTask")
class RepairTaskSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    application = serializers.IntegerField(source="application_id")
    code = serializers.CharField()
    problem = TextsField()
    department = TextsField()
    measure = TextsField()
    done_at = serializers.DateTimeField(allow_null=True)


class BookingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    reference = serializers.CharField(help_text="The institution's own number.")
    recorded_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Drawdown")
class DrawdownSerializer(BookingSerializer):
    amount = serializers.DecimalField(**MONEY)
    paid_on = serializers.DateField()
    bank_loan = serializers.BooleanField()
    borrowed_before = serializers.BooleanField(allow_null=True, help_text="Null where nobody knows.")
    evidence = serializers.DictField(help_text="grade A, B or C, source, as_of, inquiry; empty where nobody knows.")


@extend_schema_serializer(component_name="Repayment")
class RepaymentSerializer(BookingSerializer):
    principal = serializers.DecimalField(**MONEY)
    interest = serializers.DecimalField(**MONEY)
    paid_on = serializers.DateField()


@extend_schema_serializer(component_name="Reversal")
class ReversalSerializer(BookingSerializer):
    payout = serializers.IntegerField(source="drawdown_id", allow_null=True)
    repayment = serializers.IntegerField(source="repayment_id", allow_null=True)
    reason = serializers.CharField()


@extend_schema_serializer(component_name="CreditLine")
class LedgerSerializer(serializers.Serializer):
    """The line of a contract with its bookings, oldest first."""

    contract = serializers.CharField(source="line.contract")
    limit = serializers.DecimalField(**MONEY, source="line.limit")
    revolving = serializers.BooleanField(source="line.revolving")
    drawn = serializers.DecimalField(**MONEY, source="line.drawn", help_text="What stands of the payouts.")
    repaid = serializers.DecimalField(**MONEY, source="line.repaid", help_text="What stands of the principal repaid.")
    signed_on = serializers.DateField(source="line.signed_on")
    payouts = DrawdownSerializer(source="drawdowns", many=True)
    repayments = RepaymentSerializer(many=True)
    reversals = ReversalSerializer(many=True)


@extend_schema_serializer(component_name="CaseFile")
class CaseFileSerializer(ApplicationSerializer):
    """A case with all that hangs on it, as its reader may see it."""

    consent = ConsentSerializer()
    product_terms = serializers.DictField(help_text="The product as it was applied for.")
    offers = OfferSerializer(many=True, help_text="Newest first.")
    refusal = RefusalSerializer(allow_null=True)
    tasks = RepairTaskSerializer(many=True)
    line = LedgerSerializer(allow_null=True)


def shown_file(found: CaseFile) -> dict[str, Any]:
    """The answer for one case."""
    consent = ConsentSerializer(found.consent).data
    refusal = found.refusal and {
        **{name: getattr(found.refusal, name) for name in ("sentence", "counts", "made_at")},
        "reasons": found.reasons,
    }
    return {
        **ApplicationSerializer(found.case).data,
        "consent": {**consent, "recipients": found.recipients},
        "product_terms": found.case.product_version.content,
        "offers": OfferSerializer(found.offers, many=True).data,
        "refusal": RefusalSerializer(refusal).data if refusal else None,
        "tasks": RepairTaskSerializer(found.tasks, many=True).data,
        "line": LedgerSerializer(found.ledger).data if found.ledger else None,
    }


@extend_schema_serializer(component_name="Attachment")
class AttachmentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="Of `document_kinds`; empty where nobody said.")
    media_type = serializers.CharField(help_text="What the content is.")
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()


@extend_schema_serializer(component_name="CaseMessage")
class MessageSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    organisation = serializers.CharField(source="organisation.name")
    text = serializers.CharField()
    internal = serializers.BooleanField(help_text="A note that only the institution reads.")
    at = serializers.DateTimeField()
    attachments = serializers.SerializerMethodField()

    @extend_schema_field(AttachmentSerializer(many=True))
    def get_attachments(self, message: Any) -> Any:
        found: dict[int, list[Attachment]] = self.context.get("attachments", {})
        return AttachmentSerializer(found.get(message.pk, []), many=True).data


def by_message(attachments: Any) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    for one in attachments:
        found.setdefault(one.message_id, []).append(one)
    return found
