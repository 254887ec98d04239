"""Contract, disbursements, repayments and reversals: what is booked once, and what never exceeds the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.applications import services
from backend.applications.models import Application, CreditLine, Drawdown, Repayment, Reversal
from backend.applications.services import FirstLoan, ReversalInput
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from backend.lifecycle.queries import events_of
from backend.needs.models import Need
from backend.records.models import PastCase
from tests.applications.playing import NOW, TODAY, Sides, bank, day_of, sides

pytestmark = pytest.mark.django_db


def totals(case: Application) -> tuple[str, str, str]:
    line = CreditLine.objects.get(application=case)
    return str(line.limit), str(line.drawn), str(line.repaid)


def refused(call: Any, *args: Any, **values: Any) -> DomainError:
    with pytest.raises(DomainError) as fault, transaction.atomic():
        call(*args, **values)
    return fault.value


def reverse(table: Sides, case: Application, booking: Drawdown | Repayment, reference: str = "X1") -> Reversal:
    service = services.drawdown_reverse if isinstance(booking, Drawdown) else services.repayment_reverse
    data = ReversalInput(booking=booking.pk, reference=reference, reason="录入有误")
    return service(actor=table.worker, application_id=case.pk, data=data, now=NOW)


def test_a_contract_opens_the_line(table: Sides) -> None:
    case = table.played("chosen")
    line = table.sign(case, amount=Decimal("900000.00"))
    assert (line.revolving, line.institution, totals(case)) == (False, table.bank, ("900000.00", "0.00", "0.00"))


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount": Decimal("1000000.01")}, "more_than_offered", "amount"),
        ({"contract": " "}, "wrong_length", "contract"),
        ({"signed_on": TODAY + timedelta(days=1)}, "future_date", "signed_on"),
    ],
)
def test_a_contract_that_cannot_be(table: Sides, values: dict[str, Any], code: str, field: str) -> None:
    error = refused(table.sign, table.played("chosen"), **values)
    assert (error.code, error.field) == (code, field)


def test_a_contract_number_is_used_once_by_an_institution(table: Sides) -> None:
    (first, second) = table.send(table.product, bank()[1])
    other = table.send(bank()[1])[0]
    assert other != second
    for case in (first, second):
        table.offer(table.reviewed(case), amount=Decimal("500000.00"))
        case.refresh_from_db()
    table.choose(first.offer, second.offer)
    table.sign(first, contract="HT-1", amount=Decimal("500000.00"))
    # Another institution's number is its own.
    assert table.sign(second, contract="HT-1", amount=Decimal("500000.00")).contract == "HT-1"


def test_a_first_payout_disburses_funds_the_need_and_makes_a_past_case(table: Sides) -> None:
    case = table.played("contract_signed")
    drawdown = table.pay(case, paid_on=TODAY - timedelta(days=2))
    case.refresh_from_db()
    assert (case.status, totals(case)) == ("disbursed", ("1000000.00", "600000.00", "0.00"))
    assert day_of(case.due_at) == "2026-06-28"
    assert (drawdown.bank_loan, drawdown.borrowed_before, drawdown.evidence) == (True, None, {})
    past = PastCase.objects.get()
    assert (past.funded, past.first_loan, past.amount, past.product) == (
        True, False, Decimal("1000000.00"), table.product,
    )  # fmt: skip
    assert (past.purpose, past.term_months, past.decided_on) == ("equipment", 12, TODAY)
    assert Need.objects.get(pk=table.need.pk).status == "funded"


def test_each_drawdown_is_an_event_and_none_exceeds_the_line(table: Sides) -> None:
    case = table.played("disbursed")
    error = refused(table.pay, case, "400000.01", "P2")
    assert (type(error), error.code) == (Conflict, "over_limit")
    table.pay(case, "400000.00", "P2")
    table.repay(case)
    assert refused(table.pay, case, "0.01", "P3").code == "over_limit"
    assert totals(case) == ("1000000.00", "1000000.00", "200000.00")
    assert [event.event for event in events_of(case)][-3:] == ["pay_out", "pay_out", "repay"]
    assert PastCase.objects.count() == 1


def test_a_revolving_line_frees_what_is_repaid(table: Sides) -> None:
    case = table.played("due_diligence")
    offer = table.offer(case, terms={"repayment": "on_demand"})
    table.choose(offer)
    assert table.sign(case).revolving
    table.pay(case, "1000000.00")
    repayment = table.repay(case, "300000.00")
    table.pay(case, "300000.00", "P2")
    assert totals(case) == ("1000000.00", "1300000.00", "300000.00")
    assert refused(table.pay, case, "0.01", "P3").code == "over_limit"
    assert refused(reverse, table, case, repayment).code == "over_limit"


@pytest.mark.database
def test_the_line_s_own_constraints_are_the_last_word(table: Sides) -> None:
    case = table.played("repaying")
    for drawn, repaid in (("1000000.01", "0"), ("600000.00", "600000.01"), ("-1", "0"), ("0", "-1")):
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditLine.objects.update(drawn=Decimal(drawn), repaid=Decimal(repaid))
    assert totals(case) == ("1000000.00", "600000.00", "200000.00")


@pytest.mark.database
def test_a_booking_is_written_once(table: Sides) -> None:
    case = table.played("repaying")
    for model in (Drawdown, Repayment):
        with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
            model.objects.update(reference="Z")
    reverse(table, case, Repayment.objects.get())
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Reversal.objects.all().delete()


def test_a_booking_sent_twice_is_one_and_its_number_stands_for_nothing_else(table: Sides) -> None:
    case = table.played("disbursed")
    first = Drawdown.objects.get()
    assert table.pay(case) == first
    repaid = table.repay(case)
    assert table.repay(case) == repaid
    for call, values in (
        (table.pay, {"amount": "600000.01"}),
        (table.pay, {"paid_on": TODAY - timedelta(days=1)}),
        (table.repay, {"principal": "1.00"}),
        (table.repay, {"interest": Decimal("1.00")}),
    ):
        error = refused(call, case, **values)
        assert (error.code, error.field) == ("reference_taken", "reference")
    assert totals(case) == ("1000000.00", "600000.00", "200000.00")
    assert (Drawdown.objects.count(), Repayment.objects.count(), events_of(case).count()) == (1, 1, 8)


def test_a_number_of_another_case_of_the_institution_is_taken(table: Sides) -> None:
    table.played("disbursed")
    moved = replace(sides(), bank=table.bank, product=table.product, worker=table.worker, approver=table.approver)
    case = moved.played("contract_signed")
    assert refused(moved.pay, case).code == "reference_taken"
    assert totals(case)[1] == "0.00"
    assert moved.pay(case, reference="P9").amount == Decimal("600000.00")


def test_repayments_never_exceed_what_was_drawn(table: Sides) -> None:
    case = table.played("disbursed")
    assert refused(table.repay, case, "600000.01").code == "over_drawn"
    assert refused(table.repay, case, "0.00").code == "required"
    only_interest = table.repay(case, "0.00", interest=Decimal("3500.00"))
    assert (only_interest.interest, totals(case)[2]) == (Decimal("3500.00"), "0.00")
    assert Application.objects.get(pk=case.pk).status == "repaying"


def test_a_case_closes_when_nothing_is_owed(table: Sides) -> None:
    case = table.played("repaying")
    error = refused(services.application_close, actor=table.worker, application_id=case.pk, now=NOW)
    assert error.code == "still_owed"
    table.repay(case, "400000.00", "R2")
    done = services.application_close(actor=table.worker, application_id=case.pk, now=NOW)
    assert (done.status, done.due_at) == ("closed", None)
    assert refused(table.pay, case, reference="P2").code == "wrong_state"
    assert Need.objects.get(pk=table.need.pk).status == "funded"


def test_a_reversed_disbursement_restates_everything(table: Sides) -> None:
    case = table.played("disbursed")
    drawdown = Drawdown.objects.get()
    reversal = reverse(table, case, drawdown)
    case.refresh_from_db()
    assert (case.status, totals(case)) == ("contract_signed", ("1000000.00", "0.00", "0.00"))
    assert (case.past_case, PastCase.objects.count()) == (None, 0)
    assert Need.objects.get(pk=table.need.pk).status == "talking"
    assert reverse(table, case, drawdown) == reversal
    assert refused(reverse, table, case, drawdown, "X2").code == "wrong_state"
    table.pay(case, "500000.00", "P2")
    assert (PastCase.objects.count(), Need.objects.get(pk=table.need.pk).status) == (1, "funded")


def test_one_of_two_disbursements_is_reversed(table: Sides) -> None:
    case = table.played("disbursed")
    second = table.pay(case, "400000.00", "P2")
    reverse(table, case, second)
    case.refresh_from_db()
    assert (case.status, totals(case), PastCase.objects.count()) == (
        "disbursed", ("1000000.00", "600000.00", "0.00"), 1,
    )  # fmt: skip
    assert refused(reverse, table, case, second, "X2").code == "reversed_already"


def test_what_is_repaid_is_reversed_first(table: Sides) -> None:
    case = table.played("repaying")
    drawdown, repayment = Drawdown.objects.get(), Repayment.objects.get()
    assert refused(reverse, table, case, drawdown).code == "over_drawn"
    reverse(table, case, repayment)
    assert (Application.objects.get(pk=case.pk).status, totals(case)[2]) == ("disbursed", "0.00")
    reverse(table, case, drawdown, "X2")
    assert Application.objects.get(pk=case.pk).status == "contract_signed"


def test_a_contract_without_disbursement_is_given_up(table: Sides) -> None:
    case = table.played("contract_signed")
    unsaid = refused(services.contract_cancel, actor=table.worker, application_id=case.pk, note="", now=NOW)
    assert unsaid.code == "required"
    done = services.contract_cancel(actor=table.worker, application_id=case.pk, note="企业不再需要", now=NOW)
    assert (done.status, Need.objects.get(pk=table.need.pk).status) == ("withdrawn", "open")


def test_money_is_booked_by_who_may_and_for_own_cases(table: Sides) -> None:
    case = table.played("contract_signed")
    other = sides()
    data = services.PayoutInput(reference="P1", amount=Decimal("1.00"), paid_on=TODAY)
    wrong = ((table.approver, NotAllowed), (table.owner, NotAllowed), (other.worker, NotFound))
    for actor, error in wrong:
        with pytest.raises(error):
            services.payout_record(actor=actor, application_id=case.pk, data=data, now=NOW)
    assert totals(case)[1] == "0.00"


@pytest.mark.parametrize(
    ("facts", "attested", "found"),
    [
        ({}, FirstLoan(), (None, {})),
        (
            {"has_ever_borrowed": False},
            FirstLoan(),
            (False, {"grade": "C", "source": "declared", "as_of": "2025-06-30", "inquiry": ""}),
        ),
        (
            {"has_ever_borrowed": {"value": False, "source": "authorised", "as_of": "2025-06-01"}},
            FirstLoan(),
            (False, {"grade": "B", "source": "register", "as_of": "2025-06-01", "inquiry": ""}),
        ),
        (
            {"has_ever_borrowed": {"value": False, "source": "authorised", "as_of": "2025-06-01"}},
            FirstLoan(borrowed=True, inquired_on=TODAY, inquiry="ZX-77"),
            (True, {"grade": "A", "source": "bank", "as_of": "2025-06-30", "inquiry": "ZX-77"}),
        ),
    ],
)
def test_what_is_known_of_earlier_loans_stands_with_the_drawdown(
    table: Sides, facts: dict[str, Any], attested: FirstLoan, found: tuple[bool | None, dict[str, str]]
) -> None:
    own = sides(**facts)
    drawdown = own.pay(own.played("contract_signed"), first=attested)
    assert (drawdown.borrowed_before, drawdown.evidence) == found
    assert PastCase.objects.get().first_loan is (found[0] is False)


def test_an_earlier_loan_here_is_known(table: Sides) -> None:
    own = sides(has_ever_borrowed=False)
    own.played("disbursed")
    assert [drawdown.borrowed_before for drawdown in Drawdown.objects.all()] == [False]
    (case,) = Application.objects.all()
    second = own.pay(case, "100000.00", "P2")
    assert (second.borrowed_before, second.evidence["source"]) == (True, "platform")


@pytest.mark.parametrize(
    ("attested", "field"),
    [
        (FirstLoan(borrowed=False), "first.inquired_on"),
        (FirstLoan(borrowed=False, inquired_on=TODAY), "first.inquiry"),
        (FirstLoan(borrowed=False, inquired_on=TODAY + timedelta(days=1), inquiry="1"), "first.inquired_on"),
    ],
)
def test_half_an_attestation_is_none(table: Sides, attested: FirstLoan, field: str) -> None:
    error = refused(table.pay, table.played("contract_signed"), first=attested)
    assert (type(error), error.field) == (InvalidInput, field)


def test_of_two_chosen_cases_the_second_payout_funds_the_need(table: Sides) -> None:
    first, second = table.send(table.product, bank()[1])
    for case in (first, second):
        table.offer(table.reviewed(case), amount=Decimal("500000.00"))
        case.refresh_from_db()
    table.choose(first.offer, second.offer)
    for case, expected in ((first, "talking"), (second, "funded")):
        table.sign(case, amount=Decimal("500000.00"))
        table.pay(case, "500000.00")
        assert Need.objects.get(pk=table.need.pk).status == expected


def test_a_need_is_funded_too_when_the_last_that_would_have_paid_ends(table: Sides) -> None:
    first, second = table.send(table.product, bank()[1])
    for case in (first, second):
        table.offer(table.reviewed(case), amount=Decimal("500000.00"))
        case.refresh_from_db()
    table.choose(first.offer, second.offer)
    table.sign(first, amount=Decimal("500000.00"))
    table.pay(first, "500000.00")
    table.refuse(second, "1")
    assert Need.objects.get(pk=table.need.pk).status == "funded"
