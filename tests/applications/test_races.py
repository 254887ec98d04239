"""Two at once, on real transactions: no line is exceeded, no offer is chosen twice, no case is sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction

from backend.applications import services
from backend.applications.models import Application, CreditLine, Drawdown, Repayment
from backend.common.errors import DomainError
from backend.lifecycle.queries import broken_at, events_of
from tests.applications.playing import NOW, TODAY, Sides, bank, load_words, sides

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """What came of calls that start together in threads of their own: "done", or the refusal's code."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        try:
            start.wait(timeout=20)
            call()
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(future.result() for future in [pool.submit(run, call) for call in calls])


@pytest.fixture
def table(db: None) -> Sides:
    with transaction.atomic():
        load_words()
        return sides()


def payout(table: Sides, case: Application, amount: str, reference: str) -> Callable[[], object]:
    data = services.PayoutInput(reference=reference, amount=Decimal(amount), paid_on=TODAY)
    return partial(services.payout_record, actor=table.worker, application_id=case.pk, data=data, now=NOW)


def test_two_payouts_never_exceed_the_line(table: Sides) -> None:
    case = table.played("contract_signed")
    found = at_once(*(payout(table, case, "600000.00", f"P{number}") for number in range(4)))
    assert found == ["done", "over_limit", "over_limit", "over_limit"]
    line = CreditLine.objects.get()
    assert (line.drawn, Drawdown.objects.count()) == (Decimal("600000.00"), 1)
    assert broken_at(case) is None


def test_payouts_within_the_line_are_all_booked(table: Sides) -> None:
    case = table.played("contract_signed")
    found = at_once(*(payout(table, case, "200000.00", f"P{number}") for number in range(4)))
    assert found == ["done"] * 4
    assert CreditLine.objects.get().drawn == Decimal("800000.00")
    assert [event.event for event in events_of(case)].count("pay_out") == 4


def test_one_reference_sent_many_times_at_once_is_one_booking(table: Sides) -> None:
    case = table.played("contract_signed")
    assert at_once(*[payout(table, case, "600000.00", "P1")] * 4) == ["done"] * 4
    assert (CreditLine.objects.get().drawn, Drawdown.objects.count()) == (Decimal("600000.00"), 1)


def test_two_repayments_never_exceed_what_is_owed(table: Sides) -> None:
    case = table.played("disbursed")

    def repaid(number: int) -> Callable[[], object]:
        data = services.RepaymentInput(reference=f"R{number}", principal=Decimal("400000.00"), paid_on=TODAY)
        return partial(services.repayment_record, actor=table.worker, application_id=case.pk, data=data, now=NOW)

    assert at_once(repaid(1), repaid(2)) == ["done", "over_drawn"]
    assert (CreditLine.objects.get().repaid, Repayment.objects.count()) == (Decimal("400000.00"), 1)


def test_of_two_that_choose_at_once_one_wins(table: Sides) -> None:
    cases = table.send(table.product, bank()[1])
    offers = [table.offer(table.reviewed(case)) for case in cases]
    found = at_once(*(partial(table.choose, offer) for offer in offers))
    assert found == ["done", "offer_gone"]
    assert sorted(Application.objects.values_list("status", flat=True)) == ["chosen", "declined"]


def test_of_two_parts_that_together_are_too_much_one_is_chosen(table: Sides) -> None:
    cases = table.send(table.product, bank()[1])
    offers = [table.offer(table.reviewed(case), amount=Decimal("600000.00")) for case in cases]
    found = at_once(*(partial(table.choose, offer, keep_others=True) for offer in offers))
    assert found == ["done", "more_than_needed"]
    assert sorted(Application.objects.values_list("status", flat=True)) == ["chosen", "offered"]


def test_a_choice_and_a_revision_at_once_leave_one_truth(table: Sides) -> None:
    (case,) = table.send()
    offer = table.offer(table.reviewed(case))
    found = at_once(partial(table.choose, offer), partial(table.offer, case, rate=Decimal("3.9000")))
    case.refresh_from_db()
    # Whoever came first: either the offer that was read is chosen, or the choice is refused and the new one stands.
    assert (found, case.status, case.offer == offer) in (
        (["done", "wrong_state"], "chosen", True),
        (["done", "version_conflict"], "chosen", True),
        (["done", "offer_gone"], "offered", False),
        (["done", "version_conflict"], "offered", False),
    )


def test_a_round_sent_twice_at_once_is_one(table: Sides) -> None:
    assert at_once(table.send, table.send, table.send) == ["already_applied", "already_applied", "done"]
    assert Application.objects.count() == 1


def test_of_ten_who_accept_one_handles(table: Sides) -> None:
    (case,) = table.send()
    accept = partial(services.application_accept, actor=table.worker, application_id=case.pk, now=NOW)
    found = at_once(*[accept] * 10)
    assert found.count("done") == 1
    assert set(found) <= {"done", "wrong_state", "version_conflict"}
    assert events_of(case).count() == 2
