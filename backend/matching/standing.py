"""Whether a company can have an offer at all on a day, and whether money comes with it. Both by the pack's data.

What is for lenders (a pool that shares a bank's loss) meets no company. Outside of its window, or with its budget
spent, an offer cannot be applied for. What only supplements other money (a subsidy, an insurance) stands behind what
pays out, however high it scores: nobody is helped by a subsidy for a loan that he does not have.
"""

from __future__ import annotations

from datetime import date

from backend.matching.candidate import Offer
from backend.matching.settings import RankingSettings


def on_offer(offer: Offer, today: date, settings: RankingSettings) -> bool:
    if not settings.for_lenders.isdisjoint(offer.kind_path):
        return False
    if offer.budget_left is not None and offer.budget_left <= 0:
        return False
    return offer.window is None or offer.window.is_open(today)


def supplements(offer: Offer, settings: RankingSettings) -> bool:
    return not settings.supplements.isdisjoint(offer.kind_path)
