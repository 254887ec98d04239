"""An institution decides: an offer, or no, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, actions_of, may
from backend.applications import pack
from backend.applications.cycle import AT_THE_GATE, CYCLE, Party, Status
from backend.applications.deadlines import Clock
from backend.applications.models import Application, Offer, Refusal, RefusalReason, RepairTask
from backend.applications.offer_cost import OFFER_TERMS, cost_of
from backend.applications.record import past_case_of
from backend.applications.rules import MOST_CODES, OTHER, Ending, Reason
from backend.applications.services.steps import case_of, noted, taken
from backend.common.errors import InvalidInput
from backend.common.texts import passage
from backend.matching.cost import LONGEST_MONTHS
from backend.needs.checks import checked_amount
from backend.packs.queries import held, vocabulary
from backend.products.cost_checks import check_fees, check_terms
from backend.records.services import past_cases_add

CONDITIONS_LIMIT, TEXT_LIMIT = 2000, 300
_EVENTS = {Ending.REFUSED: "refuse", Ending.EXPIRED: "lapse", Ending.WITHDRAWN: "note_withdrawal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferInput:
    """Money in the pack's currency; `rate` in per cent a year, None where no interest is charged; `terms` (keys of
    `offer_cost.OFFER_TERMS`) and `fees` in the form of a product's; `collateral`: codes of the vocabulary."""

    amount: Decimal
    term_months: int
    rate: Decimal | None
    terms: Mapping[str, Any] = field(default_factory=dict)
    fees: Sequence[Mapping[str, Any]] = ()
    collateral: Sequence[str] = ()
    conditions: str = ""
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalInput:
    """`codes` of `refusal_codes`, the weightiest first; `sentence` is what the company reads; `other` goes with the
    code for anything else."""

    codes: Sequence[str]
    sentence: str
    other: str = ""


@held()
@transaction.atomic
def offer_make(
    *,
    actor: User,
    application_id: int,
    data: OfferInput,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Offer:
    """Make an offer, or one that takes the place of the last while the company has not chosen.

    Raises NotFound, NotAllowed, Conflict, and InvalidInput: also for more than the need asks for (`more_than_needed`)
    and for a rate above that of the product as it was applied for (`rate_above_product`).
    """
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION, lock=True)
    clock = pack.clock(now)
    checked = _checked_offer(case, data, clock.day(now))
    number = case.offers.count() + 1
    event = "revise" if case.status == Status.OFFERED else "offer"
    # The row comes first, since the case points at it; a step that is refused undoes both.
    offer = Offer.objects.create(application=case, number=number, made_by=actor, made_at=now, **checked)
    taken(
        case,
        event,
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=clock.end_of(offer.valid_until),
        values={"offer": offer},
        data={"offer": number, "amount": offer.amount, "rate": offer.rate, "annual_cost": offer.annual_cost},
    )
    return offer


