"""Facts merged from a company, its need and the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from backend.common.errors import InvalidInput
from backend.common.size_class import SizeTable
from backend.companies.facts import Clerk, facts_of, stored_facts
from backend.companies.models import Company
from backend.eligibility.attributes import Label, Subject
from backend.eligibility.facts import FactError
from backend.eligibility.vocabulary import EMPTY, Term, Vocabulary
from backend.needs.models import Need

TREE = Vocabulary(
    {"industries": [Term("C", Label("制造业", "Manufacturing")), Term("C39", Label("计算机", "Computers"), "C")]}
)


def row(value: str) -> dict[str, Decimal]:
    return {"employees": Decimal(value), "annual_revenue": Decimal(value) * 10_000}


TABLE = SizeTable({"industry": {"large": row("1000"), "medium": row("300"), "small": row("20")}}, {"C": "industry"})


def company(**facts: object) -> Company:
    return Company(founded_on=date(2022, 1, 1), facts={key: {"value": value} for key, value in facts.items()})


def test_columns_facts_and_computed_ones_come_together() -> None:
    need = Need(amount=Decimal("1000000.00"), term_months=12, purpose="order", facts={"collateral": {"value": []}})
    facts = facts_of(
        company(industry="C39", employees="300", annual_revenue="3000000", stage="growth"),
        need,
        today=date(2025, 6, 30),
        vocabulary=TREE,
        size_table=TABLE,
    )
    assert facts == {
        "industry": "C39",
        "employees": Decimal(300),
        "annual_revenue": Decimal(3_000_000),
        "stage": "growth",
        "size_class": "medium",
        "years_in_business": Decimal("3.4"),
        "amount": Decimal(1_000_000),
        "term": Decimal(12),
        "purpose": "order",
        "collateral": frozenset(),
    }


@pytest.mark.parametrize(
    "known",
    [
        {"employees": "300", "annual_revenue": "3000000"},
        {"industry": "C39", "employees": "300"},
        {"industry": "A", "employees": "300", "annual_revenue": "3000000"},
    ],
)
def test_a_size_that_cannot_be_told_stays_unknown(known: dict[str, str]) -> None:
    facts = facts_of(company(**known), None, today=date(2025, 6, 30), vocabulary=TREE, size_table=TABLE)
    assert "size_class" not in facts


def test_what_is_unknown_is_absent() -> None:
    bare = Company(founded_on=None, facts={})
    need = Need(amount=Decimal("1.50"), term_months=None, purpose="", facts={})
    facts = facts_of(bare, need, today=date(2025, 6, 30), vocabulary=EMPTY, size_table=None)
    assert facts == {"amount": Decimal("1.50")}


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (
            Vocabulary({"sources": [Term("tax_grade", Label("税务局", "Tax authority"))]}),
            "“Tax credit grade” was attested on 2025-03-31, by: Tax authority. It cannot be changed here.",
        ),
        (EMPTY, "“Tax credit grade” was attested on 2025-03-31. It cannot be changed here."),
    ],
)
def test_the_refusal_to_change_an_attested_fact_says_who_holds_it(vocabulary: Vocabulary, message: str) -> None:
    attested = {"tax_grade": {"value": "B", "source": "authorised", "as_of": "2025-03-31"}}
    with override("en"), pytest.raises(InvalidInput) as refused:
        stored_facts(
            {"tax_grade": None},
            subject=Subject.COMPANY,
            vocabulary=vocabulary,
            clerk=Clerk(date(2025, 6, 30)),
            previous=attested,
        )
    with override("en"):
        assert refused.value.message.startswith(message)


def test_broken_stored_facts_say_where() -> None:
    with pytest.raises(FactError) as broken:
        facts_of(company(employees="many"), None, today=date(2025, 6, 30), vocabulary=EMPTY, size_table=None)
    assert (broken.value.path, broken.value.code) == ("employees", "wrong_type")
