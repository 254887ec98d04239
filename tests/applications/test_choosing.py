"""The company chooses: one or several offers, never more than it needs, and thanks the rest."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from backend.applications import services
from backend.applications.models import Application
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.lifecycle.queries import events_of
from backend.needs.models import Need
from tests.applications.playing import NOW, Sides, bank, sides

pytestmark = pytest.mark.django_db


def round_of(table: Sides, *amounts: str) -> list[Application]:
    """Cases with an offer of each amount."""
    cases = table.send(*(bank()[1] for _ in amounts))
    for case, amount in zip(cases, amounts, strict=True):
        table.offer(table.reviewed(case), amount=Decimal(amount))
        case.refresh_from_db()
    return list(cases)


def statuses(*cases: Application) -> list[str]:
    return [Application.objects.get(pk=case.pk).status for case in cases]


def test_one_is_chosen_and_the_rest_are_thanked(table: Sides) -> None:
    first, second = round_of(table, "1000000.00", "800000.00")
    (waiting,) = table.send(table.product)
    (chosen,) = table.choose(second.offer)
    assert chosen == second
    assert statuses(first, second, waiting) == ["declined", "chosen", "declined"]
    last = events_of(first).last()
    assert last is not None
    assert (last.event, last.data, last.actor) == ("decline", {"because": "other_offer"}, table.owner)
    assert Need.objects.get(pk=table.need.pk).status == "talking"


def test_several_may_carry_one_need(table: Sides) -> None:
    first, second, third = round_of(table, "600000.00", "400000.00", "500000.00")
    assert table.choose(first.offer, second.offer) == (first, second)
    assert statuses(first, second, third) == ["chosen", "chosen", "declined"]


def test_never_more_than_the_need_asks_for(table: Sides) -> None:
    first, second, third = round_of(table, "600000.00", "400000.01", "400000.00")
    for offers in ((first.offer, second.offer), (first.offer, second.offer, third.offer)):
        with pytest.raises(Conflict) as fault, transaction.atomic():
            table.choose(*offers)
        assert fault.value.code == "more_than_needed"
    assert statuses(first, second, third) == ["offered"] * 3
    table.choose(first.offer, keep_others=True)
    assert statuses(first, second, third) == ["chosen", "offered", "offered"]
    with pytest.raises(Conflict) as fault, transaction.atomic():
        table.choose(second.offer)
    assert fault.value.code == "more_than_needed"
    # With the last the need is covered: whoever asked to keep the others has nothing left to give them.
    table.choose(third.offer, keep_others=True)
    assert statuses(first, second, third) == ["chosen", "declined", "chosen"]


def test_a_contract_for_less_leaves_room(table: Sides) -> None:
    first, second = round_of(table, "1000000.00", "300000.00")
    table.choose(first.offer, keep_others=True)
    assert statuses(first, second) == ["chosen", "declined"]
    table.sign(first, amount=Decimal("700000.00"))
    (third,) = round_of(table, "300000.00")
    table.choose(third.offer)
    assert statuses(first, third) == ["contract_signed", "chosen"]


def test_an_offer_past_its_validity_cannot_be_chosen(table: Sides) -> None:
    (case,) = round_of(table, "1000000.00")
    last = NOW + timedelta(days=30)
    with pytest.raises(Conflict) as fault, transaction.atomic():
        table.choose(case.offer, now=last + timedelta(days=1))
    assert fault.value.code == "offer_gone"
    assert table.choose(case.offer, now=last) == (case,)


def test_nothing_chosen_nothing_done(table: Sides) -> None:
    with pytest.raises(InvalidInput) as fault:
        table.choose()
    assert fault.value.code == "nothing_chosen"


def test_only_the_owner_and_only_offers_of_the_need(table: Sides) -> None:
    (case,) = round_of(table, "1000000.00")
    other = sides()
    assert case.offer is not None
    data = services.ChoiceInput(offer_ids=[case.offer.pk])
    wrong = ((table.member, NotAllowed), (other.owner, NotFound), (table.worker, NotFound))
    for actor, error in wrong:
        with pytest.raises(error):
            services.offers_choose(actor=actor, need_id=table.need.pk, data=data, now=NOW)
    with pytest.raises(NotFound):
        services.offers_choose(actor=other.owner, need_id=other.need.pk, data=data, now=NOW)
    assert statuses(case) == ["offered"]


def test_an_offer_is_declined_alone(table: Sides) -> None:
    first, second = round_of(table, "1000000.00", "800000.00")
    done = services.application_decline(actor=table.owner, application_id=first.pk, note="利率偏高", now=NOW)
    assert (done.status, statuses(second)) == ("declined", ["offered"])
    assert Need.objects.get(pk=table.need.pk).status == "talking"
    services.application_withdraw(actor=table.owner, application_id=second.pk, now=NOW)
    assert Need.objects.get(pk=table.need.pk).status == "open"


def test_a_signed_contract_cannot_be_withdrawn_from(table: Sides) -> None:
    case = table.played("contract_signed")
    with pytest.raises(Conflict) as fault:
        services.application_withdraw(actor=table.owner, application_id=case.pk, now=NOW)
    assert fault.value.code == "wrong_state"


def test_a_member_hands_in_papers_and_does_not_withdraw(table: Sides) -> None:
    (case,) = table.send()
    with pytest.raises(NotAllowed):
        services.application_withdraw(actor=table.member, application_id=case.pk, now=NOW)
