"""Free text: what the reader typed, as a query, as part of the ranking, and as marks in what is shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.matching.ranking import SCORE_DECIMALS, Ranked
from backend.matching.settings import RankingSettings
from search.query import Text
from search.text import Segment, Segmenter

TEXT_SHARE = 0.3
"""The share of the score that the words take where some were typed; the features keep the rest."""

IN_BODY = 0.25
"""Worth of a word that stands in the body alone, against one in the title."""

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Words:
    """`tokens`: the distinct words that a text must hold."""

    text: str
    tokens: tuple[str, ...]
    segmenter: Segmenter

    def query(self, fields: Sequence[str], settings: RankingSettings) -> Text | None:
        """All words in some of `fields`, the first of which is the title; points in proportion to the coarse score."""
        if not self.tokens:
            return None
        title = settings.total * TEXT_SHARE / (1 - TEXT_SHARE) / len(self.tokens)
        boosts = [max(1.0, float(round(title)))] + [max(1.0, float(round(title * IN_BODY)))] * (len(fields) - 1)
        return Text(self.text, tuple(zip(fields, boosts, strict=True)))

    def reranked(self, ranked: Sequence[Ranked]) -> list[Ranked]:
        """With the share of words found in the title mixed into each score; every need holds them all somewhere."""
        if not self.tokens:
            return list(ranked)
        mixed = []
        for one in ranked:
            titled = sum(token in one.candidate.asking.title for token in self.tokens)
            words = (titled + IN_BODY * (len(self.tokens) - titled)) / len(self.tokens)
            score = round((1 - TEXT_SHARE) * one.score + TEXT_SHARE * words, SCORE_DECIMALS)
            mixed.append(replace(one, score=score))
        return sorted(mixed, key=lambda one: one.order)

    def marked(self, text: str) -> tuple[Segment, ...]:
        return tuple(self.segmenter.marked(text, self.text))


def words_of(q: str, segmenter: Segmenter) -> Words:
    """What was typed, cut at 200 characters."""
    text = " ".join(q.split())[:LONGEST]
    return Words(text, tuple(segmenter.query_tokens(text)), segmenter)
