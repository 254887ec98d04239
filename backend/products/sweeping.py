"""A change of a product on the shelf that lets in everybody or nobody, or leaves out most: asked before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from backend.eligibility.rule import RuleError
from backend.matching.reach import reaches, rule_moves
from backend.products.models import Product
from backend.products.rules import Limited, effective_rule

MOST = 2
"""One in so many of the needs that qualify today is *most*, where more than that leave."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Open needs that qualify `before` and `after` the change, and those that `enter` and `leave`. `everybody`: the
    change takes the last condition away."""

    before: int
    after: int
    enter: int
    leave: int
    everybody: bool

    @property
    def agreed(self) -> str:
        """What a person agrees to by saving all the same: another sweep is asked anew."""
        return f"{int(self.everybody)}.{self.enter}.{self.leave}"


def sweep_of(product: Product, after: Limited, *, today: date) -> Sweep | None:
    """None where the change is an everyday one, the product is not on the shelf, or a rule cannot be read."""
    if product.status != Product.Status.PUBLISHED:
        return None
    try:
        old, new = effective_rule(product), effective_rule(after)
    except RuleError:
        return None
    everybody = bool(product.rule) and not after.rule
    if old == new:
        return None
    before, moves = reaches({0: old}, today=today)[0].eligible, rule_moves(old, new, today=today)
    if not everybody and moves.leave * MOST <= before:
        return None
    return Sweep(before, before + moves.enter - moves.leave, moves.enter, moves.leave, everybody)
