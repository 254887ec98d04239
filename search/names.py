"""Names that are completed while they are typed: where in a name a reader may begin, and how an index holds that.

An index holds a name once for each place where a word begins: English words at their first letter, Chinese at every
character. Such an entry is the folded text from that place on, a separator, and the name as it is shown. The entries
that begin with what was typed are then one range of the dictionary, on every engine, whatever its analysers know.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice

from search.text import fold

SEPARATOR = "\x1f"  # white space to Python: `folded` leaves none behind
LONGEST_START = 40
"""Characters of a start that are indexed. What is typed beyond them is compared with the name itself."""

_MOST_STARTS = 200  # a title's length: longer names are completed from their first 200 words or characters
_FIRST_ASKED, _GROWTH, _MOST_ASKED = 8, 8, 50_000


def folded(text: str) -> str:
    """`text` as starts are compared: width, case and accents folded, each run of white space one space."""
    return " ".join(fold(text).split())


@lru_cache(maxsize=1 << 15)  # a market repeats its trades, purposes and districts
def entries(name: str) -> tuple[str, ...]:
    """What an index holds of `name`, distinct. Raise `text._ALGORITHM` where they change: indexes are due then."""
    return tuple(dict.fromkeys(f"{start[:LONGEST_START]}{SEPARATOR}{name}" for start in _starts(name)))


def found_in(entry: str) -> str:
    """The name of an entry."""
    return entry.partition(SEPARATOR)[2]


def begins(name: str, typed: str) -> bool:
    """Does `typed`, folded, stand at the beginning of `name` or of a word in it?"""
    return any(start.startswith(typed) for start in _starts(name))


def completed(typed: str, size: int, ask: Callable[[str, int], Sequence[str]]) -> tuple[str, ...]:
    """The first `size` names that `typed` begins. `ask` gives the entries with a prefix, at most so many, the most
    common first and then in the order of the entries: by what follows the typed, then by name."""
    wanted = folded(typed)
    prefix, limit = wanted[:LONGEST_START], max(size, 1) * _FIRST_ASKED
    while True:
        found = ask(prefix, limit)
        names = dict.fromkeys(map(found_in, found))
        fitting = [name for name in names if len(wanted) <= LONGEST_START or begins(name, wanted)]
        if len(fitting) >= size or len(found) < limit or limit >= _MOST_ASKED:
            return tuple(fitting[:size])
        limit *= _GROWTH  # a name that holds the typed more than once had taken the others' places


def _starts(name: str) -> list[str]:
    text = folded(name)
    places = (place for place in range(1, len(text)) if _begins_word(text[place - 1], text[place]))
    return [text] + [text[place:] for place in islice(places, _MOST_STARTS)]


def _begins_word(before: str, here: str) -> bool:
    return here.isalnum() and (_stands_alone(here) or not before.isalnum() or _stands_alone(before))


def _stands_alone(character: str) -> bool:
    """Chinese, Japanese and Korean characters: a word may begin at each."""
    return unicodedata.east_asian_width(character) == "W"
