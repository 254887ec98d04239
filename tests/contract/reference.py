"""What a search must answer, computed over plain documents in memory: the meaning that both engines are held to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from search.port import Hit, Page
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
from search.schema import Document
from search.text import Segmenter, fold


def values(document: Document, field: str) -> list[str]:
    found = document.get(field)
    many: list[object] = list(found) if isinstance(found, list) else [found]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in many if value not in (None, "")]


def matches(query: Query, document: Document, segmenter: Segmenter) -> bool:
    match query:
        case Everything():
            return True
        case Nothing():
            return False
        case Terms(field, wanted):
            return bool(set(wanted) & set(values(document, field)))
        case Prefix(field, prefix):
            return any(value.startswith(prefix) for value in values(document, field))
        case Range(field, low, high):
            value = document.get(field)
            return isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)
        case Covers(field, value):
            interval = document.get(field)
            if not isinstance(interval, tuple):
                return False
            low, high = interval
            return (low is None or low <= value) and (high is None or value <= high)
        case Exists(field):
            return document.get(field) not in (None, "", [])
        case Text():
            return all(points > 0 for points in text_points(query, document, segmenter))
        case All(clauses):
            return all(matches(clause, document, segmenter) for clause in clauses)
        case Any(clauses):
            return any(matches(clause, document, segmenter) for clause in clauses)
        case Not(clause):
            return not matches(clause, document, segmenter)
        case AtLeast(count, clauses):
            return sum(matches(clause, document, segmenter) for clause in clauses) >= count


def text_points(text: Text, document: Document, segmenter: Segmenter) -> list[float]:
    """For each token asked the best boost of the fields that hold it, or 0."""
    held = {field: set(segmenter.tokens(str(document.get(field) or ""))) for field, _ in text.fields}
    return [
        max((boost for field, boost in text.fields if token in held[field]), default=0.0)
        for token in segmenter.query_tokens(text.text)
    ]


def search(documents: Mapping[int, Document], request: Request, segmenter: Segmenter) -> Page:
    """The whole answer, as an engine must give it. `documents`: id → document."""
    filters = [request.filter] if request.text is None else [request.filter, request.text]
    chosen = [facet.selected for facet in request.facets if facet.selected is not None]

    def admitted(clauses: list[Query]) -> dict[int, Document]:
        return {id: one for id, one in documents.items() if matches(All(tuple(clauses)), one, segmenter)}

    found = admitted(filters + chosen)
    hits = [_hit(id, one, request, segmenter) for id, one in found.items()]
    total = len(hits) if request.count_up_to is None else min(len(hits), request.count_up_to)
    hits.sort(key=lambda hit: hit.id)
    if request.sort is None:
        hits.sort(key=lambda hit: -hit.score)
    else:
        present = [hit for hit in hits if hit.sort_key is not None]
        present.sort(key=lambda hit: hit.sort_key, reverse=request.sort.descending)  # type: ignore[arg-type, return-value]
        hits = present + [hit for hit in hits if hit.sort_key is None]
    if request.after is not None:
        place = next(
            (n for n, hit in enumerate(hits) if (hit.sort_key, hit.id) == (request.after.key, request.after.id)), None
        )
        assert place is not None, "the reference continues only after a hit that is still there"
        hits = hits[place + 1 :]
    facets = {}
    for facet in request.facets:
        others = [one.selected for one in request.facets if one.selected is not None and one.name != facet.name]
        facets[facet.name] = _counts(facet, list(admitted(filters + others).values()))
    return Page(tuple(hits[: request.size]), total, facets)


def _hit(id: int, document: Document, request: Request, segmenter: Segmenter) -> Hit:
    stored = {name: str(document[name]) for name in request.fetch if document.get(name)}
    if request.sort is not None:
        key = document.get(request.sort.field)
        if not isinstance(key, int) or isinstance(key, bool):
            key = next(iter(values(document, request.sort.field)), None)
        return Hit(id, 0.0, key, stored)
    score = float(sum(one.weight for one in request.weights if matches(one.query, document, segmenter)))
    score += sum(text_points(request.text, document, segmenter)) if request.text is not None else 0.0
    return Hit(id, score, score, stored)


def _counts(facet: Facet, documents: list[Document]) -> dict[str, int]:
    if not facet.buckets:
        counter = Counter(value for one in documents for value in set(values(one, facet.field)))
        return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0]))[: facet.size])
    numbers = [value for one in documents if isinstance(value := one.get(facet.field), int)]
    return {
        bucket.key: sum(
            (bucket.low is None or bucket.low <= number) and (bucket.high is None or number < bucket.high)
            for number in numbers
        )
        for bucket in facet.buckets
    }


def suggestions(documents: Mapping[int, Document], typed: str, size: int) -> tuple[str, ...]:
    """The names that `typed` begins, or a word in them: ASCII letters and digits, or one Chinese character."""
    wanted = " ".join(fold(typed).split())
    counted = Counter(name for one in documents.values() for name in set(values(one, "names")))
    found = []
    for name, count in counted.items():
        text = " ".join(fold(name).split())
        places = {0, *(word.start() for word in re.finditer(r"[0-9a-z]+|[\u4e00-\u9fff]", text))}
        starts = [text[place:] for place in places if text[place:].startswith(wanted)]
        if starts:
            found.append((-count, min(start[:40] for start in starts), name))
    return tuple(name for _, _, name in sorted(found)[:size])
