"""Whether a company can have an offer at all on a day, and whether money comes with it. Both by the pack's data.

What is for lenders (a pool that shares a bank's loss) meets no company. Outside of its window, or with its budget
spent, an offer cannot be applied for. What only supplements other money (a subsidy, an insurance) stands behind what
pays out, however high it scores: nobody is helped by a subsidy for a loan that he does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.matching.candidate import Offer
from backend.matching.settings import RankingSettings


@dataclass(frozen=True, slots=True)
class Shut:
    """Why no company can have an offer on a day: at least one of the three is so. `following`: the first and the last
    day of the window that comes next, where it is closed and one is known to come."""

    for_lenders: bool
    closed: bool
    spent: bool
    following: tuple[date, date] | None = None


def on_offer(offer: Offer, today: date, settings: RankingSettings) -> bool:
    return not (_for_lenders(offer, settings) or _spent(offer) or _closed(offer, today))


def shut(offer: Offer, today: date, settings: RankingSettings) -> Shut | None:
    """None where it is on offer."""
    if on_offer(offer, today, settings):
        return None
    closed = _closed(offer, today)
    following = offer.window.after(today) if closed and offer.window is not None else None
    return Shut(_for_lenders(offer, settings), closed, _spent(offer), following)


def _for_lenders(offer: Offer, settings: RankingSettings) -> bool:
    return not settings.for_lenders.isdisjoint(offer.kind_path)


def _spent(offer: Offer) -> bool:
    return offer.budget_left is not None and offer.budget_left <= 0


def _closed(offer: Offer, today: date) -> bool:
    return offer.window is not None and not offer.window.is_open(today)


def supplements(offer: Offer, settings: RankingSettings) -> bool:
    return not settings.supplements.isdisjoint(offer.kind_path)
