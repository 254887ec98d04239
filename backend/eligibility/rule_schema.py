"""The rule language as JSON Schema (2020-12), generated from the registry: for forms, editors and the API."""

from __future__ import annotations

from collections.abc import Mapping

from backend.eligibility.attributes import ATTRIBUTES, UNITS, Attribute, Kind
from backend.eligibility.nodes import MAX_CONDITIONS, MAX_DEPTH, OPS, Op
from backend.eligibility.vocabulary import CODE_PATTERN, Vocabulary

Json = dict[str, object]


def json_schema(vocabulary: Vocabulary | None = None) -> Json:
    """Everything that `rule.parse` accepts is valid here. What only `parse` sees: the total of conditions, bounds in
    other units than the base unit, and contradictions. With a vocabulary, codes are enumerated with their labels."""
    definitions: dict[str, object] = {
        "number": {
            "description": "A decimal in a string, or a whole number. Floats are refused: they are not exact.",
            "anyOf": [{"type": "string", "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,12})?$"}, {"type": "integer"}],
        },
        "condition": {"oneOf": [_ref(f"condition.{key}") for key in ATTRIBUTES]},
    }
    for scheme in sorted({attribute.scheme for attribute in ATTRIBUTES.values() if attribute.scheme}):
        definitions[f"code.{scheme}"] = _code(scheme, vocabulary)
    for attribute in ATTRIBUTES.values():
        definitions[f"condition.{attribute.key}"] = _condition(attribute)
    for depth in range(1, MAX_DEPTH + 1):
        definitions[f"group.{depth}"] = _group(depth)
    definitions["negated"] = _only("not", _ref("condition"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Eligibility rule",
        "description": f"At most {MAX_CONDITIONS} conditions; groups nest at most {MAX_DEPTH} deep.",
        "anyOf": [
            {"title": "Everybody", "type": "object", "maxProperties": 0},
            _ref("condition"),
            _ref("negated"),
            _ref("group.1"),
        ],
        "$defs": definitions,
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _only(name: str, content: object) -> Json:
    return {"type": "object", "properties": {name: content}, "required": [name], "additionalProperties": False}


def _group(depth: int) -> Json:
    choices = [_ref("condition"), _ref("negated")]
    if depth < MAX_DEPTH:
        choices.append(_ref(f"group.{depth + 1}"))
    nodes = {"type": "array", "minItems": 1, "maxItems": MAX_CONDITIONS, "items": {"anyOf": choices}}
    return {"anyOf": [_only("all", nodes), _only("any", nodes), _only("not", {"anyOf": choices[1:]})]}


def _code(scheme: str, vocabulary: Vocabulary | None) -> Json:
    if vocabulary is None or not vocabulary.knows(scheme):
        return {"type": "string", "pattern": f"^{CODE_PATTERN}$"}
    return {
        "oneOf": [
            {"const": code, "title": term.label.en, "x-title-zh": term.label.zh}
            for code, term in vocabulary.terms(scheme).items()
        ]
    }


def _condition(attribute: Attribute) -> Json:
    return {
        "title": attribute.label.en,
        "x-title-zh": attribute.label.zh,
        "oneOf": [_comparison(attribute, op) for op in OPS[attribute.kind]],
    }


def _comparison(attribute: Attribute, op: Op) -> Json:
    properties: dict[str, object] = {
        "attribute": {"const": attribute.key},
        "op": {"const": op.value},
        "value": _value(attribute, op),
    }
    if attribute.unit:
        dimension = UNITS[attribute.unit].dimension
        units: Mapping[str, object] = {
            "enum": [*(unit.key for unit in UNITS.values() if unit.dimension == dimension), None],
            "default": attribute.unit,
        }
        properties["unit"] = units
    else:
        properties["unit"] = {"type": "null"}
    return {
        "type": "object",
        "properties": properties,
        "required": ["attribute", "op", "value"],
        "additionalProperties": False,
    }


def _value(attribute: Attribute, op: Op) -> Json:
    if attribute.kind is Kind.FLAG:
        return {"type": "boolean"}
    if attribute.kind is Kind.NUMBER:
        if op is Op.BETWEEN:
            return {"type": "array", "items": _ref("number"), "minItems": 2, "maxItems": 2}
        return _ref("number")
    code = _ref(f"code.{attribute.scheme}")
    if op is Op.IS:
        return code
    codes: Json = {"type": "array", "items": code, "minItems": 1}
    return {"anyOf": [code, codes]} if op is Op.WITHIN else codes
