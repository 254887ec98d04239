"""What both engines check before they act, so that they refuse the same requests and documents for the same reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.names import entries
from search.port import BadQuery, Write
from search.query import (
    All,
    Any,
    AtLeast,
    Covers,
    Everything,
    Exists,
    Facet,
    Not,
    Nothing,
    Prefix,
    Query,
    Range,
    Request,
    Terms,
    Text,
)
from search.schema import Document, FieldKind, FieldValue, Schema, SearchField
from search.text import Segmenter

OPEN_LOW, OPEN_HIGH = -(2**63), 2**63 - 1
"""The ends of an INTERVAL without limit, as indexed. No value reaches them."""

LARGEST_PAGE = 10_000
_LONGEST_KEYWORD = 1000  # characters; both engines index terms of at least 32,000 bytes
_LARGEST_WEIGHT = 2**16  # keeps sums of weights exact in the engines' 32-bit scores
_LARGEST_BUCKET = 2**53  # the engines compare bucket limits as 64-bit floats

Prepared = Mapping[str, str | int | list[str] | tuple[int, int]]
"""A document ready for an engine: KEYWORD list[str] without repetition, NAMES the entries
of each name, INTEGER int, INTERVAL (low, high) with open
ends written out, TEXT its distinct tokens joined by spaces, STORED str. Fields without a value are left out."""


class _Unfit(ValueError):
    """A document's value does not suit its field; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """A write whose document has been prepared."""

    id: int
    version: int
    document: Prepared | None
    routing: str | None


def prepare(
    schema: Schema, writes: Iterable[Write], segmenter: Segmenter, known: frozenset[str] | None = None
) -> tuple[list[Change], dict[int, str]]:
    """The writes in engine form, and the reason for each id whose document does not fit.

    `known`: the fields of an index made for an older mapping; other fields are left out until the rebuild.
    """
    changes: list[Change] = []
    failed: dict[int, str] = {}
    for write in writes:
        try:
            if write.id < 0 or write.version < 0:
                raise _Unfit("ids and versions are not negative")
            document = None if write.document is None else _prepared(schema, write.document, segmenter)
        except _Unfit as reason:
            failed[write.id] = str(reason)
            continue
        if document is not None and known is not None:
            document = {name: value for name, value in document.items() if name in known}
        changes.append(Change(write.id, write.version, document, write.routing))
    return changes, failed


def _prepared(schema: Schema, document: Document, segmenter: Segmenter) -> Prepared:
    ready: dict[str, str | int | list[str] | tuple[int, int]] = {}
    for name, value in document.items():
        if value is None:
            continue
        one = schema.by_name.get(name)
        if one is None:
            raise _Unfit(f"{schema.name} has no field {name!r}")
        prepared = _value(one, value, segmenter)
        if prepared not in ([], ""):
            ready[name] = prepared
    return ready


def _value(one: SearchField, value: FieldValue, segmenter: Segmenter) -> str | int | list[str] | tuple[int, int]:
    if one.kind is FieldKind.KEYWORD:
        return _keywords(one, value)
    if one.kind is FieldKind.NAMES and isinstance(value, list):
        return list(dict.fromkeys(entry for name in _keywords(one, value) for entry in entries(name)))
    if one.kind is FieldKind.INTEGER and isinstance(value, int) and not isinstance(value, bool):
        return _inside(one, value)
    if one.kind is FieldKind.INTERVAL and isinstance(value, tuple) and len(value) == 2:
        low = OPEN_LOW if value[0] is None else _inside(one, value[0])
        high = OPEN_HIGH if value[1] is None else _inside(one, value[1])
        if low > high:
            raise _Unfit(f"{one.name}: the interval ({value[0]}, {value[1]}) is empty")
        return low, high
    if one.kind is FieldKind.TEXT and isinstance(value, str):
        return " ".join(dict.fromkeys(segmenter.tokens(value)))
    if one.kind is FieldKind.STORED and isinstance(value, str):
        return value
    raise _Unfit(f"{one.name}: {type(value).__name__} does not suit a field of kind {one.kind}")


def _keywords(one: SearchField, value: FieldValue) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise _Unfit(f"{one.name}: {type(value).__name__} does not suit a field of kind {one.kind}")
    if len(values) > 1 and not one.many and one.kind is FieldKind.KEYWORD:
        raise _Unfit(f"{one.name}: holds one value, got {len(values)}")
    if any(len(each) > _LONGEST_KEYWORD for each in values):
        raise _Unfit(f"{one.name}: a value has at most {_LONGEST_KEYWORD} characters")
    return list(dict.fromkeys(each for each in values if each))


def _inside(one: SearchField, value: int) -> int:
    if not OPEN_LOW < value < OPEN_HIGH:
        raise _Unfit(f"{one.name}: {value} does not fit into 64 bits")
    return value


