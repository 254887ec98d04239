"""The life of an application: its states, who may take which step, and what is expected next from whom. Pure.

Match, interest, credit line and disbursement are four words: an application that is `offered` has an institution's
decision and no contract; from `contract_signed` on there is a credit line; money has moved from `disbursed` on.
Of the ends, `refused` alone is a refusal: it needs codes of refusal. What the company gave up is `withdrawn`, what it
answered with thanks is `declined`, and what ran out of time, or could not go on for want of papers, is `expired`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts.roles import Action
from backend.lifecycle.table import LifeCycle, step


class Status(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    ACCEPTED = "accepted", _("Accepted")
    DUE_DILIGENCE = "due_diligence", _("Due diligence")
    MORE_ASKED = "more_asked", _("More papers asked")
    OFFERED = "offered", _("Offer made")
    CHOSEN = "chosen", _("Offer chosen")
    CONTRACT_SIGNED = "contract_signed", _("Contract signed")
    DISBURSED = "disbursed", _("Disbursed")
    REPAYING = "repaying", _("Repaying")
    CLOSED = "closed", _("Repaid and closed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    DECLINED = "declined", _("Declined with thanks")


class Party(StrEnum):
    """The two sides of a case."""

    COMPANY = "company"
    INSTITUTION = "institution"


AT_THE_GATE = (Status.SUBMITTED, Status.ACCEPTED)
UNDER_REVIEW = (Status.DUE_DILIGENCE, Status.MORE_ASKED)
BEFORE_OFFER = (*AT_THE_GATE, *UNDER_REVIEW)
BEFORE_CHOICE = (*BEFORE_OFFER, Status.OFFERED)
BEFORE_CONTRACT = (*BEFORE_CHOICE, Status.CHOSEN)
COMMITTED = (Status.CHOSEN, Status.CONTRACT_SIGNED, Status.DISBURSED, Status.REPAYING)
"""States in which the need's amount, or a part of it, is spoken for."""
PAID_OUT = (Status.DISBURSED, Status.REPAYING)

CYCLE = LifeCycle(
    "application",
    tuple(Status.values),
    (Status.SUBMITTED,),
    (
        step("accept", Status.SUBMITTED, Status.ACCEPTED, Action.CASE_WORK),
        step("begin_diligence", Status.ACCEPTED, Status.DUE_DILIGENCE, Action.CASE_WORK),
        step("ask_more", Status.DUE_DILIGENCE, Status.MORE_ASKED, Action.CASE_WORK),
        step("answer", Status.MORE_ASKED, Status.DUE_DILIGENCE, Action.COMPANY_EDIT),
        step("resume", Status.MORE_ASKED, Status.DUE_DILIGENCE, Action.CASE_WORK),
        step("offer", Status.DUE_DILIGENCE, Status.OFFERED, Action.CASE_DECIDE),
        step("revise", Status.OFFERED, Status.OFFERED, Action.CASE_DECIDE),
        step("choose", Status.OFFERED, Status.CHOSEN, Action.CHOOSE_OFFER),
        step("sign", Status.CHOSEN, Status.CONTRACT_SIGNED, Action.PAYOUT_RECORD),
        step("pay_out", Status.CONTRACT_SIGNED, Status.DISBURSED, Action.PAYOUT_RECORD),
        step("pay_out", Status.DISBURSED, Status.DISBURSED, Action.PAYOUT_RECORD),
        step("pay_out", Status.REPAYING, Status.REPAYING, Action.PAYOUT_RECORD),
        step("repay", PAID_OUT, Status.REPAYING, Action.PAYOUT_RECORD),
        step("close", PAID_OUT, Status.CLOSED, Action.PAYOUT_RECORD),
        step("reverse", Status.DISBURSED, Status.DISBURSED, Action.PAYOUT_RECORD),
        step("reverse", Status.REPAYING, Status.REPAYING, Action.PAYOUT_RECORD),
        step("undo_repayment", Status.REPAYING, Status.DISBURSED, Action.PAYOUT_RECORD),
        step("undo_payout", Status.DISBURSED, Status.CONTRACT_SIGNED, Action.PAYOUT_RECORD),
        step("refuse", AT_THE_GATE, Status.REFUSED, Action.CASE_WORK, Action.CASE_DECIDE),
        step("refuse", (*UNDER_REVIEW, Status.OFFERED, Status.CHOSEN), Status.REFUSED, Action.CASE_DECIDE),
        step("lapse", BEFORE_OFFER, Status.EXPIRED, Action.CASE_WORK, Action.CASE_DECIDE),
        step("note_withdrawal", BEFORE_CONTRACT, Status.WITHDRAWN, Action.CASE_WORK, Action.CASE_DECIDE),
        step("withdraw", BEFORE_CONTRACT, Status.WITHDRAWN, Action.APPLY),
        step("decline", BEFORE_CHOICE, Status.DECLINED, Action.CHOOSE_OFFER),
        step("cancel", Status.CONTRACT_SIGNED, Status.WITHDRAWN, Action.PAYOUT_RECORD),
        step("expire", (Status.MORE_ASKED, Status.OFFERED), Status.EXPIRED),
    ),
)
"""`expire` is the clock's: an offer past its validity, and papers that nobody handed in after a reminder and a time of
grace. What an institution leaves undone never expires: it is reminded of, then escalated, until somebody acts."""

ENDS = tuple(state for state in Status.values if state in CYCLE.ends)
LIVE = tuple(state for state in Status.values if state not in CYCLE.ends)


@dataclass(frozen=True, slots=True)
class Expected:
    """What comes next: who acts, what, by when. `who` is None once nothing is expected any more."""

    who: Party | None
    what: Promise | str
    by: datetime | None


class Awaited(Protocol):
    """The part of an application that says what comes next."""

    status: str
    due_at: datetime | None


_NEXT: Mapping[str, tuple[Party | None, Promise | str]] = {
    Status.SUBMITTED: (Party.INSTITUTION, _("accept the application, or say why not")),
    Status.ACCEPTED: (Party.INSTITUTION, _("contact the company and begin due diligence")),
    Status.DUE_DILIGENCE: (Party.INSTITUTION, _("decide: make an offer, or refuse with reasons")),
    Status.MORE_ASKED: (Party.COMPANY, _("hand in the papers asked for")),
    Status.OFFERED: (Party.COMPANY, _("choose this offer or decline it")),
    Status.CHOSEN: (Party.INSTITUTION, _("sign the contract")),
    Status.CONTRACT_SIGNED: (Party.INSTITUTION, _("pay out")),
    Status.DISBURSED: (Party.COMPANY, _("repay as agreed")),
    Status.REPAYING: (Party.COMPANY, _("repay as agreed")),
}


def expected_next(application: Awaited) -> Expected:
    """Who acts next on the application, what they are to do, and by when."""
    who, what = _NEXT.get(application.status, (None, ""))
    return Expected(who, what, application.due_at if who else None)
