"""The parts of a cost: what is paid to whom over the term, at the lowest and the highest rate."""

from __future__ import annotations

from decimal import Decimal

from backend.matching.cost import CostTerms, cost_terms
from backend.matching.cost_parts import CostPart, cost_parts


def test_interest_fee_and_subsidy_are_told_apart() -> None:
    terms = cost_terms(
        rate_min=Decimal("3.6"),
        rate_max=Decimal("4.8"),
        terms={"repayment": "interest_monthly", "subsidies": [{"kind": "first_loan", "rate": "1.2", "months": 6}]},
        fees=[
            {"kind": "guarantee_fee", "payee": "guarantor", "basis": "amount_per_year", "rate": "1", "when": "start"}
        ],
    )
    assert cost_parts(terms, Decimal("1000000"), 12) == (
        CostPart("guarantee_fee", "guarantor", Decimal("10000.00"), Decimal("10000.00")),
        CostPart("interest", "lender", Decimal("36000.00"), Decimal("48000.00")),
        CostPart("first_loan", "public", Decimal("-6000.00"), Decimal("-6000.00")),
    )


def test_a_deposit_that_comes_back_is_no_cost() -> None:
    terms = cost_terms(
        rate_min=Decimal("6"), rate_max=Decimal("6"), terms={"repayment": "equal_instalment", "deposit": "10"}, fees=[]
    )
    assert [part.kind for part in cost_parts(terms, Decimal("500000"), 24)] == ["interest"]


def test_no_rate_has_no_parts_and_neither_have_terms_that_cannot_be_reckoned() -> None:
    assert cost_parts(CostTerms("bullet", None, None), Decimal("1000000"), 12) == ()
    assert cost_parts(CostTerms("bullet", Decimal(4), Decimal(5)), Decimal("1000000"), 0) == ()
