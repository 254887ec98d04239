"""The same need filed twice, and the same thing pledged twice, told from what two needs say. Pure.

Facts name the kind of a pledge and no register number of a right. So one pledge offered twice is told by the same
company, the same kind of collateral and amounts that are near: a suspicion with its grounds, never a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Ground(StrEnum):
    PURPOSE = "same_purpose"
    PLEDGE = "same_pledge"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one need asks for. `purpose` is empty where it is not said; `pledges` are kinds of collateral."""

    need: int
    company: int
    purpose: str
    amount: Decimal | None
    pledges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """One ground of suspicion. `apart`: the difference of the amounts as a share of the greater; `pledges`: the kinds
    that both offer, for Ground.PLEDGE."""

    ground: Ground
    apart: Decimal
    pledges: frozenset[str] = frozenset()


def likenesses(one: Asked, other: Asked, *, share: Decimal) -> tuple[Likeness, ...]:
    """Why the two may be one; empty where nothing says so. `share`: how far apart near amounts may be."""
    if one.need == other.need or one.company != other.company:
        return ()
    apart = _apart(one.amount, other.amount)
    if apart is None or apart > share:
        return ()
    found = []
    if one.purpose == other.purpose:
        found.append(Likeness(Ground.PURPOSE, apart))
    if both := one.pledges & other.pledges:
        found.append(Likeness(Ground.PLEDGE, apart, both))
    return tuple(found)


def _apart(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return None
    return abs(one - other) / max(one, other)
