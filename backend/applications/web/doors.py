"""The buttons of a case: each step with its form, its service, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.accounts.models import User
from backend.applications import forms, services
from backend.applications.case_file import CaseFile, Ledger
from backend.applications.cycle import PAID_OUT
from backend.applications.services.deciding import codes_open_to
from backend.common.money import amount_text
from backend.eligibility.facts import canonical
from backend.products.forms import Offered


@dataclass(frozen=True, slots=True)
class Door:
    """`events`: the steps of the life cycle, any of which being open shows it. `versioned`: its service wants to know
    which version was read; a booking has its reference number instead."""

    name: str
    label: Promise
    send: Promise
    done: Promise
    form: type[forms.StepForm]
    service: Callable[..., object]
    events: tuple[str, ...]
    lead: Promise | str = ""
    strong: bool = False
    danger: bool = False
    versioned: bool = True


DOORS: Mapping[str, Door] = {
    door.name: door
    for door in (
        Door(
            "accept", _("Accept"), _("Accept the application"),
            _("The application is accepted: you handle it."),
            forms.NothingForm, services.application_accept, ("accept",), strong=True,
        ),
        Door(
            "begin", _("Note the first contact"), _("Begin due diligence"),
            _("Due diligence has begun."),
            forms.BeginForm, services.diligence_begin, ("begin_diligence",), strong=True,
        ),
        Door(
            "ask", _("Ask for papers"), _("Ask the company"),
            _("The company is asked. Your deadline waits for as long."),
            forms.AskForm, services.application_ask_more, ("ask_more",),
        ),
        Door(
            "answer", _("Hand in the papers"), _("Hand the papers in"),
            _("Handed in: it is the institution's turn."),
            forms.AnswerForm, services.application_answer, ("answer",), strong=True,
        ),
        Door(
            "resume", _("Go on without waiting"), _("Resume due diligence"),
            _("Due diligence goes on."),
            forms.ResumeForm, services.application_resume, ("resume",),
        ),
        Door(
            "sign", _("Note the contract"), _("Open the credit line"),
            _("The contract is noted and the credit line is open."),
            forms.ContractForm, services.contract_sign, ("sign",), strong=True,
        ),
        Door(
            "pay", _("Record a disbursement"), _("Book the disbursement"),
            _("The disbursement is booked."),
            forms.PayoutForm, services.payout_record, ("pay_out",), strong=True, versioned=False,
        ),
        Door(
            "repay", _("Record a repayment"), _("Book the repayment"),
            _("The repayment is booked."),
            forms.RepaymentForm, services.repayment_record, ("repay",), versioned=False,
        ),
        Door(
            "close", _("Close the case"), _("Close the case"),
            _("All is repaid, and the case is closed."),
            forms.NothingForm, services.application_close, ("close",),
            lead=_("All is repaid. The contract ends."), strong=True,
        ),
        Door(
            "reverse", _("Take a booking back"), _("Take it back"),
            _("The booking is taken back."),
            forms.ReverseForm, services.drawdown_reverse, ("reverse",),
            lead=_("A booking is never changed: it is taken back, and booked anew."), danger=True, versioned=False,
        ),
        Door(
            "refuse", _("Refuse or close"), _("Close the case with these reasons"),
            _("The case is closed. The company reads your sentence."),
            forms.RefuseForm, services.application_refuse, ("refuse", "lapse", "note_withdrawal"),
            lead=_("Codes 1 to 11 and 77 refuse. 12 to 15 close the case without a refusal and are counted apart."),
            danger=True,
        ),
        Door(
            "cancel", _("Give up the contract"), _("Give it up"),
            _("The contract is given up."),
            forms.CancelForm, services.contract_cancel, ("cancel",), danger=True,
        ),
        Door(
            "decline", _("Decline with thanks"), _("Decline with thanks"),
            _("The institution is told, with thanks."),
            forms.GiveUpForm, services.application_decline, ("decline",),
            lead=_("The institution is told that you will not take its offer up. Other applications go on."),
            danger=True,
        ),
        Door(
            "withdraw", _("Withdraw"), _("Withdraw the application"),
            _("The application is withdrawn."),
            forms.GiveUpForm, services.application_withdraw, ("withdraw",),
            lead=_("You take the application back. The institution may no longer use your data."), danger=True,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A door on a page. `faulty`: what was sent through it was refused."""

    door: Door
    form: forms.StepForm
    faulty: bool = False

    @property
    def bare(self) -> bool:
        """Nothing is asked, and nothing need be said before."""
        return not self.form.fields and not self.door.lead


