"""What is told of a case: its timeline of events and messages, and what is expected next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backend.accounts.audience import Viewer, organisation_of
from backend.applications.cycle import Party, expected_next
from backend.applications.models import Application, Attachment, Message
from backend.common.money import amount_text
from backend.lifecycle.models import Event
from backend.lifecycle.telling import Expected, Words, told
from backend.packs.queries import current_pack, vocabulary

EVENTS: Mapping[str, Words] = {
    "send": gettext_lazy("Application sent"),
    "accept": gettext_lazy("Accepted"),
    "begin_diligence": gettext_lazy("First contact made, due diligence begun"),
    "ask_more": gettext_lazy("More papers asked for"),
    "answer": gettext_lazy("Papers handed in"),
    "resume": gettext_lazy("Due diligence resumed"),
    "offer": gettext_lazy("Offer made"),
    "revise": gettext_lazy("Offer revised"),
    "choose": gettext_lazy("Offer chosen"),
    "sign": gettext_lazy("Contract signed, credit line opened"),
    "pay_out": gettext_lazy("Paid out"),
    "repay": gettext_lazy("Repayment recorded"),
    "close": gettext_lazy("Repaid in full, case closed"),
    "reverse": gettext_lazy("Booking reversed"),
    "undo_repayment": gettext_lazy("Repayment reversed"),
    "undo_payout": gettext_lazy("Disbursement reversed"),
    "refuse": gettext_lazy("Refused"),
    "lapse": gettext_lazy("Closed without a refusal"),
    "note_withdrawal": gettext_lazy("Withdrawal noted by the institution"),
    "withdraw": gettext_lazy("Withdrawn by the company"),
    "decline": gettext_lazy("Declined with thanks"),
    "cancel": gettext_lazy("Contract cancelled before any disbursement"),
    "expire": gettext_lazy("Expired"),
    "remind": gettext_lazy("Reminder: the deadline has passed"),
    "escalate": gettext_lazy("Escalated to the supervisor"),
    "repaired": gettext_lazy("What stood in the way is mended; the need is matched again"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: an event (`label`) or a message (`text`, `papers`). `own`: of the reader's own side;
    `internal`: a note that only the institution reads. `named`: `who` is a name and not the platform."""

    at: datetime
    who: str
    named: bool
    own: bool
    label: str = ""
    note: str = ""
    details: tuple[str, ...] = ()
    text: str = ""
    internal: bool = False
    papers: tuple[Attachment, ...] = ()


def timeline(
    events: Iterable[Event], messages: Iterable[Message], papers: Iterable[Attachment], viewer: Viewer
) -> list[Entry]:
    """The newest first; `messages` and `papers` are those that the viewer may see."""
    own = organisation_of(viewer)
    own_id = own.pk if own else None
    found = list(events)
    spoken = told(found, viewer, labels=EVENTS, details=_details)[::-1]
    entries = [
        Entry(
            at=one.at,
            who=one.who,
            named=one.named,
            own=event.organisation_id == own_id,
            label=one.label,
            note=one.note,
            details=one.details,
        )
        for event, one in zip(found, spoken, strict=True)
    ]
    by_message: dict[int, list[Attachment]] = {}
    for paper in papers:
        by_message.setdefault(paper.message_id, []).append(paper)
    for message in messages:
        name = message.author.get_full_name() or message.author.get_username()
        entries.append(
            Entry(
                at=message.at,
                who=name if message.organisation_id == own_id else message.organisation.name,
                named=True,
                own=message.organisation_id == own_id,
                text=message.text,
                internal=message.internal,
                papers=tuple(by_message.get(message.pk, ())),
            )
        )
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def expected(case: Application, party: Party | None, *, now: datetime, here: ZoneInfo) -> Expected:
    """What comes next on the case, in the words of who reads; its day is that of `here`."""
    found = expected_next(case)
    if found.who is None:
        return Expected("", str(case.get_status_display()))
    names = {
        Party.COMPANY: _("Your company") if party is Party.COMPANY else _("The company"),
        Party.INSTITUTION: _("Your institution") if party is Party.INSTITUTION else _institution(case),
    }
    by = found.by
    return Expected(
        names[found.who],
        str(found.what),
        by.astimezone(here).date() if by else None,
        late=by is not None and by < now,
    )


def _institution(case: Application) -> str:
    return case.institution.name_zh if _language().startswith("zh") else case.institution.name_en


def reason_labels(codes: Sequence[str]) -> list[str]:
    """Refusal codes in words."""
    return [vocabulary().label("refusal_codes", code).in_language(_language()) for code in codes]


def _details(event: Event) -> list[str]:
    """What an event was about, in short sentences."""
    data = event.data
    found = []
    if documents := data.get("documents"):
        labels = (vocabulary().label("document_kinds", code).in_language(_language()) for code in documents)
        found.append(_(", ").join(labels))
    if codes := data.get("codes"):
        found.append(_("; ").join(reason_labels(codes)))
    if data.get("contract"):
        found.append(_("Contract %(number)s") % {"number": data["contract"]})
    for name, label in _SUMS.items():
        if data.get(name) not in (None, "0.00", "0"):
            found.append(str(label) % {"amount": _money(data[name])})
    if data.get("rate") is not None:
        found.append(_("Rate %(rate)s%%") % {"rate": f"{Decimal(data['rate']):.2f}"})
    if data.get("annual_cost") is not None:
        found.append(_("All-in annual cost %(rate)s%%") % {"rate": f"{Decimal(data['annual_cost']):.2f}"})
    if data.get("reference"):
        found.append(_("Reference %(number)s") % {"number": data["reference"]})
    if data.get("reverses"):
        found.append(_("Takes back %(number)s") % {"number": data["reverses"]})
    if data.get("because") == "other_offer":
        found.append(_("The company chose another offer and thanks you for yours."))
    return found


_SUMS: Mapping[str, Words] = {
    "amount": gettext_lazy("Amount %(amount)s"),
    "principal": gettext_lazy("Principal %(amount)s"),
    "interest": gettext_lazy("Interest %(amount)s"),
}


def _money(amount: str) -> str:
    return amount_text(Decimal(amount), _language(), current_pack().currency)


def _language() -> str:
    return get_language() or "zh-hans"
