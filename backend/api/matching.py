"""Matches of a need, leads of a product, and the shelf of products over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.pages import PAGE_PARAMETERS, limit_of
from backend.api.views import ID, LANGUAGE, ApiView, read
from backend.matching import leads, services, shelf
from backend.matching.filters import LEAD_FILTERS, PRODUCT_FILTERS, FilterDefinition
from backend.needs.queries import need_visible_to
from backend.products.api import InstitutionSerializer, ProductFiling
from backend.products.queries import product_visible_to


@extend_schema_serializer(component_name="Freshness")
class FreshnessSerializer(serializers.Serializer):
    """Which engine answered, and how many changes it has yet to copy."""

    engine = serializers.CharField()
    standby = serializers.BooleanField()
    pending = serializers.IntegerField()
    oldest_pending_seconds = serializers.IntegerField(allow_null=True)


@extend_schema_serializer(component_name="Reason")
class ReasonSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()
    value = serializers.FloatField(help_text="0 to 1.")
    weight = serializers.DecimalField(max_digits=8, decimal_places=2)
    points = serializers.FloatField(help_text="Of the score's 100.")
    favourable = serializers.BooleanField()


@extend_schema_serializer(component_name="Finding")
class FindingSerializer(serializers.Serializer):
    path = serializers.CharField()
    attribute = serializers.CharField()
    state = serializers.ChoiceField(["met", "unmet", "unknown"])
    text = serializers.CharField()
    settled = serializers.BooleanField()


@extend_schema_serializer(component_name="Missing")
class MissingSerializer(serializers.Serializer):
    attribute = serializers.CharField()
    label = serializers.CharField()
    source = serializers.CharField()
    how = serializers.CharField()


@extend_schema_serializer(component_name="Gap")
class GapSerializer(serializers.Serializer):
    attribute = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()
    gap = serializers.CharField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    improvable = serializers.BooleanField()
    earliest = serializers.DateField(allow_null=True)


@extend_schema_serializer(component_name="ProductName")
class ProductNameSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    institution = InstitutionSerializer()


@extend_schema_serializer(component_name="Match")
class MatchSerializer(serializers.Serializer):
    product = ProductNameSerializer()
    score = serializers.FloatField()
    reasons = ReasonSerializer(many=True)
    findings = FindingSerializer(many=True)
    missing = MissingSerializer(many=True)
    gaps = GapSerializer(many=True)
    earliest = serializers.DateField(allow_null=True)


@extend_schema_serializer(component_name="Matches")
class MatchesSerializer(serializers.Serializer):
    eligible = MatchSerializer(many=True)
    missing = MatchSerializer(many=True)
    almost = MatchSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    freshness = FreshnessSerializer()


@extend_schema_serializer(component_name="LeadNeed")
class LeadNeedSerializer(serializers.Serializer):
    """What a lead shows of a need: not whose it is."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    term_months = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="Lead")
class LeadSerializer(serializers.Serializer):
    need = LeadNeedSerializer()
    group = serializers.ChoiceField(["eligible", "missing"])
    score = serializers.FloatField()
    reasons = ReasonSerializer(many=True)
    findings = FindingSerializer(many=True)
    missing = MissingSerializer(many=True)


@extend_schema_serializer(component_name="FacetValue")
class FacetValueSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    count = serializers.IntegerField()
    selected = serializers.BooleanField()


@extend_schema_serializer(component_name="Facet")
class FacetSerializer(serializers.Serializer):
    name = serializers.CharField()
    # `label` is taken by the serializer itself.
    values = FacetValueSerializer(many=True)


@extend_schema_serializer(component_name="LeadPage")
class LeadPageSerializer(serializers.Serializer):
    results = LeadSerializer(many=True)
    facets = FacetSerializer(many=True)
    total = serializers.IntegerField()
    next = serializers.CharField(source="next_cursor", allow_null=True)
    freshness = FreshnessSerializer()


@extend_schema_serializer(component_name="ShelfItem")
class ShelfItemSerializer(serializers.Serializer):
    product = ProductNameSerializer()


@extend_schema_serializer(component_name="Shelf")
class ShelfSerializer(serializers.Serializer):
    results = ShelfItemSerializer(many=True)
    facets = FacetSerializer(many=True)
    total = serializers.IntegerField()
    next = serializers.CharField(source="next_cursor", allow_null=True)
    freshness = FreshnessSerializer()


def _parameters(definitions: tuple[FilterDefinition, ...]) -> list[OpenApiParameter]:
    """The filters, as they are declared, and what every list takes."""
    filters = [
        OpenApiParameter(definition.name, str, many=True, description=f"{definition.label.zh} · {definition.label.en}")
        for definition in definitions
    ]
    return [*filters, OpenApiParameter("q", str, description="Words that the text holds."), *PAGE_PARAMETERS, LANGUAGE]


def _asked(request: Request) -> dict[str, Any]:
    return {
        "viewer": request.user,
        "today": timezone.localdate(),
        "language": get_language() or "zh-hans",
        "params": dict(request.query_params.lists()),
        "q": request.query_params.get("q", ""),
        "cursor": request.query_params.get("cursor", ""),
        "size": limit_of(request),
    }


class MatchesView(ApiView):
    @read(MatchesSerializer, summary="The products for a need, and why", tag="matches", parameters=[ID, LANGUAGE],
          also=(503,))  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        found = services.products_for(
            need_visible_to(request.user, id),
            viewer=request.user,
            today=timezone.localdate(),
            language=get_language() or "zh-hans",
        )
        return Response(MatchesSerializer(found).data)


class LeadsView(ApiView):
    @read(LeadPageSerializer, summary="The leads of a product, and why", tag="leads",
          parameters=[ID, *_parameters(LEAD_FILTERS)], also=(400, 503))  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        found = leads.leads_for(product_visible_to(request.user, id), **_asked(request))
        return Response(LeadPageSerializer(found).data)


class ShelfView(ProductFiling, ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @read(ShelfSerializer, operation_id="products_list", summary="The shelf of products", tag="products", public=True,
          parameters=_parameters(PRODUCT_FILTERS), also=(400, 503))  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(ShelfSerializer(shelf.products_search(**_asked(request))).data)
