"""Who financed whom before: past cases of a made-up market, decided by the products' own rules.

Every case is a company of an earlier day that applied where its facts do not rule it out. Each institution has
trades and districts that it knows better; there it says yes more often. The average share of yes is the calibration's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from backend.eligibility.attributes import Facts, Value
from backend.market.calibration import Calibration
from backend.market.generator import CompanyDraft, company

_DAYS = 730
_MOST_DRAWS = 6
_CHOSEN_AFFINITY = 0.56  # companies go where their like are known: the mean of the chosen, not one half
SECURED, UNSECURED, OTHER = "secured", "unsecured", "other"
FALLBACK = (OTHER, SECURED, UNSECURED)
_FIRST_CASE_NUMBER = 20_000_000  # apart from the companies of the market itself


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as the history needs it. `admits` is False where the facts rule a company out. `channel`: a bank's
    loan on collateral (secured) or without (unsecured), or something else; only a loan can be a first loan."""

    product_id: int
    institution_id: int
    institution_code: str
    answer_days: Decimal
    amount_max: Decimal
    admits: Callable[[Facts], bool]
    channel: str = UNSECURED

    @property
    def lends(self) -> bool:
        return self.channel != OTHER


@dataclass(frozen=True, slots=True)
class CaseDraft:
    offer: Offer
    facts: dict[str, Value]
    decided_on: date
    funded: bool
    first_loan: bool
    answer_days: int
    amount: Decimal


@lru_cache(maxsize=20_000)
def _knows(seed: int, institution: str, dimension: str, code: str) -> float:
    """How much an institution favours a code: 0 … 1, fixed by the seed and the institution's own code."""
    return random.Random(f"{seed}:{institution}:{dimension}:{code}").random()


def past_cases(
    calibration: Calibration,
    offers: Sequence[Offer],
    complete: Callable[[CompanyDraft, date], dict[str, Value]],
    section: Callable[[str], str],
    *,
    seed: int,
    count: int,
    today: date,
) -> Iterator[CaseDraft]:
    """`count` decided cases of the two years before `today`. A company that nobody admits leaves none and the next one
    is drawn; after `_MOST_DRAWS` companies a case the cases end, however few.

    `complete` gives a draft's facts with the computed ones, `section` the root above an industry.
    """
    draws = _MOST_DRAWS * count
    return islice(_cases(calibration, offers, complete, section, seed=seed, draws=draws, today=today), count)


def _cases(
    calibration: Calibration,
    offers: Sequence[Offer],
    complete: Callable[[CompanyDraft, date], dict[str, Value]],
    section: Callable[[str], str],
    *,
    seed: int,
    draws: int,
    today: date,
) -> Iterator[CaseDraft]:
    for index in range(draws):
        rng = random.Random(f"{seed}:case:{index}")
        decided_on = today - timedelta(days=1 + int(rng.random() * _DAYS))
        draft = company(calibration, seed=seed, number=_FIRST_CASE_NUMBER + index, today=decided_on, needs_each=1)
        need = draft.needs[0]
        facts = {**complete(draft, decided_on), **need.all_facts()}
        known = _known(facts, section)
        offer = _choose(calibration, offers, facts, known, rng, seed)
        if offer is None:
            continue
        affinity = _affinity(seed, offer, known)
        leaning = 1 + calibration.affinity * (affinity - _CHOSEN_AFFINITY)
        never = facts.get("has_ever_borrowed") is False
        yes = _yes(calibration, never=never) if offer.lends else calibration.funded_share
        funded = rng.random() < yes * leaning
        yield CaseDraft(
            offer=offer,
            facts=facts,
            decided_on=decided_on,
            funded=funded,
            first_loan=funded and never and offer.lends,
            answer_days=max(1, round(rng.gauss(float(offer.answer_days), 1.5))),
            amount=min(need.amount, offer.amount_max),
        )


def _yes(calibration: Calibration, *, never: bool) -> float:
    """How often an applicant for a loan is funded: such that `funded_share` of all are, and `first_loan_share` of those
    had never borrowed, where applicants have borrowed as often as companies."""
    share = calibration.never_borrowed * (1 - calibration.unknown.get("has_ever_borrowed", 0.0))
    among_funded, among_all = (
        (calibration.first_loan_share, share) if never else (1 - calibration.first_loan_share, 1 - share)
    )
    return calibration.funded_share * among_funded / among_all


def _known(facts: Facts, section: Callable[[str], str]) -> list[tuple[str, str]]:
    """What an institution may know its way in: trade, district, stage; (dimension, code)."""
    found = [(key, value) for key in ("industry", "region", "stage") if isinstance(value := facts.get(key), str)]
    return [(key, section(code) if key == "industry" else code) for key, code in found]


def _affinity(seed: int, offer: Offer, known: Sequence[tuple[str, str]]) -> float:
    """0 … 1: how well the institution knows this trade and this district."""
    degrees = [_knows(seed, offer.institution_code, dimension, code) for dimension, code in known]
    return sum(degrees) / len(degrees) if degrees else 0.5


def _choose(
    calibration: Calibration,
    offers: Sequence[Offer],
    facts: Facts,
    known: Sequence[tuple[str, str]],
    rng: random.Random,
    seed: int,
) -> Offer | None:
    """An offer that does not rule the company out: of the channel that the company looks for first, else of the next;
    within it companies tend to go where their like are known."""
    pull = calibration.affinity
    for channel in (first := calibration.seeks.draw(rng), *(code for code in FALLBACK if code != first)):
        candidates = [offer for offer in offers if offer.channel == channel]
        candidates.sort(key=lambda offer: -(pull * _affinity(seed, offer, known) + (1 - pull) * rng.random()))
        for offer in candidates:
            if offer.admits(facts):
                return offer
    return None
