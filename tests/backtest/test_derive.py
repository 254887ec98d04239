"""Products from the loans of a lender."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backend.backtest.derive import NATIONWIDE_STATES, LenderProduct, amount_range, lender_products
from backend.backtest.loans import Programme
from tests.backtest.cases import loan

STATES = ("AL", "AR", "AZ", "CA", "CO", "CT", "DE", "FL", "GA", "IA", "ID", "IL")


def test_one_product_for_each_lender_and_programme() -> None:
    products = lender_products(
        [
            loan(1, lender_name="B BANK", amount=Decimal(1000)),
            loan(2, lender_name="B BK", programme=None, state="VT", amount=Decimal(4000)),
            loan(3, lender_name="B BANK", programme=Programme.REVOLVING, state="", amount=Decimal(100)),
            loan(4, lender_name="A BANK", programme=Programme.LOW_DOC, amount=Decimal(100)),
        ]
    )
    # One loan widens by 2 + 8 = 10; two by 2 + 8 / √2 = 7.66.
    assert products == [
        LenderProduct("A BANK", Programme.LOW_DOC, Decimal(0), Decimal(1000), ("RI",), 1),
        LenderProduct("B BANK", Programme.REVOLVING, Decimal(0), Decimal(1000), ("RI", "VT"), 1),
        LenderProduct("B BANK", Programme.TERM_LOAN, Decimal(100), Decimal(30700), ("RI", "VT"), 2),
    ]
    assert products[0].rule == {"attribute": "region", "op": "within", "value": ["RI"]}


@pytest.mark.parametrize(("count", "bound"), [(NATIONWIDE_STATES - 1, True), (NATIONWIDE_STATES, False)])
def test_a_lender_of_many_states_is_nationwide(count: int, bound: bool) -> None:
    (product,) = lender_products(loan(row, state=state) for row, state in enumerate(STATES[:count]))
    assert product.states == (STATES[:count] if bound else None)
    assert (product.rule == {}) is not bound


def test_a_lender_of_unknown_places_is_not_bound() -> None:
    (product,) = lender_products([loan(state="")])
    assert product.rule == {}


def test_the_tails_do_not_shape_the_range() -> None:
    usual = [Decimal(10_000)] * 98
    # 2 + 8 / √100 = 2.8; one loan in fifty of a hundred, two, is cut on either side.
    assert amount_range([Decimal(1), Decimal(1), *usual[:-2], Decimal(10**9), Decimal(10**9)]) == (3500, 28000)
    assert amount_range([Decimal(1), *usual, Decimal(10**9)]) == (3500, 28000)
