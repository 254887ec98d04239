"""Companies over the API."""

from __future__ import annotations

from dataclasses import replace

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from backend.api import examples
from backend.api.pages import PAGE_PARAMETERS, page, page_of
from backend.api.serializers import CompanyFactsField, InputSerializer, StoredFactsField
from backend.api.views import ID, ApiView, read, write
from backend.companies import services
from backend.companies.facts import merged
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to, company_visible_to


@extend_schema_serializer(component_name="Company")
class CompanySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    credit_code = serializers.CharField()
    credit_code_checked = serializers.BooleanField()
    founded_on = serializers.DateField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True, help_text="When an officer saw who it is.")
    facts = StoredFactsField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="CompanyInput")
class CompanyInputSerializer(InputSerializer):
    answer = CompanySerializer

    name = serializers.CharField(max_length=200)
    credit_code = serializers.CharField(max_length=18, help_text="统一社会信用代码, GB 32100.")
    founded_on = serializers.DateField(required=False, allow_null=True)
    facts = CompanyFactsField(required=False)
    credit_code_proof = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text="Needed where the code's check character is wrong."
    )


CompanyPageSerializer = page_of(CompanySerializer, "CompanyPage")


class CompaniesView(ApiView):
    @read(
        CompanyPageSerializer,
        operation_id="companies_list",
        summary="The companies that you may see",
        tag="companies",
        parameters=PAGE_PARAMETERS,
        also=(400,),
        example={"results": [examples.COMPANY], "next": None},
    )
    def get(self, request: Request) -> Response:
        rows, following = page(request, companies_visible_to(request.user))
        return Response(CompanyPageSerializer({"results": rows, "next": following}).data)

    @write(
        CompanyInputSerializer,
        CompanySerializer,
        summary="File a company",
        tag="companies",
        success=201,
        example=examples.NEW_COMPANY,
        answer=examples.COMPANY,
    )
    def post(self, request: Request) -> Response:
        given = CompanyInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            company = services.company_create(
                actor=self.actor(request), data=services.CompanyInput(**given.validated_data)
            )
            return self._answer(request, company, status=201)

        return self.once(request, perform)

    def _answer(self, request: Request, company: Company, *, status: int) -> Response:
        location = reverse("api:company", args=[company.pk], request=request)
        return self.versioned(CompanySerializer(company).data, company.version, status=status, location=location)


class CompanyView(ApiView):
    @read(CompanySerializer, summary="One company", tag="companies", parameters=[ID], example=examples.COMPANY)
    def get(self, request: Request, id: int) -> Response:
        company = company_visible_to(request.user, id)
        return self.versioned(CompanySerializer(company).data, company.version)

    @write(
        CompanyInputSerializer(partial=True),
        CompanySerializer,
        summary="Change a company",
        tag="companies",
        versioned=True,
        example={"name": "鼎泰精密科技有限公司"},
        answer=examples.CHANGED_COMPANY,
        description="Fields left out stay as they are, and so do `facts` that are left out; null erases a fact.",
    )
    def patch(self, request: Request, id: int) -> Response:
        expected = self.expected_version(request)
        given = CompanyInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            before = services.CompanyInput.of(company_visible_to(request.user, id))
            changes = given.validated_data
            if "facts" in changes:
                changes = {**changes, "facts": merged(before.facts, changes["facts"])}
            company = services.company_update(
                actor=self.actor(request),
                company_id=id,
                data=replace(before, **changes),
                expected_version=expected,
            )
            return self.versioned(CompanySerializer(company).data, company.version)

        return self.once(request, perform)
