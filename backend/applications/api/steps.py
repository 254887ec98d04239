"""The steps of a case over the API. Each names the version that was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from backend.accounts.models import User
from backend.api.serializers import InputSerializer
from backend.api.views import StateChangeView, post_of
from backend.applications import services
from backend.applications.api import examples
from backend.applications.api.shapes import MONEY, ApplicationSerializer
from backend.applications.api.talk import FileSerializer, papers_of
from backend.applications.models import Application
from backend.applications.queries import application_visible_to
from backend.applications.services.deciding import CONDITIONS_LIMIT, TEXT_LIMIT
from backend.applications.services.steps import LONGEST_NOTE
from backend.matching.cost import LONGEST_MONTHS


@extend_schema_serializer(component_name="CaseNote")
class NoteSerializer(InputSerializer):
    note = serializers.CharField(max_length=LONGEST_NOTE, help_text="Both sides read it.")


@extend_schema_serializer(component_name="CaseNoteIfAny")
class NoteIfAnySerializer(InputSerializer):
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


@extend_schema_serializer(component_name="MoreAsked")
class MoreSerializer(InputSerializer):
    documents = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=20, default=list, help_text="Of `document_kinds`."
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, help_text="What is wanted and why; the company reads it.")


@extend_schema_serializer(component_name="Answer")
class AnswerSerializer(InputSerializer):
    text = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    files = FileSerializer(many=True, required=False, default=list)


@extend_schema_serializer(component_name="RefusalInput")
class RefusalInputSerializer(InputSerializer):
    codes = serializers.ListField(
        child=serializers.CharField(max_length=40),
        min_length=1,
        max_length=4,
        help_text="Of `refusal_codes`, the weightiest first. 12 to 15 end the case without a refusal.",
    )
    sentence = serializers.CharField(max_length=LONGEST_NOTE, help_text="The company reads it.")
    other = serializers.CharField(
        max_length=TEXT_LIMIT, required=False, allow_blank=True, default="", help_text="With code 77."
    )


@extend_schema_serializer(component_name="OfferInput")
class OfferInputSerializer(InputSerializer):
    amount = serializers.DecimalField(**MONEY, help_text="At most what the need asks for.")
    term_months = serializers.IntegerField(min_value=1, max_value=LONGEST_MONTHS)
    rate = serializers.DecimalField(
        max_digits=7,
        decimal_places=4,
        min_value=0,
        max_value=100,
        allow_null=True,
        help_text="Per cent a year; at most that of the product when it was applied for. Null: no interest.",
    )
    terms = serializers.DictField(
        required=False,
        default=dict,
        help_text="repayment, subsidies, deposit, residual, loan_rate_cap.",
    )
    fees = serializers.ListField(child=serializers.DictField(), required=False, default=list, max_length=50)
    collateral = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=50
    )
    conditions = serializers.CharField(max_length=CONDITIONS_LIMIT, required=False, allow_blank=True, default="")
    valid_until = serializers.DateField()


class CaseStepView(StateChangeView):
    shown_by = ApplicationSerializer
    service: ClassVar[Callable[..., Any]]

    def change(self, *, actor: User, id: int, expected_version: int, **given: Any) -> Application:
        type(self).service(actor=actor, application_id=id, expected_version=expected_version, **self.arguments(**given))
        return application_visible_to(actor, id)

    def arguments(self, **given: Any) -> dict[str, Any]:
        """What the service takes of the body."""
        return given


_post = post_of(ApplicationSerializer, tag="applications")


@_post("Accept an application", examples.ACCEPTED, also=(503,))
class AcceptView(CaseStepView):
    service = staticmethod(services.application_accept)


@_post(
    "Note the first contact and begin due diligence",
    examples.DILIGENCE,
    body=NoteSerializer,
    example=examples.NOTE,
    also=(503,),
)
class DiligenceView(CaseStepView):
    takes = NoteSerializer
    service = staticmethod(services.diligence_begin)


@_post("Ask the company for papers", examples.MORE_ASKED, body=MoreSerializer, example=examples.MORE, also=(503,))
class AskMoreView(CaseStepView):
    takes = MoreSerializer
    service = staticmethod(services.application_ask_more)


@_post(
    "Hand in what was asked for",
    examples.DILIGENCE,
    body=AnswerSerializer,
    example=examples.NEW_MESSAGE,
    also=(503,),
)
class AnswerView(CaseStepView):
    takes = AnswerSerializer
    service = staticmethod(services.application_answer)

    def arguments(self, **given: Any) -> dict[str, Any]:
        return {"data": services.MessageInput(text=given["text"], papers=papers_of(given["files"]))}


@_post(
    "Go on without the papers asked for",
    examples.DILIGENCE,
    body=NoteIfAnySerializer,
    example=examples.NOTE,
    also=(503,),
)
class ResumeView(CaseStepView):
    takes = NoteIfAnySerializer
    service = staticmethod(services.application_resume)


@_post(
    "Make an offer, or one that takes the place of the last",
    examples.OFFERED,
    body=OfferInputSerializer,
    example=examples.NEW_OFFER,
    also=(503,),
)
class OfferView(CaseStepView):
    takes = OfferInputSerializer
    service = staticmethod(services.offer_make)

    def arguments(self, **given: Any) -> dict[str, Any]:
        return {"data": services.OfferInput(**given)}


@_post(
    "Close a case with one to four codes and a sentence",
    examples.REFUSED,
    body=RefusalInputSerializer,
    example=examples.REFUSAL_INPUT,
    also=(503,),
)
class RefuseView(CaseStepView):
    takes = RefusalInputSerializer
    service = staticmethod(services.application_refuse)

    def arguments(self, **given: Any) -> dict[str, Any]:
        return {"data": services.RefusalInput(**given)}


@_post("Withdraw an application", examples.WITHDRAWN, body=NoteIfAnySerializer, example=examples.NOTE)
class WithdrawView(CaseStepView):
    takes = NoteIfAnySerializer
    service = staticmethod(services.application_withdraw)


@_post("Decline an institution with thanks", examples.DECLINED, body=NoteIfAnySerializer, example=examples.NOTE)
class DeclineView(CaseStepView):
    takes = NoteIfAnySerializer
    service = staticmethod(services.application_decline)
