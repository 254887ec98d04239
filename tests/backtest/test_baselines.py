"""The baselines by hand, on cases small enough to count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.backtest.baselines import NaiveBayes, PopularInState, TextSearch, baselines, traits
from backend.backtest.loans import Loan, Programme
from tests.backtest.cases import loan

BARE = {"naics": "", "term_months": None, "employees": None, "new_business": None, "programme": None, "zip_code": ""}
EARLIER = [
    loan(1, lender_name="A BANK", **BARE),
    loan(2, lender_name="A BANK", **BARE),
    loan(3, lender_name="B BANK", **BARE),
    loan(4, lender_name="B BANK", state="VT", city="BURLINGTON", **BARE),
    loan(5, lender_name="B BANK", state="VT", city="BURLINGTON", **BARE),
]


@pytest.mark.parametrize(
    ("state", "scores"),
    [
        # Whole loans of the state, and the share in the country as a tie-break: 2 and 3 of five, over 2 + 5.
        ("RI", {"A BANK": 2 + 2 / 7, "B BANK": 1 + 3 / 7}),
        ("VT", {"A BANK": 2 / 7, "B BANK": 2 + 3 / 7}),
        ("TX", {"A BANK": 2 / 7, "B BANK": 3 / 7}),
        ("", {"A BANK": 2 / 7, "B BANK": 3 / 7}),
    ],
)
def test_popular_in_the_state(state: str, scores: dict[str, float]) -> None:
    assert PopularInState(EARLIER).scores(loan(state=state)) == scores


def test_naive_bayes() -> None:
    # log P(lender) by its loans, then state (two are known: floor ½ · 3), then amount (one band: floor ½ · 2).
    found = NaiveBayes(EARLIER).scores(loan(9, state="RI", **BARE))
    assert found == {
        "A BANK": pytest.approx(log(2) + log(2.5 / 3.5) + log(2.5 / 3), abs=1e-12),
        "B BANK": pytest.approx(log(3) + log(1.5 / 4.5) + log(3.5 / 4), abs=1e-12),
    }


def test_naive_bayes_leaves_out_what_is_unknown() -> None:
    found = NaiveBayes(EARLIER).scores(loan(9, state="", **BARE))
    assert found == {
        "A BANK": pytest.approx(log(2) + log(2.5 / 3), abs=1e-12),
        "B BANK": pytest.approx(log(3) + log(3.5 / 4), abs=1e-12),
    }


def test_the_traits_of_a_loan() -> None:
    told = loan(amount=Decimal(50_000), term_months=84, employees=5, new_business=True, programme=Programme.LOW_DOC)
    assert traits(told) == [
        ("state", "RI"),
        ("industry", "72"),
        ("amount", "2"),
        ("term", "3"),
        ("employees", "2"),
        ("new", "True"),
        ("programme", "low_doc"),
    ]
    assert traits(loan(9, state="", **BARE)) == [("amount", "2")]


def test_text_search() -> None:
    # A: providence 2, state 2, a, bank: 6 words; B: providence, burlington 2, RI, VT 2, b, bank: 8; the mean is 7.
    # "providence" and "RI" are in both texts: log(1 + ½ / 2½).
    found = TextSearch(EARLIER, {}).scores(loan(9, **BARE))
    common = log(1 + 0.5 / 2.5)
    norm_a, norm_b = 1.2 * (0.25 + 0.75 * 6 / 7), 1.2 * (0.25 + 0.75 * 8 / 7)
    assert found == {
        "A BANK": pytest.approx(2 * common * 2 * 2.2 / (2 + norm_a), abs=1e-12),
        "B BANK": pytest.approx(2 * common * 1 * 2.2 / (1 + norm_b), abs=1e-12),
    }


def test_text_search_reads_the_sector_in_words() -> None:
    names = {"72": "Accommodation and food", "445": "Food stores"}
    sold = [loan(1, lender_name="A", naics="722211"), loan(2, lender_name="B", naics="236115")]
    found = TextSearch(sold, names).scores(loan(9, state="", city="", naics="445110", zip_code="", programme=None))
    assert found["A"] > 0
    assert found["B"] == 0


def test_who_never_lent_has_no_score() -> None:
    made = baselines(EARLIER, {})
    assert list(made) == ["popular_in_state", "naive_bayes", "text"]
    assert [sorted(one.scores(loan(9, lender_name="C BANK"))) for one in made.values()] == [["A BANK", "B BANK"]] * 3


@given(
    state=st.sampled_from(["RI", "VT", "TX", ""]),
    city=st.sampled_from(["PROVIDENCE", "BURLINGTON", "A BANK", ""]),
    lender=st.sampled_from(["A BANK", "B BANK", "C BANK"]),
    programme=st.sampled_from([None, *Programme]),
)
def test_no_baseline_reads_the_lender_of_the_loan(
    state: str, city: str, lender: str, programme: Programme | None
) -> None:
    asked: Loan = loan(9, state=state, city=city, programme=programme, lender_name="A BANK")
    other = replace(asked, lender=lender, lender_name=lender)
    for one in baselines(EARLIER, {}).values():
        assert one.scores(other) == one.scores(asked)
