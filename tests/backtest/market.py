"""Backtests in this process, each on an empty database and an empty index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.core.management import call_command
from django.test import override_settings

from backend.backtest.loans import Loan
from backend.backtest.places import pack_with_places
from backend.backtest.run import match_later
from backend.backtest.split import Split
from backend.indexing import engines
from backend.matching import records_cache
from backend.products.models import Institution, Product
from tests.backtest.cases import PACK, silent


@contextmanager
def empty_deployment(loans: Sequence[Loan]) -> Iterator[Path]:
    """Gives the folder of a pack that knows the places of `loans`."""
    with tempfile.TemporaryDirectory(prefix="rongqiao-test-backtest-") as name:
        folder = Path(name)
        pack_with_places(PACK, folder / "packs" / "sba", loans)
        with override_settings(
            SEARCH_FOLDER=folder / "index",
            SEARCH_PREFIX=f"test-{uuid4().hex[:10]}",
            SEARCH_ENGINES=["embedded"],
            PACKS_DIR=folder / "packs",
            PACK="sba",
        ):
            call_command("flush", interactive=False, verbosity=0)
            engines.breaker.forget()
            records_cache.forget()
            yield folder / "packs" / "sba"
            records_cache.forget()


@dataclass(frozen=True)
class Seen:
    """What a backtest showed: the lenders of each later loan, by row, in order; and every product in full."""

    lenders: dict[int, tuple[str, ...]]
    products: list[tuple[object, ...]]


def seen(parts: Split) -> Seen:
    with empty_deployment((*parts.earlier, *parts.later)) as pack:
        matched = match_later(parts, pack=pack, progress=silent)
        names = dict(Institution.objects.values_list("pk", "name_en"))
        products = Product.objects.order_by("pk").values_list(
            "institution__name_en", "code", "kind", "amount_min", "amount_max", "purposes", "rule", "status"
        )
        return Seen(
            {
                loan.row: tuple(names[id] for id in ranking.lenders)
                for loan, ranking in zip(parts.later, matched.rankings, strict=True)
            },
            list(products),
        )
