"""Which open needs a product gains and loses by being published or changed: shown before, and written down with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from backend.eligibility.rule import RuleError
from backend.matching.reach import Moves, reaches, rule_moves
from backend.products.models import Product
from backend.products.rules import Limited, effective_rule


def moves_to(product: Product, after: Limited, *, today: date) -> Moves | None:
    """What it makes to put `after` in the place of what the product says now: open needs that come to be eligible, and
    those that are so no longer. What is not on the shelf has nobody to lose. None where a rule cannot be read."""
    try:
        new = effective_rule(after)
        old = effective_rule(product) if product.status == Product.Status.PUBLISHED else None
    except RuleError:
        return None
    if old is None:
        return Moves(enter=reaches({0: new}, today=today)[0].eligible, leave=0)
    return Moves(0, 0) if old == new else rule_moves(old, new, today=today)


def written(moves: Moves | None) -> Mapping[str, int]:
    """As an event's data holds it."""
    return {} if moves is None else {"enter": moves.enter, "leave": moves.leave}
