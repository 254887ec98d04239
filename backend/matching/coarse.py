"""The engine's coarse score: the features of the ranking as weighted clauses over indexed fields, weights alike.

A clause adds `points × share` (points: the feature's weight in hundredths); a value that runs continuously becomes
bands, each adding its step. What an engine cannot know (the exact cost of this amount and term, the record for this
mix of traits, how many words agree) is taken at a reference or one trait at a time. Where a feature has one value for
every document it is left out. The score only chooses the few hundred that are judged and ranked exactly; a test
holds its recall against judging everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from backend.eligibility.attributes import ATTRIBUTES, Facts, Value
from backend.eligibility.envelope import need_query
from backend.eligibility.nodes import AllOf, Rule
from backend.eligibility.query import EMPTY_SET, met
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.candidate import Asking, Offer
from backend.matching.cost import CostError, CostTerms, cost_range
from backend.matching.readings import (
    FIRST_LOAN_PLAIN,
    HALF,
    PURPOSE_SHARE,
    THEME_SHARE,
    channel_value,
    cost_value,
    nearness,
    sweet_spot,
)
from backend.matching.settings import RankingSettings
from search.query import All, Covers, Exists, Not, Query, Range, Terms, Text, Weighted
from search.query import Any as AnyOf

BANDS = 10
REFERENCE_AMOUNT, REFERENCE_MONTHS = Decimal(1_000_000), 12
COST_SCALE = 100
EPOCH = date(1970, 1, 1)
MOST_WORDS = 6
NEED_TEXT = ("title", "body")
PRODUCT_TEXT = ("name_zh", "name_en", "body")

Part = tuple[Query, float]


def days(day: date) -> int:
    return (day - EPOCH).days


def reference_cost(
    terms: CostTerms, *, amount_min: Decimal, amount_max: Decimal, term_min: int, term_max: int
) -> Decimal | None:
    """The middle all-in cost, per cent a year, at the reference amount and term, brought within what the product
    lends (a greatest value of 0: no limit). None where no cost can be stated."""
    amount, months = max(REFERENCE_AMOUNT, amount_min), max(REFERENCE_MONTHS, term_min)
    try:
        cost = cost_range(terms, min(amount, amount_max or amount), min(months, term_max or months))
    except CostError:
        return None
    return None if cost is None else (cost.low + cost.high) / 2


def reference_cost_of(offer: Offer) -> Decimal | None:
    return reference_cost(
        offer.cost,
        amount_min=offer.amount_min,
        amount_max=offer.amount_max,
        term_min=offer.term_min,
        term_max=offer.term_max,
    )


def cost_ticks(cost: Decimal | None) -> int | None:
    """Hundredths of a per cent: the product document's `annual_cost`."""
    return None if cost is None else int(cost * COST_SCALE)


def _weighted(parts: Mapping[str, Iterator[Part]], settings: RankingSettings) -> tuple[Weighted, ...]:
    """Feature → its clauses with their shares, as points of the settings. What rounds to nothing is left out."""
    clauses = []
    for key, found in parts.items():
        if settings.points[key]:
            for query, share in found:
                points = round(settings.points[key] * share)
                if points > 0:
                    clauses.append(Weighted(query, points))
    return tuple(clauses)


def product_weights(
    asking: Asking,
    settings: RankingSettings,
    vocabulary: Vocabulary,
    *,
    institutions: Mapping[str, float],
    today: date,
) -> tuple[Weighted, ...]:
    """Points for products, given a need. `institutions`: code → value of the institution's record with companies like
    this one. Products that no known fact speaks against go before all others, and among them those that pay out:
    each step is worth more than all features together.
    """
    facts = asking.facts
    in_reach = Weighted(need_query(facts, vocabulary), 2 * settings.total)
    pays_out = Weighted(Not(Terms("kind_path", tuple(sorted(settings.supplements)))), settings.total)
    parts = _weighted(
        {
            "amount": _amount_of_products(facts.get("amount"), settings),
            "term": _term_of_products(facts.get("term")),
            "cost": _cost_of_products(facts.get("max_annual_cost"), settings),
            "collateral": _collateral_of_products(facts.get("collateral")),
            "purpose": _purpose_of_products(facts.get("purpose"), facts.get("themes")),
            "proximity": _near_products(asking.region_path),
            "stage": _stage_of_products(facts, settings, vocabulary),
            "first_loan": _first_loan_of_products(facts.get("has_ever_borrowed")),
            "record": _institutions(institutions),
            "speed": _falling("answer_days", settings.slow_days * 10),
            "freshness": _rising("confirmed_on", days(today), settings.stale_days),
            "text": _words(asking.words, PRODUCT_TEXT, settings),
        },
        settings,
    )
    return (in_reach, pays_out, *parts) if settings.supplements else (in_reach, *parts)