@held()
@transaction.atomic
def application_refuse(
    *,
    actor: User,
    application_id: int,
    data: RefusalInput,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Close a case with one to four codes and a sentence that the company reads. Codes that are no refusal end it
    without one. What can be repaired becomes the company's tasks.

    Before due diligence an account manager refuses only for conditions of the product (`not_at_the_gate`); the
    company's standing is judged after it, by who decides. Raises NotFound, NotAllowed, InvalidInput, Conflict.
    """
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION)
    clock = pack.clock(now)
    reasons = _reasons(data.codes, pack.refusal_reasons(clock.day(now)))
    ending = reasons[0].ends
    sentence = noted(data.sentence, "sentence", needed=_("Say in a sentence why: the company reads it."))
    other = _other(data)
    if case.status in AT_THE_GATE and not may(actor, Action.CASE_DECIDE):
        for place, reason in enumerate(reasons):
            if not reason.gate:
                raise InvalidInput(
                    _("Before due diligence, only conditions of the product are a reason: begin due diligence first."),
                    code="not_at_the_gate",
                    field=f"codes[{place}]",
                )
    taken(
        case,
        _EVENTS[ending],
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=None,
        note=sentence,
        data={"codes": [reason.code for reason in reasons]},
        values=_recorded(case, clock, now) if ending is Ending.REFUSED else {},
    )
    refusal_keep(case, reasons, sentence=sentence, other=other, actor=actor, now=now)
    return case


def codes_open_to(actor: User, case: Application, today: date) -> frozenset[str]:
    """The codes that the actor may give from the case's state."""
    held_actions = actions_of(actor)
    events = {step.event for step in CYCLE.open_to(case.status, held_actions)}
    early = case.status in AT_THE_GATE and Action.CASE_DECIDE not in held_actions
    known = pack.refusal_reasons(today).values()
    return frozenset(one.code for one in known if _EVENTS[one.ends] in events and (one.gate or not early))


def refusal_keep(
    case: Application,
    reasons: Sequence[Reason],
    *,
    sentence: str,
    other: str = "",
    actor: User | None,
    now: datetime,
) -> Refusal:
    """The reasons of a case that has ended, and a task for each that can be repaired; in the caller's transaction."""
    refusal = Refusal.objects.create(
        application=case,
        sentence=sentence,
        counts=reasons[0].ends is Ending.REFUSED,
        made_by=actor,
        made_at=now,
    )
    RefusalReason.objects.bulk_create(
        RefusalReason(refusal=refusal, place=place, code=reason.code, text=other if reason.code == OTHER else "")
        for place, reason in enumerate(reasons, start=1)
    )
    words = vocabulary()
    for reason in reasons:
        if refusal.counts and reason.department is not None and reason.measure is not None:
            problem = words.label("refusal_codes", reason.code)
            RepairTask.objects.create(
                application=case,
                code=reason.code,
                problem={"zh": problem.zh, "en": problem.en},
                department={"zh": reason.department.zh, "en": reason.department.en},
                measure={"zh": reason.measure.zh, "en": reason.measure.en},
            )
    return refusal


def _recorded(case: Application, clock: Clock, now: datetime) -> dict[str, object]:
    """A refusal is a decided case of the institution's record, as a disbursement is."""
    past = past_case_of(
        case,
        clock=clock,
        decided_at=now,
        now=now,
        amount=case.need.amount or Decimal(0),
        funded=False,
        first=False,
    )
    past_cases_add([past])
    return {"past_case": past}


def _reasons(codes: Sequence[str], known: Mapping[str, Reason]) -> list[Reason]:
    wanted = list(dict.fromkeys(codes))
    if not 1 <= len(wanted) <= MOST_CODES:
        raise InvalidInput(_("Choose one to four reasons, the weightiest first."), code="wrong_number", field="codes")
    for place, code in enumerate(wanted):
        if code not in known:
            raise InvalidInput(
                _("There is no code %(code)s in this vocabulary.") % {"code": code[:80]},
                code="unknown_code",
                field=f"codes[{place}]",
            )
    found = [known[code] for code in wanted]
    if len({reason.ends for reason in found}) > 1:
        raise InvalidInput(
            _("A refusal and a reason that is none (papers, withdrawal, funding elsewhere) do not go together."),
            code="mixed_codes",
            field="codes",
        )
    return found


def _other(data: RefusalInput) -> str:
    if OTHER not in data.codes:
        return ""
    if not data.other.strip():
        raise InvalidInput(_("“Other” needs a text of its own."), code="required", field="other")
    return passage(data.other, "other", longest=TEXT_LIMIT)


def _checked_offer(case: Application, data: OfferInput, today: date) -> dict[str, Any]:
    """The columns of the offer. Raises InvalidInput with the path of the first fault."""
    amount = checked_amount(data.amount)
    if case.need.amount is not None and amount > case.need.amount:
        raise InvalidInput(_("The offer exceeds what the company asks for."), code="more_than_needed", field="amount")
    if not 1 <= data.term_months <= LONGEST_MONTHS:
        raise InvalidInput(_("A term has 1 to 600 months."), code="out_of_range", field="term_months")
    rate = _rate(case, data.rate)
    for key in data.terms:
        if key not in OFFER_TERMS:
            message = _("There is no such key here; known are: %(known)s.") % {"known": ", ".join(OFFER_TERMS)}
            raise InvalidInput(message, code="extra_key", field=f"terms.{str(key)[:80]}")
    words = vocabulary()
    terms = {key: value for key, value in data.terms.items() if value not in (None, [], "")}
    check_terms(terms, str(case.product_version.content["kind"]), words)
    check_fees(data.fees, words)
    fees = [dict(fee) for fee in data.fees]
    for place, code in enumerate(data.collateral):
        if not words.accepts("collateral", code):
            raise InvalidInput(
                _("There is no code %(code)s in this vocabulary.") % {"code": code[:80]},
                code="unknown_code",
                field=f"collateral[{place}]",
            )
    last = today + timedelta(days=pack.limits(today).offer_days)
    if not today < data.valid_until <= last:
        raise InvalidInput(
            _("An offer holds until a day from tomorrow to %(last)s.") % {"last": last.isoformat()},
            code="out_of_range",
            field="valid_until",
        )
    conditions = data.conditions.strip()
    return {
        "amount": amount,
        "term_months": data.term_months,
        "rate": rate,
        "terms": terms,
        "fees": fees,
        "collateral": list(dict.fromkeys(data.collateral)),
        "conditions": passage(conditions, "conditions", longest=CONDITIONS_LIMIT) if conditions else "",
        "annual_cost": cost_of(amount=amount, months=data.term_months, rate=rate, terms=terms, fees=fees),
        "valid_until": data.valid_until,
    }


def _rate(case: Application, rate: Decimal | None) -> Decimal | None:
    if rate is None:
        return None
    if not rate.is_finite() or not 0 <= rate <= 100 or rate != round(rate, 4):
        raise InvalidInput(
            _("A rate lies between 0 and 100 per cent and has at most four decimals."),
            code="out_of_range",
            field="rate",
        )
    highest = case.product_version.content.get("rate_max")
    if highest is not None and rate > Decimal(highest):
        raise InvalidInput(
            _("The product was applied for at %(rate)s%% at most: the case keeps these terms.")
            % {"rate": f"{Decimal(highest):.2f}"},
            code="rate_above_product",
            field="rate",
        )
    return rate
