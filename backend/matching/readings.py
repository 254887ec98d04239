"""The pure functions behind the ranking features: each reads one candidate and gives a value in [0, 1], the number
behind it, and which phrase says it. What is not known counts one half and has no phrase.

`features.py` is the table that names, defines and words them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from backend.eligibility.vocabulary import Vocabulary
from backend.matching.candidate import Candidate, Listing, share_of
from backend.matching.settings import RankingSettings

HALF = 0.5


class Reading(NamedTuple):
    """A feature's value in [0, 1], the number behind it, and the key of the phrase that says it ("" says nothing)."""

    value: float
    number: Decimal | int | None = None
    outcome: str = ""


class Voice(NamedTuple):
    """In which language, and with which names, a phrase is said."""

    language: str
    vocabulary: Vocabulary
    common_words: frozenset[str] = frozenset()

    def name(self, scheme: str, code: str) -> str:
        return self.vocabulary.label(scheme, code).in_language(self.language)

    def names(self, scheme: str, codes: frozenset[str]) -> str:
        comma = "、" if self.language.startswith("zh") else ", "
        return comma.join(self.name(scheme, code) for code in sorted(codes))


def clamp(value: float) -> float:
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value


UNKNOWN = Reading(HALF)


def read_conditions(candidate: Candidate, settings: RankingSettings) -> Reading:
    value = candidate.met / candidate.asked if candidate.asked else 1.0
    return Reading(value, candidate.met, "met" if candidate.asked else "open")


def sweet_spot(low: float, high: float, settings: RankingSettings) -> tuple[float, float]:
    """The usual range of amounts of a product that lends from `low` to `high`."""
    start = max(low, settings.sweet_low * high)
    return start, max(start, settings.sweet_high * high)


def read_amount(candidate: Candidate, settings: RankingSettings) -> Reading:
    found = candidate.facts.get("amount")
    low, high = float(candidate.offer.amount_min), float(candidate.offer.amount_max)
    if not isinstance(found, Decimal) or high <= 0:
        return UNKNOWN
    amount = float(found)
    percent = round(amount / high * 100)
    if amount < low or amount > high:
        return Reading(0.0, percent, "outside")
    start, end = sweet_spot(low, high, settings)
    if amount < start:
        value = HALF + HALF * (amount - low) / (start - low)
    elif amount > end:
        value = HALF + HALF * (high - amount) / (high - end)
    else:
        return Reading(1.0, percent, "usual")
    return Reading(value, percent, "edge")


