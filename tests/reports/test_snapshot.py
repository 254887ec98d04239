"""A snapshot's JSON form loses nothing and takes nothing that it does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.reports.snapshot import (
    FORMAT,
    Change,
    Coded,
    CostLine,
    Datum,
    Fact,
    Group,
    Offer,
    Range,
    Reason,
    Snapshot,
    SnapshotError,
    digest,
    from_json,
    to_json,
)
from tests.reports.samples import offer, small

TEXTS = st.text(max_size=12)
MONEY = st.decimals(-(10**12), 10**12, places=2)
RATES = st.decimals(0, 100, places=4)
CODED = st.builds(Coded, TEXTS, TEXTS)
OFFERS = st.builds(
    Offer,
    code=TEXTS, version=st.integers(1, 9), name=TEXTS, institution=TEXTS, kind=CODED, amount_min=MONEY,
    amount_max=MONEY, term_min=st.integers(0, 600), term_max=st.integers(0, 600), rate_min=st.none() | RATES,
    rate_max=st.none() | RATES, answer_days=st.none() | RATES, last_confirmed_on=st.none() | st.dates(), score=RATES,
    met=st.integers(0, 9), asked=st.integers(0, 9), cost=st.none() | st.builds(Range, RATES, RATES),
    cost_lines=st.lists(st.builds(CostLine, CODED, st.none() | CODED, MONEY, MONEY), max_size=2).map(tuple),
    reasons=st.lists(st.builds(Reason, TEXTS, TEXTS, st.booleans()), max_size=2).map(tuple),
    documents=st.lists(CODED, max_size=2).map(tuple),
    missing=st.lists(st.builds(Datum, TEXTS, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    changes=st.lists(st.builds(Change, TEXTS, TEXTS, st.booleans(), st.none() | st.dates()), max_size=2).map(tuple),
)  # fmt: skip
GROUPS = st.builds(Group, st.integers(0, 99), st.lists(OFFERS, max_size=2).map(tuple))
FACTS = st.lists(st.builds(Fact, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple)
SNAPSHOTS = st.builds(
    Snapshot,
    format=st.just(FORMAT), language=st.sampled_from(["zh-hans", "en"]), day=st.dates(), city=TEXTS, currency=TEXTS,
    company=TEXTS, credit_code=TEXTS, need=st.integers(1), need_version=st.integers(1), title=TEXTS, amount=MONEY,
    term_months=st.none() | st.integers(1, 600), need_facts=FACTS, company_facts=FACTS, eligible=GROUPS, missing=GROUPS,
    almost=GROUPS, considered=st.integers(0), total=st.integers(0),
)  # fmt: skip


@given(SNAPSHOTS)
def test_nothing_is_lost_on_the_way_through_json(snapshot: Snapshot) -> None:
    data = json.loads(json.dumps(to_json(snapshot)))
    assert from_json(data) == snapshot
    assert digest(data) == digest(to_json(snapshot))


def test_the_order_of_keys_does_not_change_the_digest() -> None:
    data = to_json(small())
    assert digest(dict(reversed(data.items()))) == digest(data)


def test_any_value_changes_the_digest() -> None:
    before = digest(to_json(small()))
    assert digest(to_json(small(amount=Decimal("3660000.01")))) != before
    assert digest(to_json(small(day=date(2026, 11, 26)))) != before


def test_money_and_days_are_text() -> None:
    data = to_json(small())
    assert data["amount"] == "3660000.00"
    assert data["day"] == "2026-11-25"
    assert data["eligible"]["offers"][0]["cost_lines"][1]["high"] == "146400.25"
    assert data["eligible"]["offers"][0]["kind"] == {"code": "loan.credit", "label": "信用贷款"}


@pytest.mark.parametrize(
    "change",
    [
        {"format": FORMAT + 1},
        {"extra": 1},
        {"amount": "much"},
        {"need": "7"},
        {"day": "25 November"},
        {"eligible": {"count": 1}},
    ],
)
def test_what_is_no_snapshot_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SnapshotError):
        from_json(to_json(small()) | change)


def test_a_float_has_no_place_in_it() -> None:
    with pytest.raises(TypeError, match="float has no place in a snapshot"):
        to_json(replace(small(), amount=1.5))  # type: ignore[arg-type]


def test_totals_are_the_sums_of_the_lines() -> None:
    assert (offer().total_low, offer().total_high) == (Decimal("125330.05"), Decimal("145460.20"))