def _amount_of_products(found: Value | None, settings: RankingSettings) -> Iterator[Part]:
    if isinstance(found, Decimal):
        ticks = ATTRIBUTES["amount"].ticks(found)
        yield Covers("amount", ticks), HALF
        low = int(ticks / settings.sweet_high)
        yield All((Covers("amount", ticks), Range("amount_limit", low, None))), HALF / 2
        high = int(ticks / settings.sweet_low) if settings.sweet_low else None
        yield All((Covers("amount", ticks), Range("amount_limit", low, high))), HALF / 2


def _term_of_products(found: Value | None) -> Iterator[Part]:
    if isinstance(found, Decimal):
        yield Covers("term", int(found)), HALF


def _cost_of_products(limit: Value | None, settings: RankingSettings) -> Iterator[Part]:
    bearable = float(limit) if isinstance(limit, Decimal) and limit > 0 else settings.cost_benchmark
    for band in range(BANDS):
        share = (band + 0.5) / BANDS  # reached where 1.5 − cost / bearable ≥ share
        yield Range("annual_cost", None, int((1.5 - share) * bearable * COST_SCALE)), 1 / BANDS
    yield Not(Exists("annual_cost")), HALF


def _listed(field: str, codes: Iterable[str], share: float, none: float) -> Iterator[Part]:
    """`share` where the product lists one of `codes`, `none` where it lists nothing."""
    wanted = tuple(sorted(codes))
    if wanted:
        yield Terms(field, wanted), share
    yield Not(Exists(field)), none


def _collateral_of_products(offered: Value | None) -> Iterator[Part]:
    """Most products ask for none, and nearly every need offers some: `-` is what such products list."""
    if isinstance(offered, frozenset):
        yield Terms("takes_collateral", (EMPTY_SET, *sorted(offered))), 1.0
    else:
        yield Terms("takes_collateral", (EMPTY_SET,)), HALF


def _purpose_of_products(purpose: Value | None, themes: Value | None) -> Iterator[Part]:
    if isinstance(purpose, str):
        yield from _listed("serves_purposes", (purpose,), PURPOSE_SHARE, PURPOSE_SHARE * HALF)
    if isinstance(themes, frozenset):
        yield from _listed("serves_themes", themes, THEME_SHARE, THEME_SHARE * HALF)


def _near_products(path: tuple[str, ...]) -> Iterator[Part]:
    """`nearness` of institutions, whose documents hold the path alone: an institution in the company's own region, or
    somewhere within a region above, taken between there and one step below."""
    reached = 0.0
    for steps in range(len(path) - 1, -1, -1):
        worth = 1.0 if steps == 0 else (nearness(steps) + nearness(steps + 1)) / 2
        yield Terms("institution_region_path", (path[steps],)), worth - reached
        reached = worth
    yield Not(Exists("institution_region_path")), HALF


def _near_needs(path: tuple[str, ...]) -> Iterator[Part]:
    """`nearness` of companies to an institution: within a region of its path, one step below it, or there exactly."""
    reached = 0.0
    for steps in range(len(path) - 1, -1, -1):
        below = nearness(steps + 1)
        yield Terms("region_path", (path[steps],)), below - reached
        yield Terms("region", (path[steps],)), nearness(steps) - below
        reached = below
    yield Not(Exists("region")), HALF


def _stage_of_products(facts: Facts, settings: RankingSettings, vocabulary: Vocabulary) -> Iterator[Part]:
    stage = facts.get("stage")
    unwilling = facts.get("accepts_equity") is False
    if not isinstance(stage, str):
        return
    kinds: dict[float, list[str]] = {}
    for kind in vocabulary.terms("product_kinds"):
        path = vocabulary.path("product_kinds", kind)
        if not (unwilling and path[-1] == "equity"):
            kinds.setdefault(channel_value(stage, path, frozenset(), settings), []).append(kind)
    for value, codes in sorted(kinds.items()):
        serves = AnyOf((Terms("serves_stages", (stage,)), Not(Exists("serves_stages"))))
        yield All((Terms("kind", tuple(codes)), serves)), value


def _first_loan_of_products(borrowed: Value | None) -> Iterator[Part]:
    if borrowed is False:
        yield Terms("first_loan_friendly", ("true",)), 1.0 - FIRST_LOAN_PLAIN


def _institutions(values: Mapping[str, float]) -> Iterator[Part]:
    """Above the least value, in steps of a fiftieth."""
    least = min(values.values(), default=0.0)
    groups: dict[int, list[str]] = {}
    for institution, value in sorted(values.items()):
        groups.setdefault(round((value - least) * 50), []).append(institution)
    for step, codes in sorted(groups.items()):
        yield Terms("institution", tuple(codes)), step / 50


def _falling(field: str, limit: int) -> Iterator[Part]:
    """1 − value / limit, in bands; one half where there is no value."""
    for band in range(BANDS):
        yield Range(field, None, int(limit * (1 - (band + 0.5) / BANDS))), 1 / BANDS
    yield Not(Exists(field)), HALF


def _rising(field: str, latest: int, limit: int) -> Iterator[Part]:
    """1 − (latest − value) / limit, in bands; 0 where there is no value."""
    for band in range(BANDS):
        yield Range(field, latest - int(limit * (1 - (band + 0.5) / BANDS)), None), 1 / BANDS