def fill_amount(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    amount, high = candidate.facts.get("amount"), candidate.offer.amount_max
    return {"percent": round(float(amount) / float(high) * 100) if isinstance(amount, Decimal) and high else "–"}


def read_term(candidate: Candidate, settings: RankingSettings) -> Reading:
    found = candidate.facts.get("term")
    if not isinstance(found, Decimal) or found <= 0:
        return UNKNOWN
    months = int(found)
    if candidate.offer.term_max and months > candidate.offer.term_max:
        return Reading(candidate.offer.term_max / months, months, "outside")
    if months < candidate.offer.term_min:
        return Reading(months / candidate.offer.term_min, months, "outside")
    return Reading(1.0, months, "within")


def fill_term(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    offer = candidate.offer
    return {"months": candidate.facts.get("term"), "low": offer.term_min, "high": offer.term_max or "∞"}


def bearable(candidate: Candidate) -> float | None:
    found = candidate.facts.get("max_annual_cost")
    return float(found) if isinstance(found, Decimal) and found > 0 else None


def cost_value(middle: float, limit: float) -> float:
    """1 where the cost is at most half of the limit, one half where it equals it, 0 from one and a half times on."""
    return clamp(1.5 - middle / limit)


def read_cost(candidate: Candidate, settings: RankingSettings) -> Reading:
    cost = candidate.cost
    if cost is None:
        return UNKNOWN
    middle = (cost.low + cost.high) / 2
    limit = bearable(candidate)
    value = cost_value(float(middle), limit or settings.cost_benchmark)
    return Reading(value, middle, "compared" if limit else "stated")


def fill_cost(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    cost = candidate.cost
    if cost is None:
        return {}
    low, high = f"{cost.low:.2f}", f"{cost.high:.2f}"
    limit = candidate.facts.get("max_annual_cost")
    return {
        "cost": low if low == high else f"{low}–{high}",
        "limit": f"{limit:.2f}" if isinstance(limit, Decimal) else "–",
    }


def read_collateral(candidate: Candidate, settings: RankingSettings) -> Reading:
    asked = candidate.offer.collateral
    if not asked:
        return Reading(1.0, 0, "none_asked")
    offered = candidate.facts.get("collateral")
    if not isinstance(offered, frozenset):
        return UNKNOWN
    common = len(asked & offered)
    return Reading(1.0, common, "offered") if common else Reading(0.0, 0, "missing")


def fill_collateral(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    asked, offered = candidate.offer.collateral, candidate.facts.get("collateral")
    common = asked & offered if isinstance(offered, frozenset) else frozenset()
    return {"asked": voice.names("collateral", asked), "offered": voice.names("collateral", common)}


PURPOSE_SHARE, THEME_SHARE = 0.6, 0.4
"""How purpose and theme share their feature."""


def read_purpose(candidate: Candidate, settings: RankingSettings) -> Reading:
    purpose, themes = candidate.facts.get("purpose"), candidate.facts.get("themes")
    offer = candidate.offer
    serves = bool(offer.purposes) and purpose in offer.purposes
    purpose_part = 1.0 if serves else HALF if purpose is None or not offer.purposes else 0.0
    common = len(offer.themes & themes) if isinstance(themes, frozenset) else 0
    theme_part = 1.0 if common else HALF if not offer.themes or themes is None else 0.0
    outcome = ("both" if common else "purpose") if serves else ("theme" if common else "")
    if purpose_part == 0.0 and theme_part < 1.0:
        outcome = "neither"
    return Reading(PURPOSE_SHARE * purpose_part + THEME_SHARE * theme_part, common, outcome)


def fill_purpose(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    purpose, themes = candidate.facts.get("purpose"), candidate.facts.get("themes")
    common = candidate.offer.themes & themes if isinstance(themes, frozenset) else frozenset()
    return {
        "purpose": voice.name("purposes", purpose) if isinstance(purpose, str) else "–",
        "themes": voice.names("themes", common),
    }


@lru_cache(maxsize=1 << 14)  # few regions, met again and again
def distance(one: tuple[str, ...], other: tuple[str, ...]) -> int | None:
    """Steps up from each region to the first that both lie in, added; None where there is none."""
    for steps, code in enumerate(one):
        if code in other:
            return steps + other.index(code)
    return None


def nearness(steps: int | None) -> float:
    return 0.0 if steps is None else 1.0 / (1 + steps)


def read_proximity(candidate: Candidate, settings: RankingSettings) -> Reading:
    here, there = candidate.asking.region_path, candidate.offer.region_path
    if not here or not there:
        return UNKNOWN
    steps = distance(here, there)
    outcome = "far" if steps is None or steps > 2 else "same" if steps == 0 else "near"
    return Reading(nearness(steps), steps, outcome)


def fill_proximity(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    paths = candidate.asking.region_path, candidate.offer.region_path
    company, institution = (voice.name("regions", path[0]) if path else "–" for path in paths)
    return {"company": company, "institution": institution}


def channel_value(stage: str, kind_path: tuple[str, ...], stages: frozenset[str], settings: RankingSettings) -> float:
    """How well a kind of product suits a stage: the pack's table; 0 where the product names other stages."""
    if stages and stage not in stages:
        return 0.0
    return share_of(settings.channels.get(stage, {}), kind_path, HALF)


def read_stage(candidate: Candidate, settings: RankingSettings) -> Reading:
    offer, stage = candidate.offer, candidate.facts.get("stage")
    if offer.root_kind == "equity" and candidate.facts.get("accepts_equity") is False:
        return Reading(0.0, None, "no_equity")
    if not isinstance(stage, str):
        return UNKNOWN
    value = channel_value(stage, offer.kind_path, offer.stages, settings)
    return Reading(value, round(value * 100), "fits" if value >= HALF else "unusual")


def fill_stage(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    stage = candidate.facts.get("stage")
    return {
        "kind": voice.name("product_kinds", candidate.offer.kind_path[0]),
        "stage": voice.name("stages", stage) if isinstance(stage, str) else "–",
    }


FIRST_LOAN_PLAIN = 0.25
"""Worth of an offer that is not meant for first-time borrowers to a company that never borrowed."""


def read_first_loan(candidate: Candidate, settings: RankingSettings) -> Reading:
    if candidate.facts.get("has_ever_borrowed") is not False:
        return UNKNOWN
    return Reading(1.0, 1, "friendly") if candidate.offer.first_loan_friendly else Reading(FIRST_LOAN_PLAIN, 0)


def read_record(candidate: Candidate, settings: RankingSettings) -> Reading:
    record = candidate.record
    return Reading(record.value, record.funded, "funded" if record.funded else "")


def fill_record(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    return {"funded": candidate.record.funded, "comparable": candidate.record.comparable}


def read_speed(candidate: Candidate, settings: RankingSettings) -> Reading:
    days = candidate.offer.answer_days
    if days is None:
        return UNKNOWN
    return Reading(clamp(1.0 - float(days) / settings.slow_days), days, "days")


def fill_speed(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    days = candidate.offer.answer_days
    return {"days": "–" if days is None else f"{days.normalize():f}"}


def age_in_days(candidate: Candidate) -> int | None:
    listed = candidate.listing is Listing.OFFERS
    dated_on = candidate.offer.confirmed_on if listed else candidate.asking.opened_on
    return None if dated_on is None else max(0, (candidate.today - dated_on).days)


def read_freshness(candidate: Candidate, settings: RankingSettings) -> Reading:
    age = age_in_days(candidate)
    if age is None:
        return Reading(0.0)
    return Reading(clamp(1.0 - age / settings.stale_days), age, candidate.listing.value)


def fill_freshness(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    return {"days": age_in_days(candidate)}


def shared_words(candidate: Candidate) -> frozenset[str]:
    return candidate.offer.words & candidate.asking.words


def read_text(candidate: Candidate, settings: RankingSettings) -> Reading:
    common = len(shared_words(candidate) - settings.common_words)
    return Reading(min(1.0, common / settings.text_enough), common, "common" if common else "")


def fill_text(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    comma = "、" if voice.language.startswith("zh") else ", "
    telling = shared_words(candidate) - voice.common_words
    return {"words": comma.join(sorted(telling, key=lambda word: (-len(word), word))[:4])}


def fill_conditions(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    return {"met": candidate.met, "asked": candidate.asked}


def fill_nothing(candidate: Candidate, voice: Voice) -> Mapping[str, object]:
    return {}
