"""Products and needs as the matcher reads them, kept in memory by version: parsing is done once for each change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import is_
from typing import Any, TypeVar

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from backend.eligibility.attributes import ATTRIBUTES, Facts, Label, Value
from backend.eligibility.facts import value_from_json
from backend.eligibility.nodes import Rule
from backend.eligibility.rule import RuleError
from backend.eligibility.single import company_part
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.candidate import Asking, Offer, region_path
from backend.matching.compiled import Compiled
from backend.matching.cost import CostRange
from backend.matching.cost_cache import CostCache
from backend.matching.product_cost import terms_of
from backend.matching.spoken import FoundWords, SpokenRule
from backend.needs.models import Need
from backend.packs.queries import note
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.products.windows import Window
from search.text import Segmenter

SHORTEST_WORD = 2
READ_AT_ONCE = 5_000
"""Rows asked for by their ids in one query; databases bound the number of parameters."""
Made = TypeVar("Made")
_OF_INSTITUTION = ("answer_days", "region", "kind", "code", "name_zh", "name_en")
_STAMP = ("version", *(f"institution__{name}" for name in _OF_INSTITUTION))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Judge:
    """An offer with its whole rule, as a tree for explanations and compiled for judging many."""

    offer: Offer
    rule: Rule
    compiled: Compiled


def telling_words(segmenter: Segmenter, *texts: str) -> frozenset[str]:
    """The words of two characters and more; single characters and stop words tell nothing."""
    return frozenset(
        word
        for text in texts
        if text
        for word in segmenter.tokens(text)
        if len(word) >= SHORTEST_WORD and not word.isdigit()
    )


def judge_of(product: Product, vocabulary: Vocabulary, segmenter: Segmenter) -> Judge:
    """Raises RuleError where the stored rule is broken."""
    institution = product.institution
    rule = effective_rule(product)
    offer = Offer(
        id=product.pk,
        version=product.version,
        institution_id=institution.pk,
        institution=institution.code,
        kind_path=vocabulary.path("product_kinds", product.kind),
        region_path=vocabulary.path("regions", institution.region) if institution.region else (),
        amount_min=product.amount_min,
        amount_max=product.amount_max,
        term_min=product.term_min,
        term_max=product.term_max,
        cost=terms_of(product),
        purposes=frozenset(product.purposes),
        themes=frozenset(product.themes),
        stages=frozenset(product.stages),
        collateral=frozenset(product.collateral),
        first_loan_friendly=product.first_loan_friendly,
        answer_days=institution.answer_days,
        confirmed_on=product.last_confirmed_on,
        words=telling_words(segmenter, product.name_zh, product.name_en, product.summary_zh, product.summary_en),
        window=Window.of(product.terms),
        budget_left=_amount(product.terms.get("budget_left")),
    )
    return Judge(offer, rule, Compiled(rule, vocabulary))


def _amount(given: object) -> Decimal | None:
    return Decimal(given) if isinstance(given, str | int) else None


class Bench:
    """The judges of one vocabulary and one segmentation, by product and version, and their costs."""

    def __init__(self, vocabulary: Vocabulary, segmenter: Segmenter) -> None:
        self.vocabulary = vocabulary
        self.segmenter = segmenter
        self._costs = CostCache()
        self._judges: dict[int, tuple[tuple[object, ...], Judge, Product]] = {}
        self._found_words: dict[str, FoundWords] = {}
        self._company_rules: dict[int, tuple[Judge, Compiled]] = {}
        self._spoken: dict[tuple[int, str], tuple[Judge, SpokenRule]] = {}
        self._notes: dict[tuple[str, str], Label | None] = {}
        self._remembered: dict[int, tuple[Judge, date, tuple[object, ...], Any]] = {}

    def judge(self, product: Product) -> Judge:
        """Raises RuleError where the stored rule is broken."""
        institution = product.institution
        stamp = (product.version, *(getattr(institution, name) for name in _OF_INSTITUTION))
        found = self._judges.get(product.pk)
        if found is None or found[0] != stamp:
            judge = judge_of(product, self.vocabulary, self.segmenter)
            found = self._judges[product.pk] = (stamp, judge, product)
        return found[1]

    def judges(
        self, products: QuerySet[Product], ids: Collection[int] | None = None
    ) -> dict[int, tuple[Judge, Product]]:
        """Those of `ids` that the scoped query holds, in the order of `ids`, each with its row as it is now, with its
        institution: to be read, for others read it too. One small query, and one more for what changed. Without `ids`
        all that it holds, by id.

        A product whose stored rule is broken is left out, and logged: one row fails no whole answer."""
        asked = products if ids is None else products.filter(pk__in=ids)
        stamps = {row[0]: row[1:] for row in asked.order_by("pk").values_list("pk", *_STAMP)}
        ids = stamps if ids is None else ids
        changed = [id for id, stamp in stamps.items() if id not in self._judges or self._judges[id][0] != tuple(stamp)]
        for start in range(0, len(changed), READ_AT_ONCE):
            for product in products.filter(pk__in=changed[start : start + READ_AT_ONCE]):
                try:
                    self.judge(product)
                except RuleError as fault:
                    log.error("product_not_judged", product=product.pk, version=product.version, reason=str(fault))
                    self._judges.pop(product.pk, None)
        return {id: self._judges[id][1:] for id in ids if id in stamps and id in self._judges}

    def company_rule(self, judge: Judge) -> Compiled:
        """What the judge's rule asks of a company alone, see `eligibility.single.company_part`."""
        found = self._company_rules.get(judge.offer.id)
        if found is None or found[0] is not judge:
            compiled = Compiled(company_part(judge.rule), self.vocabulary)
            found = self._company_rules[judge.offer.id] = (judge, compiled)
        return found[1]

    def spoken(self, judge: Judge, language: str) -> SpokenRule:
        """The judge's rule in words."""
        key = (judge.offer.id, language)
        found = self._spoken.get(key)
        if found is None or found[0] is not judge:
            words = self._found_words.setdefault(language, FoundWords(language, self.vocabulary))
            found = self._spoken[key] = (judge, SpokenRule(judge.rule, language, self.vocabulary, words))
        return found[1]

    def note(self, scheme: str, code: str) -> Label | None:
        """The vocabulary's explanation of a code, asked of the pack once."""
        key = (scheme, code)
        if key not in self._notes:
            self._notes[key] = note(scheme, code)
        return self._notes[key]

    def remembered(self, judge: Judge, day: date, made_of: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """What `make` gives for this judge on this day, made anew where one of `made_of` is another object."""
        found = self._remembered.get(judge.offer.id)
        if found is None or found[0] is not judge or found[1] != day or not all(map(is_, found[2], made_of)):
            found = self._remembered[judge.offer.id] = (judge, day, made_of, make())
        made: Made = found[3]
        return made

    def cost(self, offer: Offer, facts: Facts) -> CostRange | None:
        """The all-in cost of this amount and term; None where either is unknown or no cost can be stated."""
        amount, term = facts.get("amount"), facts.get("term")
        if isinstance(amount, bool | str | frozenset) or isinstance(term, bool | str | frozenset):
            raise TypeError("amount and term are numbers")
        if amount is None or term is None:
            return None
        return self._costs.get(offer.id, offer.version, offer.cost, amount, int(term))


_lock = threading.Lock()
_bench: Bench | None = None


def bench(vocabulary: Vocabulary, segmenter: Segmenter) -> Bench:
    """The one bench of this process; a new one where the pack or the dictionary changed."""
    global _bench
    found = _bench
    if found is None or found.vocabulary is not vocabulary or found.segmenter is not segmenter:
        with _lock:
            found = _bench = Bench(vocabulary, segmenter)
    return found


class StoredFacts(Mapping[str, Value]):
    """Facts in the JSON form of a need document, each read when it is first asked for."""

    __slots__ = ("_data", "_read")

    def __init__(self, data: Mapping[str, object]) -> None:
        self._data = data
        self._read: dict[str, Value | None] = {}

    def get(self, key: str, default: Any = None) -> Any:
        read = self._read
        if key not in read:
            data = self._data.get(key)
            read[key] = None if data is None else value_from_json(ATTRIBUTES[key], data)
        value = read[key]
        return default if value is None else value

    def __getitem__(self, key: str) -> Value:
        value: Value | None = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


def asking_of(need: Need, facts: Facts, vocabulary: Vocabulary, segmenter: Segmenter) -> Asking:
    return Asking(
        id=need.pk,
        facts=facts,
        region_path=region_path(facts, vocabulary),
        words=telling_words(segmenter, need.title, need.description),
        title=frozenset(segmenter.tokens(need.title)),
        opened_on=None if need.opened_at is None else timezone.localdate(need.opened_at),
    )


@lru_cache(maxsize=10_000)
def asking_from(id: int, facts: str, stored: str, vocabulary: Vocabulary, segmenter: Segmenter) -> Asking:
    """The need of a search hit, from what its document stores; the same texts give the same object."""
    card = json.loads(stored)
    known = StoredFacts(json.loads(facts))
    return Asking(
        id=id,
        facts=known,
        region_path=region_path(known, vocabulary),
        words=telling_words(segmenter, card["title"], card["description"]),
        title=frozenset(segmenter.tokens(card["title"])),
        opened_on=date.fromisoformat(card["opened_on"]) if card["opened_on"] else None,
    )
