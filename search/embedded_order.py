"""The next page in exact order: by score or a field, ties by ascending id.

tantivy breaks ties by the place of a document in its files, which a merge changes. So a page is taken from the
groups of equal keys that are known in full; the group that the fetched hits cut through is completed by id.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tantivy

from search.embedded_query import Compiler
from search.query import Exists, Not, Position, Range, Sort, Terms
from search.schema import FieldKind, Schema

_FIRST_FETCH = 512  # as quick as 20: the time goes into finding the matches
_GROWTH = 8
_WIDE = 4096  # from this many hits on, a group of ties is completed by ranges of ids
_TIES_AT_ONCE = 1024

Key = float | int | str | None
_Place = tuple[float, int]


class Found(NamedTuple):
    key: Key
    id: int
    address: tantivy.DocAddress


@dataclass(frozen=True, slots=True)
class Ordered:
    """A page; `total` is the number of matches where it fell out of the search."""

    hits: list[Found]
    total: int | None


class Order:
    """Answers for one searcher. `matching` queries are compiled ones, without deleted documents."""

    def __init__(self, searcher: tantivy.Searcher, compiler: Compiler, schema: Schema) -> None:
        self._searcher = searcher
        self._compiler = compiler
        self._schema = schema

    def by_id(self, matching: tantivy.Query, size: int, after: int | None) -> Ordered:
        if after is None:
            result = self._searcher.search(matching, size, order_by_field="pk", order=tantivy.Order.Asc)
            return Ordered(_keyed(self._found(result), 0.0), _count(result))
        return Ordered(self._by_id(matching, size, after, 0.0), None)

    def by_score(self, scored: tantivy.Query, size: int, after: Position | None) -> Ordered:
        start = None if after is None else (-float(after.key or 0), after.id)
        page: list[Found] = []
        total: int | None = None
        limit = max(_FIRST_FETCH, 2 * size)
        while True:
            result = self._searcher.search(scored, limit, count=total is None)
            total = _count(result) if total is None else total
            found = self._found(result)
            floor = found[-1].key if len(found) == limit else None
            above = [one for one in found if one.key != floor]
            page = _page(above, start, size, _score_place)
            if len(page) == size or floor is None:
                return Ordered(page, total)
            group = -float(floor)
            if limit >= _WIDE and (start is None or start[0] <= group):
                first = start[1] + 1 if start is not None and start[0] == group else 0
                page += self._ties(scored, floor, [one.id for one in above], first, size - len(page))
                if len(page) == size:
                    return Ordered(page, total)
            limit *= _GROWTH

    def by_field(self, matching: tantivy.Query, sort: Sort, size: int, after: Position | None) -> Ordered:
        exists = self._compiler.both(matching, [self._compiler.query(Exists(sort.field))])
        page: list[Found] = []
        if after is None or after.key is not None:
            page = self._by_present_field(exists, sort, size, after)
        if len(page) < size:
            missing = self._compiler.both(matching, [self._compiler.query(Not(Exists(sort.field)))])
            first = after.id if after is not None and after.key is None else None
            page += self._by_id(missing, size - len(page), first, None)
        return Ordered(page, None)

    def _by_present_field(self, matching: tantivy.Query, sort: Sort, size: int, after: Position | None) -> list[Found]:
        if after is not None and isinstance(after.key, int):
            reach = Range(sort.field, None, after.key) if sort.descending else Range(sort.field, after.key, None)
            matching = self._compiler.both(matching, [self._compiler.query(reach)])
        direction = tantivy.Order.Desc if sort.descending else tantivy.Order.Asc
        limit = max(_FIRST_FETCH, 2 * size)
        while True:
            result = self._searcher.search(matching, limit, False, sort.field, 0, direction)
            found = self._found(result)
            last = found[-1].key if len(found) == limit else None
            complete = [one for one in found if last is None or one.key != last]
            page = _page_by_key(complete, after, sort.descending, size)
            if len(page) == size or last is None:
                return page
            if after is None or not _before(last, after.key, sort.descending):
                group = self._compiler.both(matching, [self._compiler.query(self._equal(sort.field, last))])
                first = after.id if after is not None and after.key == last else None
                page += self._by_id(group, size - len(page), first, last)
                if len(page) == size:
                    return page
            limit *= _GROWTH

    def _equal(self, field: str, value: Key) -> Range | Terms:
        if self._schema.field(field).kind is FieldKind.INTEGER and isinstance(value, int):
            return Range(field, value, value)
        return Terms(field, (str(value),))

    def _by_id(self, matching: tantivy.Query, size: int, after: int | None, key: Key) -> list[Found]:
        if after is not None:
            matching = self._compiler.both(matching, [self._compiler.ids(after + 1)])
        result = self._searcher.search(matching, size, False, "pk", 0, tantivy.Order.Asc)
        return _keyed(self._found(result), key)

    def _ties(self, scored: tantivy.Query, score: Key, above: Sequence[int], first: int, size: int) -> list[Found]:
        """The `size` documents of lowest id, from `first` on, whose score is exactly `score`.

        `above` are the ids of all documents with a higher score: in a range of ids with n of them, the best
        n + _TIES_AT_ONCE hits hold every tied document unless the last hit is one too; then the range is narrowed.
        """
        above = sorted(above)
        last = self._highest_id()
        width = max(1, (last - first) // _GROWTH)
        ties: list[Found] = []
        while first <= last and len(ties) < size:
            end = min(first + width - 1, last)
            limit = bisect_right(above, end) - bisect_left(above, first) + _TIES_AT_ONCE
            within = self._compiler.both(scored, [self._compiler.ids(first, end)])
            found = self._found(self._searcher.search(within, limit, False))
            if len(found) == limit and found[-1].key == score and width > 1:
                width = max(1, width // _GROWTH)
                continue
            ties += sorted((one for one in found if one.key == score), key=lambda one: one.id)
            first = end + 1
            width *= 2
        return ties[:size]

    def _highest_id(self) -> int:
        result = self._searcher.search(tantivy.Query.all_query(), 1, False, "pk", 0, tantivy.Order.Desc)
        return int(result.hits[0][0])

    def _found(self, result: tantivy.SearchResult) -> list[Found]:
        hits = result.hits
        addresses = [address for _, address in hits]
        ids = self._searcher.fast_field_values("pk", addresses)
        return [Found(key, int(id or 0), address) for (key, address), id in zip(hits, ids, strict=True)]


def _count(result: tantivy.SearchResult) -> int | None:
    count: int | None = result.count  # type: ignore[attr-defined]  # missing in the library's own type stub
    return count


def _keyed(found: Sequence[Found], key: Key) -> list[Found]:
    return [one._replace(key=key) for one in found]


def _score_place(one: Found) -> _Place:
    return -float(one.key or 0), one.id


def _page(found: Sequence[Found], start: _Place | None, size: int, place: Callable[[Found], _Place]) -> list[Found]:
    ordered = sorted(found, key=place)
    if start is not None:
        ordered = ordered[bisect_right(ordered, start, key=place) :]
    return ordered[:size]


def _page_by_key(found: Sequence[Found], after: Position | None, descending: bool, size: int) -> list[Found]:
    ordered = sorted(found, key=lambda one: one.id)
    ordered.sort(key=lambda one: one.key, reverse=descending)  # type: ignore[arg-type, return-value]
    if after is None:
        return ordered[:size]
    rest = [
        one
        for one in ordered
        if _before(after.key, one.key, descending) or (one.key == after.key and one.id > after.id)
    ]
    return rest[:size]


def _before(left: Key, right: Key, descending: bool) -> bool:
    """Whether key `left` comes before key `right`; both are present and of one type."""
    return left > right if descending else left < right  # type: ignore[operator]
