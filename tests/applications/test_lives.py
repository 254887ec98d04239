"""Random lives of a case, played by both sides against a plain model: states, offers, totals, and whole chains.

The model knows the rules in their shortest form and nothing of the database. Every step is tried in every state, by a
person who may and by one who may not; what the model forbids must be refused and leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.applications import services
from backend.applications.cycle import ENDS, LIVE
from backend.applications.models import Application, CreditLine, Drawdown, Offer, Repayment
from backend.applications.services import ReversalInput
from backend.common.errors import DomainError
from backend.lifecycle.queries import broken_at, events_of
from backend.needs.models import Need
from backend.records.models import PastCase
from tests.applications.playing import NOW, Sides, load_words, sides

STEPS = {
    # event → {state before: state after}; "" before is the sending.
    "accept": {"submitted": "accepted"},
    "begin": {"accepted": "due_diligence"},
    "ask": {"due_diligence": "more_asked"},
    "answer": {"more_asked": "due_diligence"},
    "resume": {"more_asked": "due_diligence"},
    "offer": {"due_diligence": "offered", "offered": "offered"},
    "choose": {"offered": "chosen"},
    "sign": {"chosen": "contract_signed"},
    "withdraw": dict.fromkeys(
        ("submitted", "accepted", "due_diligence", "more_asked", "offered", "chosen"), "withdrawn"
    ),
    "decline": dict.fromkeys(("submitted", "accepted", "due_diligence", "more_asked", "offered"), "declined"),
    "refuse": dict.fromkeys(("submitted", "accepted", "due_diligence", "more_asked", "offered", "chosen"), "refused"),
    "lapse": dict.fromkeys(("submitted", "accepted", "due_diligence", "more_asked"), "expired"),
    "cancel": {"contract_signed": "withdrawn"},
}
MONEY = {
    "pay": ("contract_signed", "disbursed", "repaying"),
    "repay": ("disbursed", "repaying"),
    "close": ("disbursed", "repaying"),
}

ENDINGS = ("withdraw", "decline", "refuse", "lapse", "cancel")
TURNS = count()

REACHED: set[str] = set()
"""The states that the lives came to."""

amounts = st.integers(1, 12).map(lambda tenths: Decimal(tenths * 100_000))


@dataclass
class Model:
    """A case as the rules have it."""

    state: str = "submitted"
    events: int = 1
    offers: int = 0
    limit: Decimal = Decimal(0)
    drawn: dict[int, Decimal] = field(default_factory=dict)
    repaid: dict[int, Decimal] = field(default_factory=dict)

    @property
    def totals(self) -> tuple[Decimal, Decimal]:
        return sum(self.drawn.values(), Decimal(0)), sum(self.repaid.values(), Decimal(0))

    @property
    def paid_out(self) -> bool:
        return self.state in ("disbursed", "repaying")

    def may(self, event: str) -> bool:
        return self.state in STEPS[event]

    def take(self, event: str) -> None:
        self.state = STEPS[event][self.state]
        self.events += 1


def sensible(*events: str) -> Callable[[Any], Any]:
    """A rule for states in which one of the events may happen; the bold try it anywhere."""
    states = {state for event in events for state in (*STEPS.get(event, ()), *MONEY.get(event, ()))}
    return precondition(lambda self: self.bold or self.model.state in states)


class Lives(RuleBasedStateMachine):
    """Bookings are numbered by the machine, so that each is new unless it is sent again on purpose. Of the lives, half
    are `bold`: they try what is forbidden as often as what is not."""

    bold = False

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.table: Sides = sides()
        self.number = 0
        self.moment = NOW
        self.revolving = False

    def teardown(self) -> None:
        """The last page of a life: one ending after the other is tried."""
        try:
            if hasattr(self, "model"):
                self.ended(ENDINGS[next(TURNS) % len(ENDINGS)])
                self.as_the_model_has_it()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(steps=st.sampled_from(range(9)), bold=st.booleans(), revolving=st.booleans())
    def send(self, steps: int, bold: bool, revolving: bool) -> None:
        """A case some way along its usual life."""
        self.bold, self.on_demand = bold, revolving
        (self.case,) = self.table.send()
        self.model = Model()
        for _ in range(steps):
            self.onward()

    @rule()
    def onward(self) -> None:
        """The usual next step."""
        million = Decimal(1_000_000)
        usual: dict[str, Callable[[], object]] = {
            "submitted": lambda: self.worked("accept"),
            "accepted": lambda: self.worked("begin"),
            "due_diligence": lambda: self.offer_of(million),
            "more_asked": lambda: self.worked("resume"),
            "offered": self.choice,
            "chosen": lambda: self.sign_for(million),
            "contract_signed": lambda: self.pay_out(Decimal(400_000)),
            "disbursed": lambda: self.pay_back(Decimal(100_000)),
            "repaying": lambda: self.pay_back(self.model.totals[0] - self.model.totals[1]),
        }
        if self.model.state in usual:
            usual[self.model.state]()

    def tried(self, allowed: bool, call: Any) -> Any:
        """The answer of what the model allows; None for what it forbids, which must be refused."""
        try:
            with transaction.atomic():
                answer = call()
        except DomainError as error:
            if allowed:
                pytest.fail(f"the rules allow it: {error.code}: {error}")
            return None
        assert allowed, "the rules forbid it"
        return answer

    def stepped(self, event: str, call: Any) -> Any:
        allowed = self.model.may(event)
        answer = self.tried(allowed, call)
        if allowed:
            self.model.take(event)
        return answer

    @sensible("accept")
    @rule()
    def accept(self) -> None:
        self.worked("accept")

    @sensible("begin")
    @rule()
    def begin(self) -> None:
        self.worked("begin")

    @sensible("ask")
    @rule()
    def ask(self) -> None:
        self.worked("ask")

    @sensible("resume")
    @rule()
    def resume(self) -> None:
        self.worked("resume")

    def worked(self, event: str) -> None:
        worker, id, now = self.table.worker, self.case.pk, self.moment
        calls = {
            "accept": lambda: services.application_accept(actor=worker, application_id=id, now=now),
            "begin": lambda: services.diligence_begin(actor=worker, application_id=id, note="拜访", now=now),
            "ask": lambda: services.application_ask_more(
                actor=worker, application_id=id, documents=[], note="补充", now=now
            ),
            "resume": lambda: services.application_resume(actor=worker, application_id=id, now=now),
        }
        self.stepped(event, calls[event])

    def ended(self, event: str) -> None:
        worker, owner, id, now = self.table.worker, self.table.owner, self.case.pk, self.moment
        calls = {
            "withdraw": lambda: services.application_withdraw(actor=owner, application_id=id, now=now),
            "decline": lambda: services.application_decline(actor=owner, application_id=id, now=now),
            "refuse": lambda: self.table.refuse(self.case, "7", now=now),
            "lapse": lambda: self.table.refuse(self.case, "15", by=worker, now=now),
            "cancel": lambda: services.contract_cancel(actor=worker, application_id=id, note="作罢", now=now),
        }
        self.stepped(event, calls[event])

    @sensible("answer")
    @rule()
    def answer(self) -> None:
        data = services.MessageInput(text="已补充")
        self.stepped(
            "answer",
            lambda: services.application_answer(
                actor=self.table.member, application_id=self.case.pk, data=data, now=self.moment
            ),
        )

    @precondition(lambda self: self.bold)
    @rule(event=st.sampled_from(["accept", "withdraw", "close", "pay"]))
    def wrong_hands(self, event: str) -> None:
        """Whoever may not is refused in every state."""
        id, now, owner = self.case.pk, self.moment, self.table.owner
        payout = services.PayoutInput(reference="W", amount=Decimal(1), paid_on=now.date())
        calls = {
            "accept": lambda: services.application_accept(actor=owner, application_id=id, now=now),
            "withdraw": lambda: services.application_withdraw(actor=self.table.worker, application_id=id, now=now),
            "close": lambda: services.application_close(actor=owner, application_id=id, now=now),
            "pay": lambda: services.payout_record(actor=self.table.approver, application_id=id, data=payout, now=now),
        }
        self.tried(False, calls[event])

    @sensible("offer")
    @rule(amount=amounts)
    def offer(self, amount: Decimal) -> None:
        self.offer_of(amount)

    def offer_of(self, amount: Decimal) -> None:
        allowed = self.model.may("offer") and amount <= 1_000_000
        made = self.tried(
            allowed,
            lambda: self.table.offer(
                self.case,
                amount=amount,
                terms={"repayment": "on_demand" if self.on_demand else "bullet"},
                now=self.moment,
                valid_until=self.moment.date() + timedelta(days=30),
            ),
        )
        if allowed:
            self.model.take("offer")
            self.model.offers += 1
            self.offered: Offer = made

    @sensible("choose")
    @precondition(lambda self: self.model.offers > 0)
    @rule()
    def choose(self) -> None:
        self.choice()

    def choice(self) -> None:
        self.stepped("choose", lambda: self.table.choose(self.offered, now=self.moment))

    @sensible("sign")
    @rule(amount=amounts)
    def sign(self, amount: Decimal) -> None:
        self.sign_for(amount)

    def sign_for(self, amount: Decimal) -> None:
        allowed = self.model.may("sign") and amount <= self.offered.amount
        line = self.tried(
            allowed, lambda: self.table.sign(self.case, amount=amount, signed_on=NOW.date(), now=self.moment)
        )
        if allowed:
            self.model.take("sign")
            self.model.limit = line.limit
            self.revolving = line.revolving

    @sensible("pay")
    @rule(amount=amounts)
    def pay(self, amount: Decimal) -> None:
        self.pay_out(amount)

    def pay_out(self, amount: Decimal) -> None:
        model = self.model
        drawn, repaid = model.totals
        room = model.limit - drawn + (repaid if self.revolving else 0)
        allowed = model.state in ("contract_signed", "disbursed", "repaying") and amount <= room
        self.number += 1
        booked = self.tried(allowed, lambda: self.table.pay(self.case, str(amount), f"P{self.number}", now=self.moment))
        if allowed:
            model.drawn[booked.pk] = amount
            model.state = "repaying" if model.state == "repaying" else "disbursed"
            model.events += 1

    @sensible("repay")
    @rule(amount=amounts)
    def repay(self, amount: Decimal) -> None:
        self.pay_back(amount)

    def pay_back(self, amount: Decimal) -> None:
        model = self.model
        drawn, repaid = model.totals
        allowed = model.paid_out and 0 < amount <= drawn - repaid
        self.number += 1
        booked = self.tried(
            allowed, lambda: self.table.repay(self.case, str(amount), f"R{self.number}", now=self.moment)
        )
        if allowed:
            model.repaid[booked.pk] = amount
            model.state = "repaying"
            model.events += 1

    @precondition(lambda self: self.model.drawn and self.model.state != "closed")
    @rule(data=st.data())
    def send_a_payout_again(self, data: st.DataObject) -> None:
        booking = Drawdown.objects.get(pk=data.draw(st.sampled_from(sorted(self.model.drawn))))
        again = self.table.pay(self.case, str(booking.amount), booking.reference, now=self.moment)
        assert again.pk == booking.pk

    @precondition(lambda self: self.model.drawn)
    @rule(data=st.data())
    def reverse_a_payout(self, data: st.DataObject) -> None:
        model = self.model
        booking = data.draw(st.sampled_from(sorted(model.drawn)))
        drawn, repaid = model.totals
        allowed = model.paid_out and repaid <= drawn - model.drawn[booking]
        self.number += 1
        given = ReversalInput(booking=booking, reference=f"X{self.number}", reason="有误")
        self.tried(
            allowed,
            lambda: services.drawdown_reverse(
                actor=self.table.worker, application_id=self.case.pk, data=given, now=self.moment
            ),
        )
        if allowed:
            del model.drawn[booking]
            if not model.drawn and model.state == "disbursed":
                model.state = "contract_signed"
            model.events += 1

    @precondition(lambda self: self.model.repaid)
    @rule(data=st.data())
    def reverse_a_repayment(self, data: st.DataObject) -> None:
        model = self.model
        booking = data.draw(st.sampled_from(sorted(model.repaid)))
        drawn, repaid = model.totals
        room = not self.revolving or drawn <= model.limit + repaid - model.repaid[booking]
        allowed = model.state == "repaying" and room
        self.number += 1
        given = ReversalInput(booking=booking, reference=f"X{self.number}", reason="有误")
        self.tried(
            allowed,
            lambda: services.repayment_reverse(
                actor=self.table.worker, application_id=self.case.pk, data=given, now=self.moment
            ),
        )
        if allowed:
            del model.repaid[booking]
            if not model.repaid:
                model.state = "disbursed"
            model.events += 1

    @sensible("close")
    @rule()
    def close(self) -> None:
        model = self.model
        allowed = model.paid_out and model.totals[0] == model.totals[1]
        self.tried(
            allowed,
            lambda: services.application_close(actor=self.table.worker, application_id=self.case.pk, now=self.moment),
        )
        if allowed:
            model.state = "closed"
            model.events += 1

    @invariant()
    def as_the_model_has_it(self) -> None:
        if not hasattr(self, "model"):
            return
        model, case = self.model, Application.objects.get(pk=self.case.pk)
        REACHED.add(model.state)
        assert case.status == model.state
        assert (case.due_at is not None) == (model.state in LIVE)
        assert (case.ended_at is not None) == (model.state in ENDS)
        assert events_of(case).count() == model.events
        assert broken_at(case) is None
        assert case.offers.count() == model.offers
        line = CreditLine.objects.filter(application=case).first()
        assert ((line.drawn, line.repaid) if line else (0, 0)) == model.totals
        if line is not None:
            standing = Drawdown.objects.filter(line=line, reversal__isnull=True)
            returned = Repayment.objects.filter(line=line, reversal__isnull=True)
            assert {one.pk: one.amount for one in standing} == model.drawn
            assert {one.pk: one.principal for one in returned} == model.repaid
        funded = model.state in ("disbursed", "repaying", "closed")
        assert PastCase.objects.filter(funded=True, institution=case.institution).count() == funded
        assert PastCase.objects.filter(funded=False, institution=case.institution).count() == (model.state == "refused")
        expected = "funded" if funded else "talking" if model.state in LIVE else "open"
        assert Need.objects.get(pk=self.table.need.pk).status == expected


@pytest.mark.django_db
def test_random_lives(db: None) -> None:
    load_words()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=70,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # a life has few steps: it can be read as it is
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {*LIVE, *ENDS} - REACHED == set()
