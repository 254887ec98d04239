"""What one request of the matcher needs besides its question: the pack, the ranking, the record, the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer, viewer_tokens
from backend.common.size_class import SizeTable
from backend.companies.facts import facts_of
from backend.eligibility.attributes import Facts
from backend.eligibility.vocabulary import Vocabulary
from backend.indexing import engines
from backend.matching.candidate import Asking
from backend.matching.offers import Bench, asking_of, bench
from backend.matching.readings import Voice
from backend.matching.records_cache import RecordReader, record
from backend.matching.settings import RankingSettings
from backend.needs.models import Need
from backend.packs.queries import PackMissing, parameter_version, size_table, vocabulary
from search.query import Query, Terms


@dataclass(frozen=True, slots=True)
class Context:
    viewer: Viewer
    today: date
    voice: Voice
    settings: RankingSettings
    record: RecordReader
    bench: Bench
    sizes: SizeTable | None

    @property
    def vocabulary(self) -> Vocabulary:
        return self.bench.vocabulary

    @property
    def visible(self) -> Query:
        """The documents that the viewer may meet."""
        return Terms("audience", viewer_tokens(self.viewer))

    def facts(self, need: Need) -> Facts:
        """All that is known of the need and its company today. Raises FactError where stored data is broken."""
        return facts_of(need.company, need, today=self.today, vocabulary=self.vocabulary, size_table=self.sizes)

    def asking(self, need: Need, facts: Facts) -> Asking:
        return asking_of(need, facts, self.vocabulary, self.bench.segmenter)


def context(viewer: Viewer, today: date, language: str) -> Context:
    """Raises PackMissing where no pack is loaded or it lacks the parameter `ranking`."""
    words = vocabulary()
    settings = ranking_settings(today)
    return Context(
        viewer=viewer,
        today=today,
        voice=Voice(language, words, settings.common_words),
        settings=settings,
        record=record(settings.record, words, today),
        bench=bench(words, engines.segmenter()),
        sizes=size_table(today),
    )


_parsed: tuple[object, RankingSettings] | None = None


def ranking_settings(today: date) -> RankingSettings:
    """The weights in force on that day, parsed once. Raises PackMissing."""
    global _parsed
    version = parameter_version("ranking", today)
    found = _parsed
    if found is None or found[0] is not version:
        found = _parsed = (version, _parse(version.content, version.version))
    return found[1]


def _parse(content: Any, version: int) -> RankingSettings:
    try:
        return RankingSettings.parse(content, version=version)
    except ValueError as error:
        raise PackMissing(_("The pack's parameter ranking cannot be used: %(reason)s") % {"reason": error}) from error
