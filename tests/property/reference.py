"""What `search.query` means, in plain Python: the yardstick for pure tests, and for the engines' adapters."""

from __future__ import annotations

from search import query as q
from search.schema import Document, FieldValue


def matches(query: q.Query, document: Document) -> bool:
    match query:
        case q.Everything():
            return True
        case q.Nothing():
            return False
        case q.Terms(field, values):
            return not set(values).isdisjoint(_keywords(document.get(field)))
        case q.Range(field, low, high):
            value = document.get(field)
            return isinstance(value, int) and (low is None or value >= low) and (high is None or value <= high)
        case q.Covers(field, value):
            interval = document.get(field)
            if not isinstance(interval, tuple):
                return False
            low, high = interval
            return (low is None or low <= value) and (high is None or value <= high)
        case q.Exists(field):
            return document.get(field) is not None and document.get(field) != []
        case q.Prefix(field, prefix):
            return any(value.startswith(prefix) for value in _keywords(document.get(field)))
        case q.All(clauses):
            return all(matches(clause, document) for clause in clauses)
        case q.Any(clauses):
            return any(matches(clause, document) for clause in clauses)
        case q.Not(clause):
            return not matches(clause, document)
        case q.AtLeast(count, clauses):
            return sum(matches(clause, document) for clause in clauses) >= count
    raise TypeError(f"{query} is not about facts")


def _keywords(value: FieldValue) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return value
    return []
