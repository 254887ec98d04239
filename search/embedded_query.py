"""The neutral query as a tantivy query: what matches is compiled without scores, points are added where asked."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy
from tantivy import FieldType, Occur

from search.checks import OPEN_HIGH, OPEN_LOW
from search.query import (
    All,
    Any,
    AtLeast,
    Covers,
    Everything,
    Exists,
    Not,
    Nothing,
    Prefix,
    Query,
    Range,
    Terms,
    Text,
    Weighted,
)
from search.schema import FieldKind, Schema
from search.text import Segmenter

LOW, HIGH = "__low", "__high"
"""An INTERVAL is two integer fields, named by these endings."""


class Compiler:
    """Compiles for one index. `mapping` is that index's own tantivy schema."""

    def __init__(self, schema: Schema, mapping: tantivy.Schema, segmenter: Segmenter) -> None:
        self._schema = schema
        self._mapping = mapping
        self._segmenter = segmenter

    def matching(self, query: Query) -> tantivy.Query:
        """What matches, all with score 0, without the markers that deleted documents leave behind."""
        compiled = self.query(query)
        if not self._needs_value(query):
            compiled = _all_of([compiled, self._term("alive", "1")])
        return _scored(compiled, 0.0)

    def scored(self, matching: tantivy.Query, text: Text | None, weights: Sequence[Weighted]) -> tantivy.Query:
        """`matching`, with the points of `weights` and of `text` (which is among the filters already) as score."""
        clauses = [(Occur.Must, matching)]
        clauses += [(Occur.Should, _scored(self.query(one.query), float(one.weight))) for one in weights]
        for token in self._segmenter.query_tokens(text.text) if text is not None else ():
            fields = text.fields if text is not None else ()
            best = [_scored(self._term(field, token), boost) for field, boost in fields]
            clauses.append((Occur.Should, tantivy.Query.disjunction_max_query(best)))
        return tantivy.Query.boolean_query(clauses)

    def both(self, matching: tantivy.Query, more: Sequence[tantivy.Query]) -> tantivy.Query:
        """`matching` narrowed by `more`, its scores unchanged."""
        return _all_of([matching, *(_scored(one, 0.0) for one in more)])

    def ids(self, low: int | None = None, high: int | None = None) -> tantivy.Query:
        return self._range("pk", low, high)

    def id_set(self, ids: Sequence[int]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._mapping, "pk", ids)

    def query(self, query: Query) -> tantivy.Query:
        match query:
            case Everything() | All(()):
                return tantivy.Query.all_query()
            case Nothing() | Any(()) | Terms(_, ()):
                return tantivy.Query.empty_query()
            case Terms(field, (value,)):
                return self._term(field, value)
            case Terms(field, values):
                return tantivy.Query.term_set_query(self._mapping, field, values)
            case Range(field, low, high):
                return self._range(field, low, high)
            case Covers(field, value):
                return _all_of([self._range(field + LOW, None, value), self._range(field + HIGH, value, None)])
            case Exists(field):
                interval = self._schema.field(field).kind is FieldKind.INTERVAL
                return tantivy.Query.exists_query(field + LOW if interval else field)
            case Prefix(field, prefix):
                return self._prefix(field, prefix)
            case Text(text, fields):
                tokens = self._segmenter.query_tokens(text)
                if not tokens:
                    return tantivy.Query.all_query()
                return _all_of([_any_of([self._term(field, token) for field, _ in fields]) for token in tokens])
            case All(clauses):
                return self._all(clauses)
            case Any(clauses):
                return _any_of([self.query(clause) for clause in clauses])
            case Not():
                return self._all((query,))
            case AtLeast(count, clauses):
                return self._at_least(count, clauses)

    def _all(self, clauses: Sequence[Query]) -> tantivy.Query:
        wanted = [self.query(clause) for clause in clauses if not isinstance(clause, Not)]
        unwanted = [self.query(clause.clause) for clause in clauses if isinstance(clause, Not)]
        if not unwanted:
            return _all_of(wanted)
        occurrences = [(Occur.Must, one) for one in wanted or [tantivy.Query.all_query()]]
        occurrences += [(Occur.MustNot, one) for one in unwanted]
        return tantivy.Query.boolean_query(occurrences)

    def _at_least(self, count: int, clauses: Sequence[Query]) -> tantivy.Query:
        if count <= 0:
            return tantivy.Query.all_query()
        if count > len(clauses):
            return tantivy.Query.empty_query()
        if count == len(clauses):
            return self._all(clauses)
        optional = [(Occur.Should, self.query(clause)) for clause in clauses]
        return tantivy.Query.boolean_query(optional, minimum_number_should_match=count)

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._mapping, field, value, "basic")

    def _range(self, field: str, low: int | None, high: int | None) -> tantivy.Query:
        if (low is not None and low > OPEN_HIGH) or (high is not None and high < OPEN_LOW):
            return tantivy.Query.empty_query()
        if low is not None and high is not None and low > high:
            return tantivy.Query.empty_query()
        low = None if low is None or low <= OPEN_LOW else low
        high = None if high is None or high >= OPEN_HIGH else high
        if low is None and high is None:
            return tantivy.Query.exists_query(field)
        return tantivy.Query.range_query(self._mapping, field, FieldType.Integer, low, high)

    def _prefix(self, field: str, prefix: str) -> tantivy.Query:
        if not prefix:
            return tantivy.Query.exists_query(field)
        literal = "".join(f"\\u{{{ord(character):x}}}" for character in prefix)
        return tantivy.Query.regex_query(self._mapping, field, f"(?s){literal}.*")

    def _needs_value(self, query: Query) -> bool:
        """Whether only a document with some field's value can match, so that a deleted one cannot."""
        match query:
            case Everything() | Not():
                return False
            case Text(text):
                return bool(self._segmenter.query_tokens(text))
            case All(clauses):
                return any(self._needs_value(clause) for clause in clauses)
            case Any(clauses):
                return all(self._needs_value(clause) for clause in clauses)
            case AtLeast(count, clauses):
                return count > sum(not self._needs_value(clause) for clause in clauses)
            case _:
                return True


def _scored(query: tantivy.Query, score: float) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, score)


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(Occur.Must, one) for one in queries])


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(Occur.Should, one) for one in queries])


def tantivy_schema(schema: Schema) -> tantivy.Schema:
    """The mapping: every field that can be sorted, counted or read back with a hit is a fast (columnar) field."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("pk", indexed=True, fast=True)
    builder.add_integer_field("doc_version", fast=True)
    builder.add_text_field("alive", tokenizer_name="raw", index_option="basic")
    for one in schema.fields:
        if one.kind in (FieldKind.KEYWORD, FieldKind.NAMES):
            builder.add_text_field(one.name, fast=True, tokenizer_name="raw", index_option="basic")
        elif one.kind is FieldKind.TEXT:
            builder.add_text_field(one.name, tokenizer_name="whitespace", index_option="basic")
        elif one.kind is FieldKind.STORED:
            builder.add_bytes_field(one.name, stored=True)
        else:
            for name in [one.name + LOW, one.name + HIGH] if one.kind is FieldKind.INTERVAL else [one.name]:
                builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()
