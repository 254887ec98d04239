"""Offers and refusals: what may be said, what is kept, what the company is left with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.applications import services
from backend.applications.models import Offer, Refusal, RefusalReason, RepairTask
from backend.applications.offer_cost import offer_cost, unpublished_fees
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed
from backend.needs.models import Need
from backend.records.models import PastCase
from tests.applications.playing import NOW, TODAY, Sides, offer_input

pytestmark = pytest.mark.django_db
FEE = {"kind": "guarantee_fee", "payee": "guarantor", "basis": "amount_per_year", "rate": "1.0", "when": "start"}


def test_an_offer_is_kept_with_its_cost(table: Sides) -> None:
    case = table.played("due_diligence")
    offer = table.offer(case, fees=[FEE], conditions="  追加法定代表人保证  ", collateral=["receivables"])
    case.refresh_from_db()
    assert (case.offer, case.status, offer.number) == (offer, "offered", 1)
    assert (offer.conditions, offer.collateral) == ("追加法定代表人保证", ["receivables"])
    assert (offer.made_by, offer.made_at) == (table.approver, NOW)
    cost = offer_cost(offer, start=date(2025, 7, 10))
    assert cost is not None
    assert offer.annual_cost == cost.sheet.annual_cost
    # 12 times 3,500 of interest and 10,000 of fee on 1,000,000.
    assert cost.sheet.total == Decimal("52000.00")
    assert cost.sheet.lines[0].due_on == date(2025, 7, 10)
    assert unpublished_fees(offer, case.product_version.content) == ("guarantee_fee",)


def test_without_a_rate_no_cost_is_stated(table: Sides) -> None:
    offer = table.offer(table.played("due_diligence"), rate=None, terms={})
    assert (offer.rate, offer.annual_cost, offer_cost(offer)) == (None, None, None)


def test_the_cap_of_a_guaranteed_loan_states_the_cost(table: Sides) -> None:
    offer = table.offer(table.played("due_diligence"), rate=None, terms={"loan_rate_cap": "4.35"}, fees=[FEE])
    assert offer.annual_cost == Decimal("5.5140")


def test_a_revised_offer_takes_the_place_of_the_last(table: Sides) -> None:
    case = table.played("offered")
    first = case.offer
    second = table.offer(case, rate=Decimal("3.9000"))
    case.refresh_from_db()
    assert (case.offer, case.status, second.number) == (second, "offered", 2)
    assert list(Offer.objects.filter(application=case)) == [first, second]
    with pytest.raises(Conflict) as fault:
        table.choose(first)
    assert fault.value.code == "offer_gone"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount": Decimal("1000000.01")}, "more_than_needed", "amount"),
        ({"amount": Decimal("0.00")}, "out_of_range", "amount"),
        ({"amount": Decimal("1.005")}, "out_of_range", "amount"),
        ({"term_months": 0}, "out_of_range", "term_months"),
        ({"term_months": 601}, "out_of_range", "term_months"),
        ({"rate": Decimal("4.5001")}, "rate_above_product", "rate"),
        ({"rate": Decimal("-1")}, "out_of_range", "rate"),
        ({"rate": Decimal("NaN")}, "out_of_range", "rate"),
        ({"rate": Decimal("3.00001")}, "out_of_range", "rate"),
        ({"terms": {"repayment": "never"}}, "unknown_code", "terms.repayment"),
        ({"terms": {"window": {}}}, "extra_key", "terms.window"),
        ({"fees": [{**FEE, "kind": "tea"}]}, "unknown_code", "fees[0].kind"),
        ({"collateral": ["moon"]}, "unknown_code", "collateral[0]"),
        ({"valid_until": TODAY}, "out_of_range", "valid_until"),
        ({"valid_until": TODAY + timedelta(days=91)}, "out_of_range", "valid_until"),
        ({"conditions": "长" * 2001}, "wrong_length", "conditions"),
    ],
)
def test_an_offer_that_cannot_be_made(table: Sides, values: dict[str, Any], code: str, field: str) -> None:
    case = table.played("due_diligence")
    with pytest.raises(InvalidInput) as fault, transaction.atomic():
        table.offer(case, **values)
    assert (fault.value.code, fault.value.field) == (code, field)
    assert Offer.objects.count() == 0


def test_the_last_day_and_the_highest_rate_are_still_good(table: Sides) -> None:
    case = table.played("due_diligence")
    offer = table.offer(case, valid_until=TODAY + timedelta(days=90), rate=Decimal("4.5000"))
    assert offer.number == 1


def test_an_offer_is_written_once_and_by_who_decides(table: Sides) -> None:
    case = table.played("due_diligence")
    with pytest.raises(NotAllowed), transaction.atomic():
        services.offer_make(actor=table.worker, application_id=case.pk, data=offer_input(), now=NOW)
    assert Offer.objects.count() == 0
    table.offer(case)
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Offer.objects.update(rate=Decimal("1"))


def test_a_refusal_has_its_codes_its_sentence_and_its_tasks(table: Sides) -> None:
    case = table.refuse(table.played("due_diligence"), "5", "77", "10", other="集团授信超限")
    refusal = Refusal.objects.get(application=case)
    assert (case.status, refusal.counts, refusal.sentence) == ("refused", True, "抵押物评估值低于申请金额")
    assert list(refusal.reasons.values_list("place", "code", "text")) == [
        (1, "5", ""),
        (2, "77", "集团授信超限"),
        (3, "10", ""),
    ]
    (task,) = RepairTask.objects.all()
    assert (task.code, task.done_at) == ("5", None)
    assert task.problem["en"] == "Collateral or guarantee is not enough"
    assert task.department["zh"] == "政府性融资担保机构、知识产权管理部门"
    past = PastCase.objects.get()
    assert (past.institution, past.funded, past.answer_days, past.decided_on) == (table.bank, False, 0, TODAY)
    assert case.past_case == past
    assert Need.objects.get(pk=table.need.pk).status == "open"


@pytest.mark.parametrize(
    ("codes", "ends"), [(("12",), "expired"), (("12", "15"), "expired"), (("13",), "withdrawn"), (("14",), "withdrawn")]
)
def test_what_is_no_refusal_does_not_stand_as_one(table: Sides, codes: tuple[str, ...], ends: str) -> None:
    case = table.refuse(table.played("due_diligence"), *codes, sentence="多次联系未果")
    assert (case.status, Refusal.objects.get().counts) == (ends, False)
    assert (RepairTask.objects.count(), PastCase.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("codes", "values", "code", "field"),
    [
        ((), {}, "wrong_number", "codes"),
        (("1", "2", "3", "4", "5"), {}, "wrong_number", "codes"),
        (("99",), {}, "unknown_code", "codes[0]"),
        (("5", "12"), {}, "mixed_codes", "codes"),
        (("12", "13"), {}, "mixed_codes", "codes"),
        (("77",), {}, "required", "other"),
        (("77",), {"other": "长" * 301}, "wrong_length", "other"),
        (("5",), {"sentence": " "}, "required", "sentence"),
        (("5",), {"sentence": "长" * 1001}, "wrong_length", "sentence"),
    ],
)
def test_a_refusal_that_cannot_be_given(
    table: Sides, codes: tuple[str, ...], values: dict[str, Any], code: str, field: str
) -> None:
    case = table.played("due_diligence")
    with pytest.raises(InvalidInput) as fault, transaction.atomic():
        table.refuse(case, *codes, **values)
    assert (fault.value.code, fault.value.field) == (code, field)
    case.refresh_from_db()
    assert (case.status, Refusal.objects.count()) == ("due_diligence", 0)


def test_a_code_named_twice_is_one(table: Sides) -> None:
    table.refuse(table.played("due_diligence"), "5", "5")
    assert list(RefusalReason.objects.values_list("code", flat=True)) == ["5"]


@pytest.mark.parametrize("state", ["submitted", "accepted"])
def test_at_the_gate_an_account_manager_refuses_for_conditions_alone(table: Sides, state: str) -> None:
    case = table.played(state)
    with pytest.raises(InvalidInput) as fault, transaction.atomic():
        table.refuse(case, "7", "1", by=table.worker)
    assert (fault.value.code, fault.value.field) == ("not_at_the_gate", "codes[1]")
    assert table.refuse(case, "7", by=table.worker).status == "refused"


def test_after_the_gate_who_decides_refuses(table: Sides) -> None:
    case = table.played("due_diligence")
    with pytest.raises(NotAllowed), transaction.atomic():
        table.refuse(case, "7", by=table.worker)
    assert table.refuse(case, "1", by=table.approver).status == "refused"


def test_papers_that_do_not_come_end_a_case_at_the_account_manager_s_hand(table: Sides) -> None:
    assert table.refuse(table.played("more_asked"), "12", by=table.worker).status == "expired"


@pytest.mark.database
def test_the_database_knows_four_places_and_a_text_for_other(table: Sides) -> None:
    refusal = Refusal.objects.get(application=table.refuse(table.played("due_diligence"), "5"))
    reason = RefusalReason.objects.get()
    for changed in ({"place": 5, "code": "6"}, {"place": 2, "code": "5"}, {"place": 2, "code": "77"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RefusalReason.objects.create(refusal=refusal, **changed)
    assert reason.place == 1


def test_a_company_cannot_decide(table: Sides) -> None:
    case = table.played("due_diligence")
    with pytest.raises(DomainError) as fault:
        table.refuse(case, "7", by=table.owner)
    assert isinstance(fault.value, NotAllowed)
