"""Needs over the API."""

from __future__ import annotations

from dataclasses import replace

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from backend.api import examples
from backend.api.pages import PAGE_PARAMETERS, choices_of, choices_parameter, page, page_of
from backend.api.serializers import InputSerializer, NeedFactsField, StoredFactsField
from backend.api.views import ID, ApiView, read, write
from backend.companies.facts import merged
from backend.needs import checks, services
from backend.needs.models import Need
from backend.needs.queries import need_visible_to, needs_visible_to


@extend_schema_serializer(component_name="NeedWording")
class NeedWordingSerializer(serializers.Serializer):
    title = serializers.CharField(help_text="Empty only for a draft.")
    description = serializers.CharField()
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, allow_null=True, help_text="Null only for a draft."
    )
    term_months = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField()
    facts = StoredFactsField()


@extend_schema_serializer(component_name="Need")
class NeedSerializer(NeedWordingSerializer):
    id = serializers.IntegerField()
    company = serializers.IntegerField(source="company_id")
    status = serializers.ChoiceField(Need.Status.choices)
    opened_at = serializers.DateTimeField(allow_null=True)
    verify_by = serializers.DateField(allow_null=True, help_text="The day by which a submitted need is checked.")
    expires_on = serializers.DateField(allow_null=True, help_text="The last day of an open need.")
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="NeedChange")
class NeedChangeSerializer(InputSerializer):
    answer = NeedSerializer

    title = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=checks.TITLE_LIMIT,
        help_text="Left empty, it is made of purpose and amount when the need is opened.",
    )
    amount = serializers.DecimalField(
        required=False,
        allow_null=True,
        max_digits=18,
        decimal_places=2,
        help_text="In the deployment's currency. A draft may lack it; an open need may not.",
    )
    term_months = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=checks.TERM_LIMIT)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=40)
    description = serializers.CharField(required=False, allow_blank=True, max_length=checks.DESCRIPTION_LIMIT)
    facts = NeedFactsField(required=False)


@extend_schema_serializer(component_name="NeedInput")
class NeedInputSerializer(NeedChangeSerializer):
    company = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


NeedPageSerializer = page_of(NeedSerializer, "NeedPage")


class NeedsView(ApiView):
    @read(
        NeedPageSerializer,
        operation_id="needs_list",
        summary="The needs that you may see",
        tag="needs",
        parameters=[choices_parameter("status", Need.Status.values, "In which state."), *PAGE_PARAMETERS],
        also=(400,),
        example={"results": [examples.NEED], "next": None},
    )
    def get(self, request: Request) -> Response:
        needs = needs_visible_to(request.user)
        states = choices_of(request, "status", Need.Status.values)
        rows, following = page(request, needs.filter(status__in=states) if states else needs)
        return Response(NeedPageSerializer({"results": rows, "next": following}).data)

    @write(
        NeedInputSerializer,
        NeedSerializer,
        summary="File a need as a draft",
        tag="needs",
        success=201,
        example=examples.NEW_NEED,
        answer=examples.NEED,
    )
    def post(self, request: Request) -> Response:
        given = NeedInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        company_id = given.validated_data.pop("company")

        def perform() -> Response:
            need = services.need_create(
                actor=self.actor(request), company_id=company_id, data=services.NeedInput(**given.validated_data)
            )
            location = reverse("api:need", args=[need.pk], request=request)
            return self.versioned(NeedSerializer(need).data, need.version, status=201, location=location)

        return self.once(request, perform)


class NeedView(ApiView):
    @read(NeedSerializer, summary="One need", tag="needs", parameters=[ID], example=examples.NEED)
    def get(self, request: Request, id: int) -> Response:
        need = need_visible_to(request.user, id)
        return self.versioned(NeedSerializer(need).data, need.version)

    @write(
        NeedChangeSerializer(partial=True),
        NeedSerializer,
        summary="Change a need",
        tag="needs",
        versioned=True,
        example={"amount": "2500000.00"},
        answer=examples.CHANGED_NEED,
        description="Fields left out stay as they are, and so do `facts` that are left out; null erases a fact.",
    )
    def patch(self, request: Request, id: int) -> Response:
        expected = self.expected_version(request)
        given = NeedChangeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            before = services.NeedInput.of(need_visible_to(request.user, id))
            changes = given.validated_data
            if "facts" in changes:
                changes = {**changes, "facts": merged(before.facts, changes["facts"])}
            need = services.need_update(
                actor=self.actor(request),
                need_id=id,
                data=replace(before, **changes),
                expected_version=expected,
            )
            return self.versioned(NeedSerializer(need).data, need.version)

        return self.once(request, perform)
