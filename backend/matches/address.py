"""What the address of these pages holds: groups that are shown further down, and products that are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

GROUPS = ("eligible", "missing", "almost")
FIRST = 3
"""Products of a group that are shown first: as many as one reads before one chooses a group."""

PAGE = 100
"""Products that each `more` adds: as a rule, all that are left."""

MOST_PAGES = 4
"""No group is longer: `matching.services.WINDOW` products are judged."""

MOST_READ = 50
"""Chosen products that are looked at; whoever sends more did not choose them one by one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`more`: a group's name once for each further page of it. `chosen`: ids of products, in the order chosen."""

    more: tuple[str, ...] = ()
    chosen: tuple[int, ...] = ()

    @classmethod
    def of(cls, params: QueryDict) -> Asked:
        """What cannot be read is left out."""
        more = [name for name in params.getlist("more") if name in GROUPS]
        ids = [int(text) for text in params.getlist("p") if text.isascii() and text.isdigit() and len(text) < 19]
        return cls(
            tuple(name for place, name in enumerate(more) if more[:place].count(name) + 1 < MOST_PAGES),
            tuple(dict.fromkeys(ids))[:MOST_READ],
        )

    def shown(self, group: str) -> int:
        """How many of a group are shown, at most."""
        return FIRST + PAGE * self.more.count(group)

    def further(self, group: str) -> Asked:
        return replace(self, more=(*self.more, group))

    def choosing(self, ids: Iterable[int]) -> Asked:
        return replace(self, chosen=tuple(ids))

    def without(self, id: int) -> Asked:
        return self.choosing(one for one in self.chosen if one != id)

    @property
    def query(self) -> str:
        """With its question mark; "" where there is nothing to say."""
        pairs: Sequence[tuple[str, object]] = [
            *(("more", name) for name in self.more),
            *(("p", id) for id in self.chosen),
        ]
        return f"?{urlencode(pairs)}" if pairs else ""
