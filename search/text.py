"""The one tokeniser, for documents and for queries, so that both engines match and mark alike.

Text is folded (NFKC, lower case, Latin letters without accents), cut by the segmenter's dictionary without guessing
at unknown words (they fall into single characters, on both sides), and English plurals lose their ending.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import rjieba

_ALGORITHM = "1"  # part of the revision: raise it when tokens change for the same dictionary
_LONGEST_TOKEN = 64
_MOST_QUERY_TOKENS = 32
_CLUSTER = re.compile(r"(?s).[\u0300-\u036f\u3099\u309a]*")
_STOP_WORDS = frozenset(
    [
        "的",
        "了",
        "和",
        "与",
        "及",
        "或",
        "在",
        "是",
        "a",
        "an",
        "and",
        "for",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    ]
)


@dataclass(frozen=True, slots=True)
class Token:
    """`text` as it is indexed; `start` and `end` are its place in the original string."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the original string; `hit` says that the query asked for it."""

    text: str
    hit: bool


class _Folding(dict[int, str]):
    """Code point → folded text, filled as characters are met; serves `str.translate`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        decomposed = unicodedata.normalize("NFKD", character)
        latin = decomposed[0].isascii() and decomposed[0].isalpha()
        accented = latin and all(map(unicodedata.combining, decomposed[1:]))
        folded = (decomposed[0] if accented else unicodedata.normalize("NFKC", character)).lower()
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """`text` as the segmenter sees it."""
    if unicodedata.is_normalized("NFC", text):
        return text.translate(_FOLDING)
    return "".join(_fold_cluster(cluster) for cluster in _CLUSTER.findall(text))


def _fold_cluster(cluster: str) -> str:
    """A character with its combining marks."""
    return unicodedata.normalize("NFC", cluster).translate(_FOLDING)


def _fold_with_places(text: str) -> tuple[str, list[int], list[int]]:
    """The folded text and, for each of its characters, where its origin starts and ends in `text`."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        folded = _fold_cluster(cluster.group())
        pieces.append(folded)
        starts.extend([cluster.start()] * len(folded))
        ends.extend([cluster.end()] * len(folded))
    return "".join(pieces), starts, ends


def _singular(word: str) -> str:
    """Harman's S-stemmer (1991), and -es after a hissing sound: the English plural's ending goes, nothing else."""
    if len(word) < 4 or not word.endswith("s") or not (word.isascii() and word.isalpha()):
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("es"):
        return word if word.endswith(("aes", "ees", "oes")) else word[:-1]
    return word if word.endswith(("us", "ss")) else word[:-1]


@lru_cache(maxsize=1 << 16)  # a market repeats its words: a third of the time of preparing documents
def _term(word: str) -> str | None:
    """The indexed form of a cut word; None for spaces and punctuation."""
    if not any(character.isalnum() for character in word):
        return None
    return _singular("".join(word.split())[:_LONGEST_TOKEN])


class Segmenter:
    """Cuts text by the common dictionary and `words`, the field's own terms.

    `revision` changes when the same text may give other tokens; it belongs into the schema's `revision`.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        entries = sorted({fold(word).strip() for word in words} - {""})
        self.revision = hashlib.sha256("\n".join([_ALGORITHM, *entries]).encode()).hexdigest()[:12]
        self._jieba = rjieba.Jieba()
        for word in entries:
            self._jieba.add_word(word, None, None)

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> Segmenter:
        """A dictionary file: `word frequency?` a line. The frequency is left aside: a listed word is always kept."""
        return cls(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))

    def tokens(self, text: str) -> list[str]:
        """The tokens of a document's text, in order: long words and the shorter words inside them."""
        terms = (_term(word) for word in self._jieba.cut_for_search(fold(text), False))
        return [term for term in terms if term is not None]

    def query_tokens(self, text: str) -> list[str]:
        """The distinct tokens that a document must hold. Each is also among `tokens(text)`.

        Words inside a longer word are left out, for the longer one implies them; so are stop words, unless the
        query has nothing else. Beyond 32 tokens the rest is not asked for.
        """
        terms = (_term(word) for word in self._jieba.cut(fold(text), False))
        distinct = list(dict.fromkeys(term for term in terms if term is not None))
        telling = [term for term in distinct if term not in _STOP_WORDS]
        return (telling or distinct)[:_MOST_QUERY_TOKENS]

    def places(self, text: str) -> list[Token]:
        """`tokens(text)` with their places in the original string, by start and then end."""
        folded, starts, ends = _fold_with_places(text)
        found = [
            Token(term, starts[start], ends[end - 1])
            for word, start, end in self._jieba.tokenize(folded, "search", False)
            if (term := _term(word)) is not None
        ]
        return sorted(found, key=lambda token: (token.start, token.end))

    def highlight(self, text: str, query: str) -> list[tuple[int, int]]:
        """Where `text` holds tokens of `query`: half-open ranges of the original string, in order, never touching."""
        asked = frozenset(self.query_tokens(query))
        ranges: list[tuple[int, int]] = []
        for token in self.places(text) if asked else ():
            if token.text not in asked:
                continue
            if ranges and token.start <= ranges[-1][1]:
                ranges[-1] = (ranges[-1][0], max(ranges[-1][1], token.end))
            else:
                ranges.append((token.start, token.end))
        return ranges

    def marked(self, text: str, query: str) -> list[Segment]:
        """`text` in pieces for a template to escape and mark; together they are `text` again."""
        pieces: list[Segment] = []
        done = 0
        for start, end in self.highlight(text, query):
            pieces += [Segment(text[done:start], False), Segment(text[start:end], True)]
            done = end
        pieces.append(Segment(text[done:], False))
        return [piece for piece in pieces if piece.text]