def _words(words: frozenset[str], fields: tuple[str, ...], settings: RankingSettings) -> Iterator[Part]:
    """The longest few of the words, each for its share. An engine cannot stop counting at `text_enough`."""
    for word in sorted(words - settings.common_words, key=lambda word: (-len(word), word))[:MOST_WORDS]:
        yield Text(word, tuple((field, 1.0) for field in fields)), 1 / settings.text_enough


def need_weights(
    offer: Offer, rule: Rule, settings: RankingSettings, *, traits: Mapping[str, Mapping[str, float]], today: date
) -> tuple[Weighted, ...]:
    """Points for needs, given a product and its rule. `traits`: attribute → code (or `true`, `false`) → by how much
    the record's value rises above the least of the trait."""
    return _weighted(
        {
            "conditions": _requirements(rule),
            "amount": _amount_of_needs(offer, settings),
            "term": _term_of_needs(offer),
            "cost": _cost_of_needs(offer, settings),
            "collateral": _named("collateral", offer.collateral, 1.0),
            "purpose": _purpose_of_needs(offer),
            "proximity": _near_needs(offer.region_path),
            "stage": _stage_of_needs(offer, settings),
            "first_loan": _first_loan_of_needs(offer),
            "record": _traits(traits),
            "freshness": _rising("opened_on", days(today), settings.stale_days),
            "text": _words(offer.words, NEED_TEXT, settings),
        },
        settings,
    )


def _requirements(rule: Rule) -> Iterator[Part]:
    nodes = rule.nodes if isinstance(rule, AllOf) else (rule,)
    for node in nodes:
        yield met(node), 1 / len(nodes)


def _amount_of_needs(offer: Offer, settings: RankingSettings) -> Iterator[Part]:
    """Bands up to the usual range and down from it: each is worth a quarter of the half between edge and middle."""
    low, high = float(offer.amount_min), float(offer.amount_max)
    if high <= 0:
        return
    start, end = sweet_spot(low, high, settings)
    ticks = 10 ** ATTRIBUTES["amount"].scale
    yield Range("amount", int(low * ticks), int(high * ticks)), HALF + HALF / 8
    for band in (0.25, 0.5, 0.75, 1.0):
        first, last = low + (start - low) * band, high - (high - end) * band
        yield Range("amount", int(first * ticks), int(last * ticks)), HALF / 4 if band < 1.0 else HALF / 8
    yield Not(Exists("amount")), HALF


def _term_of_needs(offer: Offer) -> Iterator[Part]:
    yield Range("term", offer.term_min, offer.term_max or None), 1.0
    yield Not(Exists("term")), HALF


def _cost_of_needs(offer: Offer, settings: RankingSettings) -> Iterator[Part]:
    middle = reference_cost_of(offer)
    if middle is None:
        return
    scale = 10 ** ATTRIBUTES["max_annual_cost"].scale
    for band in range(BANDS):
        share = (band + 0.5) / BANDS
        yield Range("max_annual_cost", int(float(middle) / (1.5 - share) * scale), None), 1 / BANDS
    yield Not(Exists("max_annual_cost")), cost_value(float(middle), settings.cost_benchmark)


def _named(field: str, codes: frozenset[str], share: float) -> Iterator[Part]:
    """`share` where the need has one of `codes`, half of it where it is unknown; nothing where none are named."""
    if codes:
        yield Terms(field, tuple(sorted(codes))), share
        yield Not(Exists(field)), share * HALF


def _purpose_of_needs(offer: Offer) -> Iterator[Part]:
    yield from _named("purpose", offer.purposes, PURPOSE_SHARE)
    yield from _named("themes", offer.themes, THEME_SHARE)


def _stage_of_needs(offer: Offer, settings: RankingSettings) -> Iterator[Part]:
    willing = Not(Terms("accepts_equity", ("false",)))
    groups: dict[float, list[str]] = {}
    for stage in settings.channels:
        groups.setdefault(channel_value(stage, offer.kind_path, offer.stages, settings), []).append(stage)
    parts: list[Part] = [(Terms("stage", tuple(stages)), value) for value, stages in sorted(groups.items())]
    parts.append((Not(Exists("stage")), HALF))
    for query, share in parts:
        yield All((query, willing)) if offer.root_kind == "equity" else query, share


def _first_loan_of_needs(offer: Offer) -> Iterator[Part]:
    never = Terms("has_ever_borrowed", ("false",))
    if offer.first_loan_friendly:
        yield never, 1.0 - HALF
    else:
        yield Not(never), HALF - FIRST_LOAN_PLAIN


def _traits(traits: Mapping[str, Mapping[str, float]]) -> Iterator[Part]:
    for field, rises in sorted(traits.items()):
        groups: dict[int, list[str]] = {}
        for code, rise in sorted(rises.items()):
            groups.setdefault(round(rise * 50), []).append(code)
        for step, codes in sorted(groups.items()):
            yield Terms(field, tuple(codes)), step / 50
