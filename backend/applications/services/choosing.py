"""The company chooses among its offers, declines, or withdraws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.applications import pack
from backend.applications.cycle import BEFORE_CHOICE, COMMITTED, Party, Status
from backend.applications.models import Application
from backend.applications.queries import applications_visible_to
from backend.applications.services.steps import case_of, noted, taken
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.needs.models import Need
from backend.needs.queries import need_visible_to


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceInput:
    """`offer_ids`: the very offers that were read, one or several. `keep_others`: while less than the need's amount is
    chosen, cases that are not may go on; else, and without it, they are closed with thanks."""

    offer_ids: Sequence[int]
    keep_others: bool = False


@transaction.atomic
def offers_choose(
    *, actor: User, need_id: int, data: ChoiceInput, now: datetime | None = None
) -> tuple[Application, ...]:
    """Choose offers whose sum, with what is chosen already, does not exceed the need. Returns the chosen cases in the
    order of the offers.

    Raises NotFound, NotAllowed, InvalidInput (`nothing_chosen`), Conflict: `offer_gone` where an offer stands no longer
    (revised, expired, withdrawn), `more_than_needed`. Of two that come at once one wins.
    """
    now = now or timezone.now()
    need = need_visible_to(actor, need_id)
    if need.company.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the company itself may do this."))
    if not may(actor, Action.CHOOSE_OFFER):
        raise NotAllowed(_("Your role does not allow this."))
    ids = list(dict.fromkeys(data.offer_ids))
    if not ids:
        raise InvalidInput(_("Choose at least one offer."), code="nothing_chosen", field="offers")
    # The lock orders choices of one need: each sees what the other chose.
    need = Need.objects.select_for_update().get(pk=need.pk)
    clock = pack.clock(now)
    cases = {case.offer_id: case for case in applications_visible_to(actor).filter(need=need, offer__in=ids)}
    for id in ids:
        case = cases.get(id)
        if case is None and not _ever_offered(actor, need, id):
            raise NotFound("")
        if case is None or case.status != Status.OFFERED or _lapsed(case, clock.day(now)):
            raise Conflict(
                _("One of these offers stands no longer. Read the offers again and choose once more."),
                code="offer_gone",
            )
    chosen = [cases[id] for id in ids]
    total = committed(need) + sum((amount_of(case) for case in chosen), Decimal(0))
    if need.amount is not None and total > need.amount:
        raise Conflict(
            _("Together these offers exceed what the need asks for: leave one out."), code="more_than_needed"
        )
    for case in chosen:
        taken(
            case,
            "choose",
            actor=actor,
            now=now,
            due_at=clock.due(clock.spans.sign, now),
            data={"offer": case.offer.number if case.offer else None, "amount": amount_of(case)},
        )
    if not data.keep_others or total == need.amount:
        for other in applications_visible_to(actor).filter(need=need, status__in=BEFORE_CHOICE).order_by("pk"):
            taken(other, "decline", actor=actor, now=now, due_at=None, data={"because": "other_offer"})
    return tuple(chosen)


@transaction.atomic
def application_decline(
    *,
    actor: User,
    application_id: int,
    note: str = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Answer one institution with thanks: the company will not take it up. Raises NotFound, NotAllowed, InvalidInput,
    Conflict."""
    case = case_of(actor, application_id, Party.COMPANY)
    return taken(
        case,
        "decline",
        actor=actor,
        now=now or timezone.now(),
        expected_version=expected_version,
        due_at=None,
        note=noted(note, "note"),
    )


@transaction.atomic
def application_withdraw(
    *,
    actor: User,
    application_id: int,
    note: str = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Take an application back, before a contract is signed. Raises NotFound, NotAllowed, InvalidInput, Conflict."""
    case = case_of(actor, application_id, Party.COMPANY)
    return taken(
        case,
        "withdraw",
        actor=actor,
        now=now or timezone.now(),
        expected_version=expected_version,
        due_at=None,
        note=noted(note, "note"),
    )


def committed(need: Need) -> Decimal:
    """How much of the need is spoken for: the offers that were chosen, the contracts that were signed."""
    cases = Application.objects.filter(need=need, status__in=COMMITTED).select_related("offer", "line")
    return sum((amount_of(case) for case in cases), Decimal(0))


def amount_of(case: Application) -> Decimal:
    """What the case grants: by its contract, else by its offer."""
    line = getattr(case, "line", None)
    if line is not None:
        return Decimal(line.limit)
    return Decimal(case.offer.amount) if case.offer else Decimal(0)


def _lapsed(case: Application, today: date) -> bool:
    return case.offer is None or case.offer.valid_until < today


def _ever_offered(actor: User, need: Need, offer_id: int) -> bool:
    return applications_visible_to(actor).filter(need=need, offers=offer_id).exists()
