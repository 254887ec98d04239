"""The record of past cases: its laws, on generated cases, and a few worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.matching.record import Case, Record, RecordSettings, RecordSettingsError, Traits

TODAY = date(2025, 6, 30)
PARENTS = {"a1": "a", "a2": "a", "b1": "b", "a": "root", "b": "root"}


def paths(scheme: str, code: str) -> tuple[str, ...]:
    path = [code]
    while path[-1] in PARENTS:
        path.append(PARENTS[path[-1]])
    return tuple(path)


CONTENT: dict[str, Any] = {
    "floor": 1e-4,
    "enough": 2,
    "bands": {"amount": ["100", "1000"], "term_months": ["12"], "employees": ["10"]},
    "memories": [
        {"share": 0.6, "chains": [
            {"weight": 1, "levels": [
                {"traits": ["region@1"], "strength": 4}, {"traits": ["region@2"], "strength": 3},
            ]},
            {"weight": 2, "levels": [{"traits": ["purpose", "amount"], "strength": 5}]},
        ]},
        {"share": 0.4, "half_life_days": 60, "chains": [
            {"weight": 1, "levels": [{"traits": ["industry"], "strength": 2}]},
        ]},
    ],
}  # fmt: skip
SETTINGS = RecordSettings.parse(CONTENT)

cases = st.builds(
    Case,
    institution_id=st.integers(1, 5),
    decided_on=st.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
    funded=st.booleans(),
    amount=st.integers(1, 5000).map(Decimal),
    product_id=st.sampled_from([None, 11, 12]),
    region=st.sampled_from(["", "a", "a1", "a2", "b1"]),
    industry=st.sampled_from(["", "x", "y"]),
    purpose=st.sampled_from(["", "order", "trade"]),
    term_months=st.sampled_from([None, 6, 36]),
    employees=st.sampled_from([None, 3, 30]),
)


def traits_of(case: Case) -> Traits:
    return Traits(
        region=case.region, industry=case.industry, purpose=case.purpose, amount=case.amount,
        term_months=case.term_months, employees=case.employees,
    )  # fmt: skip


def build(given_cases: list[Case], settings: RecordSettings = SETTINGS) -> Record:
    return Record.build(given_cases, settings, today=TODAY, paths=paths)


@given(st.lists(cases, max_size=30), cases)
def test_a_value_lies_between_0_and_1_and_counts_are_consistent(past: list[Case], asked: Case) -> None:
    record = build(past)
    scores = record.scores(traits_of(asked), range(1, 8))
    assert set(scores) == set(range(1, 8))
    for score in scores.values():
        assert 0.0 <= score.value <= 1.0
        assert 0 <= score.funded <= score.comparable <= len(past)
    for product in (None, 11, 12):
        assert 0.0 <= record.score(3, product, traits_of(asked)).value <= 1.0


@given(st.lists(cases, max_size=20).flatmap(lambda past: st.tuples(st.just(past), st.permutations(past))), cases)
def test_the_order_of_the_cases_does_not_matter(both: tuple[list[Case], list[Case]], asked: Case) -> None:
    one, other = (build(past).scores(traits_of(asked), range(1, 6)) for past in both)
    assert one == other


@given(st.lists(cases, max_size=30), cases)
def test_one_more_comparable_funded_case_never_lowers_a_score(past: list[Case], asked: Case) -> None:
    past = [*past, replace(asked, institution_id=5, decided_on=TODAY)]
    more = replace(asked, institution_id=1, funded=True)
    before = build(past).score(1, None, traits_of(asked)).value
    after = build([*past, more]).score(1, None, traits_of(asked)).value
    assert after >= before - 1e-12


@given(st.lists(cases, max_size=30), cases)
def test_one_more_refusal_never_raises_a_score(past: list[Case], asked: Case) -> None:
    past = [*past, replace(asked, institution_id=5, decided_on=TODAY)]
    more = replace(asked, institution_id=1, funded=False)
    before = build(past).score(1, None, traits_of(asked)).value
    after = build([*past, more]).score(1, None, traits_of(asked)).value
    assert after <= before + 1e-12


@given(st.lists(cases, min_size=1, max_size=30), cases)
def test_the_leading_institutions_are_those_with_the_best_scores(past: list[Case], asked: Case) -> None:
    settings = RecordSettings.parse({**CONTENT, "floor": 1e-300})
    record = build(past, settings)
    known = {case.institution_id for case in past}
    leading = record.leading(traits_of(asked), 3)
    assert len(leading) == min(3, len(known))
    values = record.scores(traits_of(asked), known)
    worst = min(values[institution].value for institution in leading)
    assert all(values[other].value <= worst for other in known - set(leading))


def test_what_was_decided_after_the_day_is_not_known() -> None:
    known = Case(1, TODAY, True, Decimal(500), region="a1")
    later = Case(2, TODAY + timedelta(days=1), True, Decimal(500), region="a1")
    asked = Traits(region="a1", amount=Decimal(500))
    assert build([known, later]).scores(asked, (1, 2)) == build([known]).scores(asked, (1, 2))


def test_a_share_by_hand() -> None:
    """Everywhere: 1 has 3 of 4 cases. In a: 1 of 2. With a prior of 0.5 for two institutions and one unknown one, and
    a strength of 2, its share is (1 + 2 × 3.5 / 5.5) / (2 + 2), that of 2 (1 + 2 × 1.5 / 5.5) / 4,
    for any other (0 + 2 × 0.5 / 5.5) / 4. Without refusals the approvals are all 1."""
    settings = RecordSettings.parse(
        {"floor": 1e-3, "prior": 0.5, "chains": [{"levels": [{"traits": ["region@1"], "strength": 2}]}]}
    )
    past = [
        Case(1, TODAY, True, Decimal(1), region="a"),
        Case(2, TODAY, True, Decimal(1), region="a"),
        Case(1, TODAY, True, Decimal(1), region="b"),
        Case(1, TODAY, True, Decimal(1), region="b"),
    ]
    record = build(past, settings)
    shares = {id: 1e-3 ** (1 - score.value) for id, score in record.scores(Traits(region="a1"), (1, 2, 3)).items()}
    expected = {1: (1 + 2 * 3.5 / 5.5) / 4, 2: (1 + 2 * 1.5 / 5.5) / 4, 3: (2 * 0.5 / 5.5) / 4}
    assert shares == pytest.approx(expected, rel=1e-9)


def test_the_quoted_cases_are_the_narrowest_that_suffice() -> None:
    past = [
        Case(1, TODAY, True, Decimal(500), region="a1"),
        Case(1, TODAY, False, Decimal(500), region="a2"),
        Case(2, TODAY, True, Decimal(500), region="a2"),
        Case(2, TODAY, True, Decimal(500), region="b1"),
    ]
    record = build(past)
    near = record.score(2, None, Traits(region="a2"))
    assert (near.scope, near.comparable, near.funded) == (("region@2",), 2, 1)
    wider = record.score(1, None, Traits(region="a1"))
    assert (wider.scope, wider.comparable, wider.funded) == (("region@1",), 3, 1)
    everywhere = record.score(1, None, Traits())
    assert (everywhere.scope, everywhere.comparable, everywhere.funded) == ((), 4, 1)


def test_a_short_memory_follows_the_market_and_a_long_one_does_not() -> None:
    levels = [{"levels": [{"traits": ["region@1"], "strength": 1}]}]
    past = [Case(1, TODAY - timedelta(days=365), True, Decimal(1), region="a") for _ in range(5)]
    past += [Case(2, TODAY, True, Decimal(1), region="a") for _ in range(3)]
    asked = Traits(region="a1")
    long = build(past, RecordSettings.parse({"chains": levels}))
    short = build(past, RecordSettings.parse({"chains": levels, "half_life_days": 60}))
    assert long.leading(asked, 2) == [1, 2]
    assert short.leading(asked, 2) == [2, 1]


def test_a_silent_market_is_remembered_as_it_was_last() -> None:
    past = [Case(1, date(2001, 1, 1), True, Decimal(1), industry="x"),
            Case(2, date(2001, 3, 1), True, Decimal(1), industry="x")]  # fmt: skip
    asked = Traits(industry="x")
    then = Record.build(past, SETTINGS, today=date(2001, 3, 1), paths=paths)
    assert build(past).scores(asked, (1, 2)) == then.scores(asked, (1, 2))


def test_a_seldom_taken_product_is_worth_less_by_the_setting() -> None:
    past = [Case(1, TODAY, True, Decimal(1), product_id=11)] * 15
    record = build(past, RecordSettings.parse({**CONTENT, "product_weight": 0.5, "product_strength": 5}))
    assert record.product_factor(1, 11) == 1.0
    assert record.product_factor(1, 12) == 1.0 - 0.5 * (1.0 - 5 / 20)
    assert build(past).product_factor(1, 12) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memories": []}, "each memory needs a chain, and there must be a memory"),
        ({"floor": 1}, "floor must lie between 0 and 1"),
        ({"prior": 0}, "prior must be a number above 0, not 0"),
        ({"product_weight": 2}, "product_weight must lie in [0, 1]"),
        ({"bands": {"region": ["1"]}}, "bands of 'region'"),
        ({"memories": [{"chains": [{"levels": [{"traits": ["colour"], "strength": 1}]}]}]}, "unknown trait 'colour'"),
        ({"memories": [{"chains": [{"levels": [{"traits": ["purpose@1"], "strength": 1}]}]}]}, "trait 'purpose@1'"),
        ({"memories": [{"chains": [{"levels": [{"strength": 1}]}]}]}, "KeyError('traits')"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordSettingsError) as refused:
        RecordSettings.parse({**CONTENT, **change})
    assert message in str(refused.value)
