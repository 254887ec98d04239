"""Costs kept in memory."""

from __future__ import annotations

from decimal import Decimal

from backend.matching.cost import CostError, CostRange, CostTerms, cost_range


class CostCache:
    """Cost ranges by (offer, version, amount, term), at most `limit` of them, the oldest dropped first.

    Where the cost does not depend on the amount the key leaves it out, so that one product's leads share a few terms.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._ranges: dict[tuple[int, int, Decimal | None, int], CostRange | None] = {}

    def get(self, offer_id: int, version: int, terms: CostTerms, amount: Decimal, months: int) -> CostRange | None:
        """As `cost_range`, but None as well where no rate can be stated."""
        key = (offer_id, version, None if terms.scale_free else amount, months)
        if key not in self._ranges:
            if len(self._ranges) >= self._limit:
                del self._ranges[next(iter(self._ranges))]
            try:
                self._ranges[key] = cost_range(terms, amount, months)
            except CostError:
                self._ranges[key] = None
        return self._ranges[key]
