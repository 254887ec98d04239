"""Offers, needs and settings from which the matching tests vary one thing at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.eligibility.attributes import Label, Value
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.matching.candidate import Asking, Candidate, Listing, Offer
from backend.matching.cost import CostRange, CostTerms
from backend.matching.record import RecordScore
from backend.matching.settings import RankingSettings

TODAY = date(2026, 3, 2)
PACK = Path(__file__).resolve().parents[2] / "fixtures" / "jinan"


def terms(rows: str) -> list[Term]:
    """ "a b<a c<b" → a, b under a, c under b; the label of x is 甲x and X."""
    found = []
    for row in rows.split():
        code, _, parent = row.partition("<")
        found.append(Term(code, Label(f"甲{code}", code.upper()), parent or None))
    return found


VOCABULARY = Vocabulary(
    {
        "regions": terms("p c<p d1<c d2<c q"),
        "industries": terms("C C13<C I I65<I"),
        "stages": terms("seed startup growth mature"),
        "purposes": terms("working_capital rnd equipment"),
        "themes": terms("green tech"),
        "collateral": terms("real_estate invention_patent"),
        "product_kinds": terms("loan loan.credit<loan loan.mortgage<loan equity equity.angel<equity"),
    }
)


def content() -> dict[str, Any]:
    """The `ranking` parameter of the pack, to be changed at will."""
    loaded: dict[str, Any] = json.loads((PACK / "parameters" / "ranking.json").read_text())["content"]
    return loaded


def settings() -> RankingSettings:
    return RankingSettings.parse(content())


FACTS: Mapping[str, Value] = {
    "region": "d1",
    "stage": "startup",
    "amount": Decimal(500_000),
    "term": Decimal(12),
    "purpose": "working_capital",
    "themes": frozenset({"tech"}),
    "max_annual_cost": Decimal("5.00"),
    "collateral": frozenset({"real_estate"}),
    "has_ever_borrowed": False,
    "accepts_equity": True,
}

OFFER = Offer(
    id=7,
    version=1,
    institution_id=3,
    kind_path=("loan.credit", "loan"),
    region_path=("c", "p"),
    amount_min=Decimal(0),
    amount_max=Decimal(1_000_000),
    term_min=6,
    term_max=24,
    cost=CostTerms("interest_monthly", Decimal("4"), Decimal("4")),
    purposes=frozenset({"working_capital"}),
    themes=frozenset({"tech"}),
    collateral=frozenset({"real_estate"}),
    first_loan_friendly=True,
    answer_days=Decimal("5"),
    confirmed_on=TODAY - timedelta(days=9),
    words=frozenset({"科技", "周转", "首贷"}),
)

ASKING = Asking(
    id=11,
    facts=FACTS,
    region_path=("d1", "c", "p"),
    words=frozenset({"科技", "周转", "机床"}),
    opened_on=TODAY - timedelta(days=18),
)

BASE = Candidate(
    offer=OFFER,
    asking=ASKING,
    asked=4,
    met=4,
    today=TODAY,
    cost=CostRange(Decimal("4.0742"), Decimal("4.0742")),
    record=RecordScore(0.6, 40, 12),
    listing=Listing.OFFERS,
)


def with_offer(**changes: Any) -> Candidate:
    return replace(BASE, offer=replace(OFFER, **changes))


def with_facts(**changes: Value | None) -> Candidate:
    facts = {key: value for key, value in {**FACTS, **changes}.items() if value is not None}
    return replace(BASE, asking=replace(ASKING, facts=facts))