def opened(file: CaseFile, user: User, offered: Offered, today: date, faulty: Opened | None = None) -> list[Opened]:
    """The doors that are open to the reader, and the one through which something was refused, wherever it leads now."""
    found = []
    for door in DOORS.values():
        if faulty is not None and door.name == faulty.door.name:
            found.append(faulty)
        elif file.open_to.intersection(door.events) and _sensible(door, file):
            found.append(Opened(door, form_of(door, file, user, offered, today)))
    return found


def form_of(
    door: Door, file: CaseFile, user: User, offered: Offered, today: date, data: Any = None, files: Any = None
) -> forms.StepForm:
    form = door.form(
        data, files, case=file.case, offered=offered, initial=_initial(door, file, today), auto_id=f"{door.name}_%s"
    )
    if isinstance(form, forms.RefuseForm):
        form.narrow(codes_open_to(user, file.case, today))
    elif isinstance(form, forms.ReverseForm):
        form.offer(_bookings(file.ledger, offered))
    return form


def call(door: Door, form: forms.StepForm, *, actor: User, case_id: int, version: int) -> None:
    """Take the step. Raises what its service raises."""
    arguments = form.arguments()
    if door.versioned:
        arguments["expected_version"] = version
    service = door.service
    if door.name == "reverse" and form.cleaned_data["booking"].startswith("r"):
        service = services.repayment_reverse
    service(actor=actor, application_id=case_id, **arguments)


def _sensible(door: Door, file: CaseFile) -> bool:
    """Whether pressing it could do something: a case is closed once nothing is owed, and then nothing is repaid."""
    if file.ledger is None or file.case.status not in PAID_OUT:
        return True
    owed = file.ledger.line.drawn - file.ledger.line.repaid
    if door.name == "close":
        return owed == 0
    if door.name == "pay":
        used = owed if file.ledger.line.revolving else file.ledger.line.drawn
        return file.ledger.line.limit > used
    return True


def _initial(door: Door, file: CaseFile, today: date) -> dict[str, Any]:
    offer = file.case.offer
    if door.name == "sign" and offer is not None:
        return {"amount": forms.typed_amount(offer.amount), "signed_on": today}
    if door.name == "pay" and file.ledger is not None:
        left = file.ledger.line.limit - file.ledger.line.drawn
        return {"paid_on": today, **({"amount": canonical(left)} if left > 0 else {})}
    return {"paid_on": today} if door.name == "repay" else {}


def _bookings(ledger: Ledger | None, offered: Offered) -> list[tuple[str, str]]:
    """Those that stand, the newest first."""
    if ledger is None:
        return []

    def named(kind: Promise, reference: str, amount: Any) -> str:
        return f"{kind} {reference} · {amount_text(amount, offered.language, offered.currency)}"

    return [
        *(
            (f"r{one.pk}", named(pgettext_lazy("booking", "Repayment"), one.reference, one.principal + one.interest))
            for one in reversed(ledger.repayments)
            if one.pk not in ledger.reversed_repayments
        ),
        *(
            (f"d{one.pk}", named(_("Disbursement"), one.reference, one.amount))
            for one in reversed(ledger.drawdowns)
            if one.pk not in ledger.reversed_drawdowns
        ),
    ]
