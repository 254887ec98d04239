"""Serializers that every part of the API shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from backend.api.problem_codes import CODES, PROBLEM_CODES
from backend.eligibility.attributes import ATTRIBUTES, Attribute, Kind, Subject
from backend.eligibility.nearest import nearest


class InputSerializer(serializers.Serializer):
    """The body of a request. A key that it does not know is refused, so that no misspelt one is lost in silence.

    `answer` is the serializer of what the call answers: its other fields are the site's own, and a client that sends
    back what it read is told so.
    """

    answer: type[serializers.Serializer] | None = None

    def to_internal_value(self, data: Any) -> Any:
        extra = dict(self._extra(data)) if isinstance(data, Mapping) else {}
        try:
            given = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if extra and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **extra}) from error
            raise
        if extra:
            raise serializers.ValidationError(extra)
        return given

    def _extra(self, data: Mapping[str, Any]) -> Iterator[tuple[str, list[ErrorDetail]]]:
        known = list(self.fields.keys())
        answered = self.answer().fields.keys() if self.answer is not None else ()
        for key in data:
            if key in known:
                continue
            close = nearest(key, {name: None for name in known if name not in data})
            if key in answered:
                message = _("This cannot be changed here: leave it out.")
            elif close is not None:
                message = _("There is no such key here. Did you mean %(suggestion)s?") % {"suggestion": close}
            elif not known:
                message = _("This call takes no body.")
            else:
                message = _("There is no such key here; known are: %(known)s.") % {"known": ", ".join(known)}
            yield key[:80], [ErrorDetail(str(message), "extra_key")]


class NothingSerializer(InputSerializer):
    """The body of a call that takes none."""


@extend_schema_serializer(component_name="Reason")
class ReasonSerializer(InputSerializer):
    """The body of a call that gives something back, or takes it away: others read the reason."""

    reason = serializers.CharField(max_length=1000, help_text="Those concerned read it.")


@extend_schema_serializer(component_name="EventBy")
class EventBySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()


@extend_schema_serializer(component_name="Event")
class EventSerializer(serializers.Serializer):
    """One event of a life cycle; see docs/reference/life-cycles.md."""

    number = serializers.IntegerField(help_text="From 1, without gaps.")
    event = serializers.CharField()
    before = serializers.CharField(help_text="The state before; empty for the first.")
    after = serializers.CharField()
    at = serializers.DateTimeField()
    by = EventBySerializer(source="organisation", allow_null=True, help_text="Null where time alone did it.")
    note = serializers.CharField(help_text="The reason, in a person's own words.")
    data = serializers.DictField(help_text="What the event was about.")


@extend_schema_serializer(component_name="Events")
class EventsSerializer(serializers.Serializer):
    results = EventSerializer(many=True)


class _Closed(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes that a body takes no other keys."""

    target_class = InputSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return described | {"additionalProperties": False}


@extend_schema_field({"type": "string", "enum": list(CODES)})
class ProblemCodeField(serializers.CharField):
    """A code of `problem_codes`."""


@extend_schema_field({"type": "string", "enum": list(PROBLEM_CODES)})
class TopCodeField(serializers.CharField):
    """A code of `problem_codes` that has a status of its own."""


@extend_schema_serializer(component_name="FieldProblem")
class FieldProblemSerializer(serializers.Serializer):
    field = serializers.CharField(allow_blank=True, help_text="Path of the field; empty for the whole body.")
    code = ProblemCodeField(help_text="Stable; meant for programs.")
    message = serializers.CharField(help_text="For people, in the reader's language.")


@extend_schema_serializer(component_name="Problem")
class ProblemSerializer(serializers.Serializer):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = TopCodeField(help_text="Stable; meant for programs.")
    detail = serializers.CharField(required=False)
    errors = FieldProblemSerializer(many=True, required=False)


def value_schema(attribute: Attribute) -> dict[str, Any]:
    """JSON Schema of one attribute's value in the API."""
    described = {"description": f"{attribute.label.zh} · {attribute.label.en}"}
    if attribute.kind is Kind.NUMBER:
        return {"type": "string", "pattern": r"^-?\d{1,16}(\.\d{1,4})?$", "x-unit": attribute.unit, **described}
    if attribute.kind is Kind.FLAG:
        return {"type": "boolean", **described}
    if attribute.kind is Kind.CODES:
        return {"type": "array", "items": {"type": "string"}, "x-vocabulary": attribute.scheme, **described}
    return {"type": "string", "x-vocabulary": attribute.scheme, **described}


def facts_schema(subject: Subject) -> dict[str, Any]:
    """JSON Schema of the facts of a company or a need: what is unknown is left out or null."""
    return {
        "type": "object",
        "properties": {
            attribute.key: {"oneOf": [value_schema(attribute), {"type": "null"}]}
            for attribute in ATTRIBUTES.values()
            if attribute.subject is subject
        },
        "additionalProperties": False,
    }


class FactsField(serializers.JSONField):
    """A mapping of attribute keys to values; the services check each value."""

    default_error_messages = {"not_a_mapping": _("Give an object of attribute keys and values.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_mapping")
        return data


@extend_schema_field(facts_schema(Subject.COMPANY))
class CompanyFactsField(FactsField):
    pass


@extend_schema_field(facts_schema(Subject.NEED))
class NeedFactsField(FactsField):
    pass


_STORED_FACT = {
    "type": "object",
    "properties": {
        "value": {},
        "source": {"type": "string", "enum": ["declared", "authorised", "computed"]},
        "as_of": {"type": "string", "format": "date"},
    },
    "required": ["value", "source", "as_of"],
}


@extend_schema_field({"type": "object", "additionalProperties": _STORED_FACT})
class StoredFactsField(serializers.JSONField):
    """Facts as they are kept: each with its source and its date."""


@extend_schema_field(
    {
        "type": "object",
        "description": "An eligibility rule; see `/api/v1/rule-schema`.",
        "additionalProperties": True,
    }
)
class RuleField(serializers.JSONField):
    pass
