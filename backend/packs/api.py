"""Vocabularies, the attribute registry and the language of rules, for programs."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import examples
from backend.api.views import ApiView, read
from backend.eligibility.attributes import ATTRIBUTES, UNITS, Attribute
from backend.eligibility.rule import json_schema
from backend.packs import queries


@extend_schema_serializer(component_name="Label")
class LabelSerializer(serializers.Serializer):
    zh = serializers.CharField()
    en = serializers.CharField()


@extend_schema_serializer(component_name="Term")
class TermSerializer(serializers.Serializer):
    code = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    label = LabelSerializer()


@extend_schema_serializer(component_name="Vocabulary")
class VocabularySerializer(serializers.Serializer):
    scheme = serializers.CharField()
    terms = TermSerializer(many=True)


@extend_schema_serializer(component_name="VocabularyNames")
class VocabularyNamesSerializer(serializers.Serializer):
    schemes = serializers.ListField(child=serializers.CharField())


@extend_schema_serializer(component_name="Unit")
class UnitSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = LabelSerializer()
    factor = serializers.CharField(help_text="Multiply by this to get the base unit.")


@extend_schema_serializer(component_name="Attribute")
class AttributeSerializer(serializers.Serializer):
    key = serializers.CharField()
    subject = serializers.ChoiceField(["company", "need"])
    kind = serializers.ChoiceField(["number", "code", "codes", "tree", "flag"])
    label = LabelSerializer()
    source = serializers.ChoiceField(["declared", "authorised", "computed"])
    improvable = serializers.BooleanField()
    scheme = serializers.CharField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    units = UnitSerializer(many=True)
    decimals = serializers.IntegerField()


@extend_schema_serializer(component_name="AttributeRegistry")
class AttributeRegistrySerializer(serializers.Serializer):
    attributes = AttributeSerializer(many=True)


def _attribute(attribute: Attribute) -> dict[str, object]:
    dimension = UNITS[attribute.unit].dimension if attribute.unit else None
    return {
        "key": attribute.key,
        "subject": attribute.subject,
        "kind": attribute.kind,
        "label": attribute.label,
        "source": attribute.source,
        "improvable": attribute.improvable,
        "scheme": attribute.scheme,
        "unit": attribute.unit,
        "units": [
            {"key": unit.key, "label": unit.label, "factor": str(unit.factor)}
            for unit in UNITS.values()
            if unit.dimension == dimension
        ],
        "decimals": attribute.scale,
    }


SCHEME = OpenApiParameter("scheme", {"type": "string", "pattern": "^[a-z_]{1,40}$"}, OpenApiParameter.PATH)


class VocabulariesView(ApiView):
    permission_classes = [AllowAny]

    @read(
        VocabularyNamesSerializer,
        summary="Names of the vocabularies",
        tag="vocabularies",
        public=True,
        operation_id="vocabularies_list",
        example=examples.VOCABULARY_NAMES,
    )
    def get(self, request: Request) -> Response:
        return Response(VocabularyNamesSerializer({"schemes": queries.scheme_names()}).data)


class VocabularyView(ApiView):
    permission_classes = [AllowAny]

    @read(
        VocabularySerializer,
        summary="One vocabulary with its codes in their order",
        tag="vocabularies",
        public=True,
        parameters=[SCHEME],
        example=examples.VOCABULARY,
    )
    def get(self, request: Request, scheme: str) -> Response:
        return Response(VocabularySerializer({"scheme": scheme, "terms": queries.terms_of(scheme)}).data)


class AttributesView(ApiView):
    permission_classes = [AllowAny]

    @read(
        AttributeRegistrySerializer,
        summary="The attributes that rules ask about",
        tag="vocabularies",
        public=True,
        example=examples.ATTRIBUTES,
    )
    def get(self, request: Request) -> Response:
        rows = [_attribute(attribute) for attribute in ATTRIBUTES.values()]
        return Response(AttributeRegistrySerializer({"attributes": rows}).data)


class RuleSchemaView(ApiView):
    permission_classes = [AllowAny]

    @read(
        OpenApiTypes.OBJECT,
        summary="JSON Schema of an eligibility rule",
        tag="vocabularies",
        public=True,
        example=examples.RULE_SCHEMA,
    )
    def get(self, request: Request) -> Response:
        return Response(json_schema(queries.vocabulary()))
