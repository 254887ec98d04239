"""A mark for each of some products: where one need stands with it, without the engine and without reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from backend.accounts.audience import Viewer
from backend.eligibility.attributes import Facts
from backend.eligibility.rule import RuleError
from backend.eligibility.verdict import State
from backend.matching.compiled import Compiled
from backend.matching.context import context
from backend.matching.services import MOST_UNMET
from backend.matching.standing import on_offer
from backend.needs.models import Need
from backend.packs.queries import held
from backend.products.models import Product

Standing = Literal["eligible", "missing", "almost", "unmet"]


@held()
def standings(need: Need, products: Iterable[Product], *, viewer: Viewer, today: date) -> Mapping[int, Standing]:
    """Product id → the group of `products_for` that the product falls into, `unmet` where it is in none. A product
    whose stored rule is broken, or that is not on offer that day, is left out.

    Raises PackMissing, FactError where the need's stored data is broken.
    """
    asked = context(viewer, today, "zh-hans")
    facts = asked.facts(need)
    found: dict[int, Standing] = {}
    for product in products:
        try:
            judge = asked.bench.judge(product)
        except RuleError:
            continue
        if on_offer(judge.offer, today, asked.settings):
            found[product.pk] = _standing(judge.compiled, facts, today)
    return found


def _standing(compiled: Compiled, facts: Facts, today: date) -> Standing:
    state = compiled.read(facts)[0]
    if state is State.MET:
        return "eligible"
    far = compiled.distance(facts, today)
    if far is None:
        return "unmet"
    if state is State.UNKNOWN:
        return "missing"
    return "almost" if far.unmet <= MOST_UNMET else "unmet"