def check_request(schema: Schema, request: Request) -> None:
    """Raises BadQuery where the request does not suit the schema."""
    if not 0 <= request.size <= LARGEST_PAGE:
        raise BadQuery(f"a page has 0 to {LARGEST_PAGE} hits, asked for {request.size}")
    check_query(schema, request.filter)
    if request.text is not None:
        check_query(schema, request.text)
    for weighted in request.weights:
        check_query(schema, weighted.query)
        if not 0 < weighted.weight <= _LARGEST_WEIGHT:
            raise BadQuery(f"a weight is a whole number from 1 to {_LARGEST_WEIGHT}, not {weighted.weight}")
    if len({facet.name for facet in request.facets}) < len(request.facets):
        raise BadQuery("two facets have the same name")
    for facet in request.facets:
        _check_facet(schema, facet)
    if request.sort is not None:
        one = _field(schema, request.sort.field, FieldKind.INTEGER, FieldKind.KEYWORD)
        if one.many:
            raise BadQuery(f"{schema.name}.{one.name} holds many values: it cannot order")
    for name in request.fetch:
        _field(schema, name, FieldKind.STORED)


def check_suggestion(schema: Schema, field: str, filter: Query) -> None:
    """Raises BadQuery where `field` holds no names or `filter` does not suit the schema."""
    _field(schema, field, FieldKind.NAMES)
    check_query(schema, filter)


def check_query(schema: Schema, query: Query) -> None:
    """Raises BadQuery where a field is unknown or of another kind."""
    match query:
        case Everything() | Nothing():
            pass
        case Terms(field) | Prefix(field):
            _field(schema, field, FieldKind.KEYWORD)
        case Range(field):
            _field(schema, field, FieldKind.INTEGER)
        case Covers(field, value):
            _field(schema, field, FieldKind.INTERVAL)
            if not OPEN_LOW < value < OPEN_HIGH:
                raise BadQuery(f"{schema.name}.{field}: {value} does not fit into 64 bits")
        case Exists(field):
            _field(schema, field, FieldKind.KEYWORD, FieldKind.INTEGER, FieldKind.INTERVAL)
        case Text(_, fields):
            for field, boost in fields:
                _field(schema, field, FieldKind.TEXT)
                if boost <= 0 or boost * 16 % 1:
                    raise BadQuery(f"{schema.name}.{field}: a boost is a positive multiple of 1/16, not {boost}")
            if not fields:
                raise BadQuery("a text query names at least one field")
        case All(clauses) | Any(clauses) | AtLeast(_, clauses):
            for clause in clauses:
                check_query(schema, clause)
        case Not(clause):
            check_query(schema, clause)


def _check_facet(schema: Schema, facet: Facet) -> None:
    _field(schema, facet.field, FieldKind.INTEGER if facet.buckets else FieldKind.KEYWORD)
    if facet.selected is not None:
        check_query(schema, facet.selected)
    if facet.size < 1:
        raise BadQuery(f"facet {facet.name}: size is at least 1, not {facet.size}")
    if len({bucket.key for bucket in facet.buckets}) < len(facet.buckets):
        raise BadQuery(f"facet {facet.name}: two buckets have the same key")
    for bucket in facet.buckets:
        ends = [end for end in (bucket.low, bucket.high) if end is not None]
        if any(abs(end) > _LARGEST_BUCKET for end in ends) or ends != sorted(set(ends)) or not ends:
            raise BadQuery(f"facet {facet.name}: bucket {bucket.key} needs a limit; low < high, within 2^53")


def _field(schema: Schema, name: str, *kinds: FieldKind) -> SearchField:
    one = schema.by_name.get(name)
    if one is None:
        raise BadQuery(f"{schema.name} has no field {name!r}")
    if one.kind not in kinds:
        raise BadQuery(f"{schema.name}.{name} is of kind {one.kind}: this asks for {' or '.join(kinds)}")
    return one


def fields_of(queries: Sequence[Query]) -> frozenset[str]:
    """The names of all fields that the queries ask about."""
    found: set[str] = set()
    for query in queries:
        match query:
            case Terms(field) | Prefix(field) | Range(field) | Covers(field) | Exists(field):
                found.add(field)
            case Text(_, fields):
                found.update(name for name, _ in fields)
            case All(clauses) | Any(clauses) | AtLeast(_, clauses):
                found |= fields_of(clauses)
            case Not(clause):
                found |= fields_of((clause,))
    return frozenset(found)


def fields_of_request(request: Request) -> frozenset[str]:
    """The names of all fields that a request needs of an index."""
    queries = [request.filter, *(weighted.query for weighted in request.weights)]
    queries += [facet.selected for facet in request.facets if facet.selected is not None]
    queries += [request.text] if request.text is not None else []
    named = {facet.field for facet in request.facets} | set(request.fetch)
    named |= {request.sort.field} if request.sort is not None else set()
    return fields_of(queries) | named
