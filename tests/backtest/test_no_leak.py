"""The matcher sees neither the lender of the loan that it ranks nor any later loan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest
from django.apps import apps
from django.core import serializers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.backtest.loans import Loan, Programme
from backend.backtest.run import backtest, match_later
from backend.backtest.split import Split, split
from tests.backtest.cases import loan, silent
from tests.backtest.market import Seen, empty_deployment, seen

pytestmark = pytest.mark.django_db(transaction=True)

CUTOFF = date(2004, 6, 1)
LENDERS = ("ASH BANK", "BIRCH BANK", "CEDAR BANK", "ELM BANK", "FIR BANK")
PLACES = (("RI", "02906"), ("RI", "02876"), ("VT", "05401"), ("NH", "03801"))
UNSEEN = "XYZZY BANK"


def _loan(row: int, lender: int, place: int, on: date) -> Loan:
    state, zip_code = PLACES[place % len(PLACES)]
    return loan(
        row,
        lender_name=LENDERS[lender % len(LENDERS)],
        state=state,
        zip_code=zip_code,
        approved_on=on,
        amount=Decimal(20_000 + 7_000 * (row % 9)),
        programme=tuple(Programme)[row % 3],
        term_months=(36, 84, 120)[row % 3],
    )


EARLIER = tuple(_loan(row, row * row + row // 4, row // 3, CUTOFF - timedelta(days=5 * row)) for row in range(1, 31))
LATER = tuple(_loan(row, row, row, CUTOFF + timedelta(days=row - 31)) for row in range(31, 37))
ROWS = [one.row for one in LATER]


def parts_of(earlier: tuple[Loan, ...], later: tuple[Loan, ...]) -> Split:
    return split([*earlier, *later], CUTOFF)


@cache
def base() -> Seen:
    return seen(parts_of(EARLIER, LATER))


def renamed(one: Loan, lender: str) -> Loan:
    return replace(one, lender=lender, lender_name=lender)


lenders = st.sampled_from([*LENDERS, UNSEEN])


@st.composite
def other_futures(draw: st.DrawFn) -> tuple[int, tuple[Loan, ...]]:
    """The row of one later loan, whose lender may be another; and all the later loans as they might have been: any
    other one may be gone, or made by somebody else, elsewhere, for another amount, on another day."""
    target = draw(st.sampled_from(LATER))
    later = [renamed(target, draw(lenders))]
    for one in LATER:
        if one.row != target.row and draw(st.booleans()):
            state, zip_code = draw(st.sampled_from([*PLACES, ("TX", "75001")]))
            changed = replace(
                renamed(one, draw(lenders)),
                state=state,
                zip_code=zip_code,
                amount=Decimal(draw(st.integers(1, 10**7))),
                approved_on=CUTOFF + timedelta(days=draw(st.integers(0, 400))),
            )
            later.append(changed)
    return target.row, tuple(later)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(other_futures())
def test_no_later_loan_changes_the_ranking_of_another_or_any_product(future: tuple[int, tuple[Loan, ...]]) -> None:
    row, later = future
    found = seen(parts_of(EARLIER, later))
    assert found.lenders[row] == base().lenders[row]
    assert found.products == base().products


def test_an_earlier_loan_does_change_them() -> None:
    """The property above would notice a difference."""
    found = seen(parts_of(tuple(renamed(one, "ASH BANK") if one.state == "RI" else one for one in EARLIER), LATER))
    assert found.lenders != base().lenders
    assert found.products != base().products


def test_every_product_comes_from_earlier_loans() -> None:
    offered = sorted({(one.lender, str(one.programme)) for one in EARLIER})
    assert [(lender, purposes) for lender, _, _, _, _, purposes, _, _ in base().products] == [
        (lender, [programme]) for lender, programme in offered
    ]


def test_nothing_in_the_database_tells_the_lender_of_a_later_loan() -> None:
    parts = parts_of(EARLIER, tuple(renamed(one, UNSEEN) for one in LATER))
    with empty_deployment((*parts.earlier, *parts.later)) as pack:
        match_later(parts, pack=pack, progress=silent)
        rows = [serializers.serialize("json", model._default_manager.all()) for model in apps.get_models()]
    assert "BORROWER 31" in "".join(rows)
    assert UNSEEN not in "".join(rows)


def _rank(one: Loan) -> int | None:
    shown = base().lenders[one.row]
    return 1 + shown.index(one.lender_name) if one.lender_name in shown else None


def test_ranks_and_shares_are_counted_after_the_matching() -> None:
    unserved = replace(_loan(37, 0, 0, CUTOFF + timedelta(days=9)), state="TX", zip_code="75001")
    parts = parts_of(EARLIER, (*LATER, renamed(replace(unserved, row=38), UNSEEN), unserved))
    with empty_deployment((*parts.earlier, *parts.later)) as pack:
        result = backtest(parts, pack=pack, progress=silent)
    by_row = dict(zip([one.row for one in parts.later], result.ranks, strict=True))
    assert {row: by_row[row] for row in ROWS} == {one.row: _rank(one) for one in LATER}
    assert by_row[38] is None
    assert (result.uncovered, result.unknown_lenders) == (2 / 8, 1 / 8)
    assert (result.cutoff, result.earlier, result.products) == (CUTOFF, 30, len(base().products))
