"""The all-in annual cost: its equation holds, and it moves the way money moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.matching.cost import (
    REPAYMENTS,
    CostError,
    CostRange,
    CostTerms,
    Fee,
    Subsidy,
    annual_cost,
    cash_flows,
    cost_range,
    cost_sheet,
    cost_terms,
    due_on,
    monthly_irr,
)
from backend.matching.cost_cache import CostCache

D = Decimal
rates = st.decimals(D("0"), D("24"), places=4)
amounts = st.decimals(D("10000"), D("100000000"), places=2)
terms_in_months = st.integers(1, 120)
repayments = st.sampled_from(REPAYMENTS)
shares = st.decimals(D("0"), D("5"), places=3)
fees = st.builds(
    Fee,
    kind=st.just("guarantee_fee"),
    payee=st.just("guarantor"),
    basis=st.sampled_from(["amount", "amount_per_year"]),
    when=st.sampled_from(["start", "yearly"]),
    rate=shares,
)
subsidies = st.builds(
    Subsidy,
    kind=st.just("interest_subsidy"),
    rate=shares,
    months=st.integers(1, 24),
    cap=st.one_of(st.none(), st.decimals(D("1"), D("200000"), places=2)),
)


def plain(
    repayment: str = "interest_monthly",
    fees: tuple[Fee, ...] = (),
    subsidies: tuple[Subsidy, ...] = (),
    low: str = "4",
    high: str = "6",
) -> CostTerms:
    return CostTerms(repayment, D(low), D(high), fees, subsidies)


@given(repayments, rates, amounts, terms_in_months, st.lists(fees, max_size=3), st.lists(subsidies, max_size=2))
def test_the_rate_makes_the_present_value_zero(
    repayment: str, rate: Decimal, amount: Decimal, months: int, fees: list[Fee], subsidies: list[Subsidy]
) -> None:
    terms = plain(repayment, tuple(fees), tuple(subsidies))
    flows = cash_flows(terms, rate, amount, months)
    if flows[0] <= 0:
        with pytest.raises(CostError, match="nothing is received"):
            monthly_irr(flows)
        return
    rate_found = monthly_irr(flows)
    with localcontext() as context:
        context.prec = 60
        present = sum((flow / (1 + rate_found) ** month for month, flow in enumerate(flows)), D(0))
    assert abs(present) < D("1e-10")


@given(rates, amounts, terms_in_months, st.sampled_from([r for r in REPAYMENTS if r != "bullet"]))
def test_a_loan_without_fees_costs_its_rate_compounded_monthly(
    rate: Decimal, amount: Decimal, months: int, repayment: str
) -> None:
    with localcontext() as context:
        context.prec = 40
        expected = (((1 + rate / 1200) ** 12 - 1) * 100).quantize(D("0.0001"))
        found = ((1 + monthly_irr(cash_flows(plain(repayment), rate, amount, months))) ** 12 - 1) * 100
    assert annual_cost(plain(repayment), rate, amount, months) == expected
    assert found.quantize(D("0.0001")) == expected


def test_a_bullet_loan_of_one_year_costs_its_rate() -> None:
    assert annual_cost(plain("bullet"), D("5"), D("1000000"), 12) == D("5.0000")
    # (1 + 0.05 × 2) ^ (1/2) − 1
    assert annual_cost(plain("bullet"), D("5"), D("1000000"), 24) == D("4.8809")


@given(repayments, rates, amounts, terms_in_months, shares, shares)
def test_a_higher_fee_never_costs_less(
    repayment: str, rate: Decimal, amount: Decimal, months: int, one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))

    def cost(share: Decimal) -> Decimal:
        fee = Fee("guarantee_fee", "guarantor", "amount", "start", rate=share)
        return annual_cost(plain(repayment, (fee,)), rate, amount, months)

    assert cost(low) <= cost(high)
    if high - low >= D("0.1"):
        assert cost(low) < cost(high)


@given(repayments, st.decimals(D("2"), D("24"), places=2), amounts, terms_in_months, subsidies)
def test_a_subsidy_lowers_the_cost_and_not_below_zero(
    repayment: str, rate: Decimal, amount: Decimal, months: int, subsidy: Subsidy
) -> None:
    with_it = annual_cost(plain(repayment, subsidies=(subsidy,)), rate, amount, months)
    without = annual_cost(plain(repayment), rate, amount, months)
    assert 0 <= with_it <= without
    if subsidy.rate >= 1 and subsidy.cap is None:
        assert with_it < without


def test_a_capped_subsidy_stops_at_its_cap() -> None:
    # 2 % a year of 30 million is 50,000 a month: the cap of 200,000 is reached after four of the six months.
    terms = plain(subsidies=(Subsidy("first_loan_subsidy", D("2"), 6, D("200000")),))
    sheet = cost_sheet(terms, D("4"), D("30000000"), 12)
    received = [line for line in sheet.lines if line.kind == "first_loan_subsidy"]
    assert [(line.month, line.amount) for line in received] == [(m, D("-50000.00")) for m in (1, 2, 3, 4)]
    assert sheet.total == D("1000000.00")


def test_the_sheet_names_payee_time_and_amount() -> None:
    terms = cost_terms(
        rate_min=D("4.35"),
        rate_max=D("4.35"),
        terms={"repayment": "interest_monthly"},
        fees=[
            {"kind": "guarantee_fee", "payee": "guarantor", "basis": "amount_per_year", "rate": "1", "when": "yearly"},
            {"kind": "appraisal_fee", "payee": "appraiser", "basis": "fixed", "amount": "3000", "when": "start"},
        ],
    )
    sheet = cost_sheet(terms, D("4.35"), D("1200000"), 18, start=date(2026, 8, 31))
    fee_lines = [
        (line.kind, line.payee, line.month, line.due_on, line.amount) for line in sheet.lines if line.kind != "interest"
    ]
    assert fee_lines == [
        ("guarantee_fee", "guarantor", 0, date(2026, 8, 31), D("12000.00")),
        ("appraisal_fee", "appraiser", 0, date(2026, 8, 31), D("3000.00")),
        ("guarantee_fee", "guarantor", 12, date(2027, 8, 31), D("6000.00")),
    ]
    interest = [line for line in sheet.lines if line.kind == "interest"]
    assert [line.amount for line in interest] == [D("4350.00")] * 18
    assert interest[5].due_on == date(2027, 2, 28)
    assert sheet.total == D("99300.00")
    assert sheet.annual_cost == D("5.6932")


def test_a_deposit_is_set_off_against_the_last_rents_and_costs_its_use() -> None:
    terms = cost_terms(
        rate_min=D("6"),
        rate_max=D("6"),
        fees=[],
        terms={"repayment": "equal_principal", "deposit": "10", "residual": "100.00"},
    )
    sheet = cost_sheet(terms, D("6"), D("1200000"), 12)
    assert [(line.month, line.amount) for line in sheet.lines if line.kind == "deposit"] == [
        (0, D("120000.00")),
        (11, D("-19400.00")),
        (12, D("-100600.00")),
    ]
    assert [(line.month, line.amount) for line in sheet.lines if line.kind == "residual"] == [(12, D("100.00"))]
    assert sheet.total == D("39100.00")  # 6 % on a balance that falls from 1.2 million to nothing, and the residual
    assert sheet.annual_cost > annual_cost(plain("equal_principal"), D("6"), D("1200000"), 12)


def test_a_guarantee_is_priced_with_the_loan_that_it_opens() -> None:
    fee = {"kind": "guarantee_fee", "payee": "guarantor", "basis": "amount_per_year", "rate": "1", "when": "yearly"}
    terms = cost_terms(rate_min=None, rate_max=None, terms={"loan_rate_cap": "4.50"}, fees=[fee])
    assert (terms.rate_min, terms.rate_max) == (D("4.50"), D("4.50"))
    assert cost_range(terms, D("1000000"), 12) == CostRange(D("5.6726"), D("5.6726"))


@pytest.mark.parametrize(
    ("terms", "amount", "months", "code"),
    [
        (plain(), D("0"), 12, "bad_amount"),
        (plain(), D("1000"), 0, "bad_term"),
        (plain(fees=(Fee("service_fee", "x", "fixed", "start", amount=D("1000")),)), D("1000"), 12, "no_rate"),
        (plain(low="-1", high="2"), D("1000"), 12, "bad_terms"),
    ],
)
def test_degenerate_offers_are_refused(terms: CostTerms, amount: Decimal, months: int, code: str) -> None:
    with pytest.raises(CostError) as refused:
        cost_range(terms, amount, months)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "flows",
    [(), (D(1),), (D(-1), D(2)), (D(100), D(-50), D(10), D(-80)), (D(100), D(0), D(0))],
)
def test_flows_without_exactly_one_rate_are_refused(flows: tuple[Decimal, ...]) -> None:
    with pytest.raises(CostError) as refused:
        monthly_irr(flows)
    assert refused.value.code == "no_rate"


@pytest.mark.parametrize(
    ("terms", "fees"),
    [
        ({"repayment": "now_and_then"}, []),
        ({}, [{"kind": "x", "basis": "amount", "rate": 1.5}]),
        ({}, [{"kind": "x", "basis": "by_the_moon", "rate": "1"}]),
        ({}, [{"kind": "x", "basis": "amount", "rate": "-1"}]),
        ({}, [{"kind": "x", "basis": "fixed", "amount": "1", "when": "sometimes"}]),
        ({"subsidies": "all"}, []),
        ({"subsidies": [5]}, []),
        ({}, ["much"]),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms: dict[str, object], fees: list[dict[str, object]]) -> None:
    with pytest.raises(CostError) as refused:
        cost_terms(rate_min=D(4), rate_max=D(4), terms=terms, fees=fees)
    assert refused.value.code == "bad_terms"


def test_the_range_runs_from_the_lowest_to_the_highest_rate() -> None:
    assert cost_range(plain(low="4", high="6"), D("1000000"), 12) == CostRange(D("4.0742"), D("6.1678"))
    assert cost_range(CostTerms("interest_monthly", None, None), D("1000000"), 12) is None


def test_the_cache_shares_terms_where_the_amount_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Decimal] = []

    def counted(terms: CostTerms, amount: Decimal, months: int) -> CostRange | None:
        asked.append(amount)
        return cost_range(terms, amount, months)

    monkeypatch.setattr("backend.matching.cost_cache.cost_range", counted)
    free = plain(fees=(Fee("guarantee_fee", "g", "amount", "start", rate=D("1")),))
    fixed = plain(fees=(Fee("appraisal_fee", "a", "fixed", "start", amount=D("2000")),))
    cache = CostCache()
    assert cache.get(1, 1, free, D("100000"), 12) == cache.get(1, 1, free, D("900000"), 12)
    assert cache.get(2, 1, fixed, D("100000"), 12) != cache.get(2, 1, fixed, D("900000"), 12)
    cache.get(2, 1, fixed, D("900000"), 12)
    assert asked == [D("100000"), D("100000"), D("900000")]
    assert cache.get(3, 1, fixed, D("1000"), 12) is None


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 15), 0, date(2026, 5, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(start: date, months: int, expected: date) -> None:
    assert due_on(start, months) == expected
