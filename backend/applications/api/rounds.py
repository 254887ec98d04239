"""Applications over the API: a round is sent, read, chosen from; what a refusal left to do."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.pages import PAGE_PARAMETERS, choices_of, choices_parameter, page, page_of
from backend.api.serializers import EventsSerializer, InputSerializer, NothingSerializer
from backend.api.views import ID, ApiView, read, write
from backend.applications import services
from backend.applications.api import examples
from backend.applications.api.shapes import (
    ApplicationSerializer,
    CaseFileSerializer,
    ComparedOfferSerializer,
    RepairTaskSerializer,
    TextsField,
    shown_file,
)
from backend.applications.case_file import case_file
from backend.applications.cycle import Status
from backend.applications.pack import consent_text, zone
from backend.applications.queries import application_visible_to, applications_visible_to, standing_offers
from backend.common.errors import InvalidInput
from backend.lifecycle.queries import events_of
from backend.needs.queries import need_visible_to

IDS: dict[str, Any] = {"min_value": 1, "max_value": 10**18 - 1}
NEED = OpenApiParameter("need", {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}, description="Of one need.")
ApplicationPageSerializer = page_of(ApplicationSerializer, "ApplicationPage")


@extend_schema_serializer(component_name="ConsentGiven")
class ConsentGivenSerializer(InputSerializer):
    agreed = serializers.BooleanField(help_text="Nothing is sent without.")
    text_version = serializers.IntegerField(min_value=1, max_value=10**9, help_text="Of the text that was read.")
    language = serializers.ChoiceField(["zh-hans", "en"], default="zh-hans")


@extend_schema_serializer(component_name="Round")
class RoundSerializer(InputSerializer):
    need = serializers.IntegerField(**IDS)
    products = serializers.ListField(child=serializers.IntegerField(**IDS), min_length=1, max_length=50)
    consent = ConsentGivenSerializer()


@extend_schema_serializer(component_name="Applications")
class ApplicationsSerializer(serializers.Serializer):
    results = ApplicationSerializer(many=True)


@extend_schema_serializer(component_name="ConsentText")
class ConsentTextSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    text = TextsField()


class ConsentTextView(ApiView):
    @read(
        ConsentTextSerializer,
        summary="The text that a company consents to when it applies",
        tag="applications",
        also=(503,),
        example=examples.CONSENT_TEXT,
    )
    def get(self, request: Request) -> Response:
        found = consent_text(timezone.now().astimezone(zone()).date())
        text = {"zh": found.text.zh, "en": found.text.en}
        return Response(ConsentTextSerializer({"version": found.version, "text": text}).data)


class ApplicationsView(ApiView):
    @read(
        ApplicationPageSerializer,
        operation_id="applications_list",
        summary="The cases that you may see",
        tag="applications",
        parameters=[choices_parameter("status", Status.values, "In which state."), NEED, *PAGE_PARAMETERS],
        also=(400,),
        example={"results": [examples.APPLICATION], "next": None},
    )
    def get(self, request: Request) -> Response:
        cases = applications_visible_to(request.user)
        if states := choices_of(request, "status", Status.values):
            cases = cases.filter(status__in=states)
        if need := _need(request):
            cases = cases.filter(need=need)
        rows, following = page(request, cases)
        return Response(ApplicationPageSerializer({"results": rows, "next": following}).data)

    @write(
        RoundSerializer,
        ApplicationsSerializer,
        summary="Apply to several institutions with one consent",
        tag="applications",
        success=201,
        also=(503,),
        example=examples.ROUND,
        answer=examples.SENT,
        description="One case for each product. All are sent, or none.",
    )
    def post(self, request: Request) -> Response:
        given = RoundSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data

        def perform() -> Response:
            data = services.SendInput(need_id=said["need"], product_ids=said["products"], **said["consent"])
            cases = services.applications_send(actor=self.actor(request), data=data)
            return Response(ApplicationsSerializer({"results": cases}).data, status=201)

        return self.once(request, perform)


class ApplicationView(ApiView):
    @read(
        CaseFileSerializer,
        summary="One case with all that hangs on it",
        tag="applications",
        parameters=[ID],
        example=examples.CASE_FILE,
        description="That somebody of the institution read it is noted, and the company sees who.",
    )
    def get(self, request: Request, id: int) -> Response:
        found = case_file(request.user, int(id))
        services.case_looked(actor=self.actor(request), application_id=found.case.pk)
        return self.versioned(shown_file(found), found.case.version)


class ApplicationEventsView(ApiView):
    @read(
        EventsSerializer,
        summary="What happened in a case",
        tag="applications",
        parameters=[ID],
        example={"results": [examples.EVENT]},
    )
    def get(self, request: Request, id: int) -> Response:
        events = events_of(application_visible_to(request.user, int(id)))
        return Response(EventsSerializer({"results": events}).data)


@extend_schema_serializer(component_name="ComparedOffers")
class ComparedOffersSerializer(serializers.Serializer):
    results = ComparedOfferSerializer(many=True)


@extend_schema_serializer(component_name="Choice")
class ChoiceSerializer(InputSerializer):
    offers = serializers.ListField(
        child=serializers.IntegerField(**IDS), min_length=1, max_length=50, help_text="Those that were read."
    )
    keep_others = serializers.BooleanField(
        default=False, help_text="Others may go on while less than the need's amount is chosen."
    )


class NeedOffersView(ApiView):
    @read(
        ComparedOffersSerializer,
        summary="The offers for a need side by side, the cheapest first",
        tag="applications",
        parameters=[ID],
        example=examples.COMPARED,
    )
    def get(self, request: Request, id: int) -> Response:
        need = need_visible_to(request.user, int(id))
        return Response(ComparedOffersSerializer({"results": compared(request.user, need.pk)}).data)


class NeedChoiceView(ApiView):
    @write(
        ChoiceSerializer,
        ApplicationsSerializer,
        summary="Choose one or several offers",
        tag="applications",
        identified=True,
        example=examples.CHOICE,
        answer=examples.CHOSEN_CASES,
        description="With what is chosen already they do not exceed the need. The rest are closed with thanks.",
    )
    def post(self, request: Request, id: int) -> Response:
        given = ChoiceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data

        def perform() -> Response:
            data = services.ChoiceInput(offer_ids=said["offers"], keep_others=said["keep_others"])
            cases = services.offers_choose(actor=self.actor(request), need_id=int(id), data=data)
            return Response(ApplicationsSerializer({"results": cases}).data)

        return self.once(request, perform)


class RepairTaskDoneView(ApiView):
    @write(
        None,
        RepairTaskSerializer,
        summary="Say that a task left by a refusal is done",
        tag="applications",
        identified=True,
        answer=examples.DONE_TASK,
        description="With the last task of a case the need is matched again. Said twice, the first time counts.",
    )
    def post(self, request: Request, id: int) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)

        def perform() -> Response:
            task = services.repair_task_done(actor=self.actor(request), task_id=int(id))
            return Response(RepairTaskSerializer(task).data)

        return self.once(request, perform)


def compared(viewer: Any, need_id: int) -> list[Any]:
    """The standing offers of a need, each knowing its case."""
    found = []
    for case in standing_offers(viewer, need_id):
        if case.offer is not None:
            case.offer.application = case
            found.append(case.offer)
    return found


def _need(request: Request) -> int | None:
    text = request.query_params.get("need")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 18 and int(text)):
        raise InvalidInput(_("need is the number of a need."), code="unknown_choice", field="need")
    return int(text)
