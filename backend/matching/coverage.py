"""How well the published products cover the open needs, and what stands between the needs that none of them serves.

A need is *covered* when it meets the whole rule of at least one product, *pending* when it meets none but one may admit
it once missing data are known, else *uncovered*: every product refuses it. A *lever* of an uncovered need is one
attribute whose change alone, all else being as it is, would let it meet a product. Only products that pay money out
and can be had on the day count: a subsidy for a loan serves nobody who has no loan.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import QuerySet

from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.columns import MET, UNKNOWN, UNMET, Mask, Rows, States, states
from backend.eligibility.levers import levers
from backend.eligibility.nodes import Rule
from backend.indexing import engines
from backend.matching.context import ranking_settings
from backend.matching.market import Market
from backend.matching.offers import bench
from backend.matching.standing import on_offer, supplements
from backend.packs.queries import parameter_version
from backend.products.models import Product
from backend.products.queries import products_on_the_shelf

Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Lever:
    """For each uncovered need, in the order of `Coverage.uncovered`, how many products the change of one attribute
    alone would make `eligible`, and how many it would make at least possible (`opened`, the eligible among them)."""

    eligible: Counts
    opened: Counts


@dataclass(frozen=True, slots=True)
class Offered:
    """A published product. `kind` is the root of its kind."""

    id: int
    kind: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Coverage:
    """`eligible` and `pending`: how many products each need of the market meets, and may meet. `uncovered`: the rows
    without either. `levers` are in the registry's order; an attribute that helps nobody is absent. `by_kind`: kind →
    which needs meet a product of it."""

    market: Market
    products: tuple[Offered, ...]
    eligible: Counts
    pending: Counts
    uncovered: Rows
    levers: Mapping[str, Lever]
    by_kind: Mapping[str, Mask]

    def state(self) -> States:
        """MET: covered · UNKNOWN: pending · UNMET: uncovered."""
        return np.where(self.eligible > 0, MET, np.where(self.pending > 0, UNKNOWN, UNMET))


_lock = threading.Lock()
_known: tuple[tuple[object, ...], Coverage] | None = None


def coverage(market: Market) -> Coverage:
    """By the products published now; kept until one of them or the market changes. A product whose stored rule is
    broken is left out, and logged. Raises PackMissing."""
    global _known
    published = products_on_the_shelf().order_by("pk")
    stamp = (
        connection.settings_dict["NAME"],
        parameter_version("ranking", market.day).version,
        tuple(published.values_list("pk", "version", "updated_at")),
    )
    found = _find(market, stamp)
    if found is None:
        with _lock:
            found = _find(market, stamp)
            if found is None:
                found = measured(market, _offered(market, published))
                _known = (stamp, found)
    return found


def _find(market: Market, stamp: tuple[object, ...]) -> Coverage | None:
    known = _known
    return known[1] if known is not None and known[0] == stamp and known[1].market is market else None


def _offered(market: Market, products: QuerySet[Product]) -> tuple[Offered, ...]:
    settings, judges = ranking_settings(market.day), bench(market.vocabulary, engines.segmenter())
    found = judges.judges(products.select_related("institution"))
    return tuple(
        Offered(id, judge.offer.root_kind, judge.rule)
        for id, (judge, _product) in sorted(found.items())
        if on_offer(judge.offer, market.day, settings) and not supplements(judge.offer, settings)
    )


def measured(market: Market, products: tuple[Offered, ...]) -> Coverage:
    """The coverage of `market` by these products and no others."""
    eligible, pending = np.zeros(market.size, np.uint32), np.zeros(market.size, np.uint32)
    by_kind: dict[str, Mask] = {}
    for product in products:
        found = states(product.rule, market.columns, market.vocabulary)
        met = found == MET
        eligible += met
        pending += found == UNKNOWN
        by_kind[product.kind] = by_kind[product.kind] | met if product.kind in by_kind else met
    uncovered = np.flatnonzero((eligible == 0) & (pending == 0))
    return Coverage(market, products, eligible, pending, uncovered, _levers(market, products, uncovered), by_kind)


def _levers(market: Market, products: tuple[Offered, ...], uncovered: Rows) -> dict[str, Lever]:
    rows = market.columns.take(uncovered)
    found: dict[str, Lever] = {}
    for product in products if len(uncovered) else ():
        for key, best in levers(product.rule, rows, market.vocabulary).items():
            if not best.any():
                continue
            if key not in found:
                found[key] = Lever(np.zeros(rows.size, np.uint32), np.zeros(rows.size, np.uint32))
            lever = found[key]
            np.add(lever.eligible, best == MET, out=lever.eligible)
            np.add(lever.opened, best != UNMET, out=lever.opened)
    return {key: found[key] for key in ATTRIBUTES if key in found}
