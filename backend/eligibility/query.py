"""A rule as a query over need documents, exact in both directions, and the part of those documents that it asks.

Need documents hold, under the attribute's key: NUMBER ticks · FLAG `true`/`false` · CODE and TREE the code, and TREE
under `<key>_path` the code with its ancestors · CODES the codes, `-` for the known empty set. Unknown: no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Kind
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Op, Rule
from backend.eligibility.vocabulary import Vocabulary
from search import query
from search.query import Exists, Query, Range, Terms
from search.schema import FieldKind, FieldValue, SearchField

EMPTY_SET = "-"


def path_field(attribute: Attribute) -> str:
    """The field of a TREE attribute that holds the code with its ancestors."""
    return f"{attribute.key}_path"


def met(rule: Rule) -> Query:
    """The needs whose verdict is met."""
    match rule:
        case Condition():
            return _asked(rule)
        case NotOf(node):
            return unmet(node)
        case AllOf(nodes):
            return query.All(tuple(met(node) for node in nodes)) if nodes else query.Everything()
        case AnyOf(nodes):
            return query.Any(tuple(met(node) for node in nodes))


def unmet(rule: Rule) -> Query:
    """The needs whose verdict is unmet: a condition is unmet only by a fact that is there."""
    match rule:
        case Condition(attribute):
            return query.All((Exists(attribute.key), query.Not(_asked(rule))))
        case NotOf(node):
            return met(node)
        case AllOf(nodes):
            return query.Any(tuple(unmet(node) for node in nodes)) if nodes else query.Nothing()
        case AnyOf(nodes):
            return query.All(tuple(unmet(node) for node in nodes))


def possible(rule: Rule) -> Query:
    """The needs whose verdict is met or unknown, which is: not unmet.

    The negation is carried down to the conditions, so that engines meet a conjunction of filters.
    """
    match rule:
        case Condition(attribute):
            return query.Any((_asked(rule), query.Not(Exists(attribute.key))))
        case NotOf(node):
            return query.Not(met(node))
        case AllOf(nodes):
            return query.All(tuple(possible(node) for node in nodes)) if nodes else query.Everything()
        case AnyOf(nodes):
            return query.Any(tuple(possible(node) for node in nodes))


def _asked(condition: Condition) -> Query:
    attribute = condition.attribute
    match attribute.kind:
        case Kind.NUMBER:
            return Range(attribute.key, *condition.tick_bounds)
        case Kind.FLAG:
            return Terms(attribute.key, (flag_token(condition.value is True),))
    codes = tuple(sorted(condition.codes))
    if condition.op is Op.ALL_OF and len(codes) > 1:
        return query.All(tuple(Terms(attribute.key, (code,)) for code in codes))
    return Terms(path_field(attribute) if condition.op is Op.WITHIN else attribute.key, codes)


def flag_token(flag: bool) -> str:
    return "true" if flag else "false"


def need_fields() -> tuple[SearchField, ...]:
    """The fields of need documents that the registry gives."""
    return tuple(_need_fields())


def _need_fields() -> Iterator[SearchField]:
    for attribute in ATTRIBUTES.values():
        if attribute.kind is Kind.NUMBER:
            yield SearchField(attribute.key, FieldKind.INTEGER)
        else:
            yield SearchField(attribute.key, FieldKind.KEYWORD, many=attribute.kind is Kind.CODES)
        if attribute.kind is Kind.TREE:
            yield SearchField(path_field(attribute), FieldKind.KEYWORD, many=True)


def product_fields() -> tuple[SearchField, ...]:
    """The fields of product documents that the registry gives; `envelope.document_fields` fills them."""
    return tuple(
        SearchField(attribute.key, FieldKind.INTERVAL)
        if attribute.kind is Kind.NUMBER
        else SearchField(attribute.key, FieldKind.KEYWORD, many=True)
        for attribute in ATTRIBUTES.values()
    )


def need_document_part(facts: Facts, vocabulary: Vocabulary) -> dict[str, FieldValue]:
    """What `facts` (normalised) put into a need document."""
    part: dict[str, FieldValue] = {}
    for key, value in facts.items():
        attribute = ATTRIBUTES[key]
        match value:
            case bool():
                part[key] = flag_token(value)
            case Decimal():
                part[key] = attribute.ticks(value)
            case str():
                part[key] = value
                if attribute.kind is Kind.TREE:
                    part[path_field(attribute)] = list(vocabulary.path(attribute.scheme or "", value))
            case frozenset():
                part[key] = sorted(value) or [EMPTY_SET]
    return part
