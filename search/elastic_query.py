"""The neutral query in Elasticsearch's words, by the query classes of elasticsearch-dsl.

Empty lists and ranges vanish in the library's `to_dict`, so the empty cases are answered here, never passed on.
"""

from __future__ import annotations

from collections.abc import Sequence

from elasticsearch.dsl import query as dsl

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
from search.text import Segmenter


def matching(query: Query, segmenter: Segmenter) -> dsl.Query:
    """A query to be used as a filter: its scores mean nothing."""
    match query:
        case Everything() | All(()):
            return dsl.MatchAll()
        case Nothing() | Any(()) | Terms(_, ()):
            return dsl.MatchNone()
        case Terms(field, (value,)):
            return dsl.Term(**{field: {"value": value}})
        case Terms(field, values):
            return dsl.Q("terms", **{field: list(values)})
        case Range(field, low, high):
            return _range(field, low, high)
        case Covers(field, value):
            return dsl.Term(**{field: {"value": value}})
        case Exists(field):
            return dsl.Exists(field=field)
        case Prefix(field, prefix):
            return dsl.Prefix(**{field: {"value": prefix}}) if prefix else dsl.Exists(field=field)
        case Text(text, fields):
            tokens = segmenter.query_tokens(text)
            if not tokens:
                return dsl.MatchAll()
            return dsl.Bool(filter=[_any_of([_holds(field, token) for field, _ in fields]) for token in tokens])
        case All(clauses):
            wanted = [matching(clause, segmenter) for clause in clauses if not isinstance(clause, Not)]
            unwanted = [matching(clause.clause, segmenter) for clause in clauses if isinstance(clause, Not)]
            return wanted[0] if len(wanted) == 1 and not unwanted else dsl.Bool(filter=wanted, must_not=unwanted)
        case Any(clauses):
            return _any_of([matching(clause, segmenter) for clause in clauses])
        case Not(clause):
            return dsl.Bool(must_not=[matching(clause, segmenter)])
        case AtLeast(count, clauses):
            if count <= 0:
                return dsl.MatchAll()
            if count > len(clauses):
                return dsl.MatchNone()
            optional = [matching(clause, segmenter) for clause in clauses]
            return dsl.Bool(should=optional, minimum_should_match=count)


def scored(filter: dsl.Query, text: Text | None, weights: Sequence[Weighted], segmenter: Segmenter) -> dsl.Query:
    """`filter`, with the points of `weights` and of `text` (which is among the filters already) as score."""
    points: list[dsl.Query] = [
        dsl.ConstantScore(filter=matching(one.query, segmenter), boost=float(one.weight)) for one in weights
    ]
    if text is not None:
        for token in segmenter.query_tokens(text.text):
            best = [dsl.ConstantScore(filter=_holds(field, token), boost=boost) for field, boost in text.fields]
            points.append(dsl.DisMax(queries=best))
    if not points:
        return dsl.Bool(filter=[filter])
    return dsl.Bool(filter=[filter], should=points, minimum_should_match=0)


def _holds(field: str, token: str) -> dsl.Query:
    return dsl.Term(**{field: {"value": token}})


def _any_of(queries: list[dsl.Query]) -> dsl.Query:
    return queries[0] if len(queries) == 1 else dsl.Bool(should=queries, minimum_should_match=1)


def _range(field: str, low: int | None, high: int | None) -> dsl.Query:
    low = None if low is None or low <= OPEN_LOW else low
    high = None if high is None or high >= OPEN_HIGH else high
    if (low is not None and low > OPEN_HIGH) or (high is not None and high < OPEN_LOW):
        return dsl.MatchNone()
    if low is not None and high is not None and low > high:
        return dsl.MatchNone()
    limits = {end: value for end, value in (("gte", low), ("lte", high)) if value is not None}
    return dsl.Range(**{field: limits}) if limits else dsl.Exists(field=field)


def literal(text: str) -> str:
    """`text` as a Lucene regular expression that matches just it."""
    return "".join(character if character.isalnum() else f"\\{character}" for character in text)
