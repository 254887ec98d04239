"""Every write of needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform
from backend.accounts.models import User
from backend.common.errors import Conflict, InvalidInput, NotAllowed, Text
from backend.common.money import amount_text
from backend.common.texts import one_line
from backend.companies.facts import Clerk, stored_facts
from backend.companies.models import Company
from backend.companies.queries import company_visible_to
from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.eligibility.facts import FactError, normalise
from backend.indexing.services import mark_changed
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.packs.queries import current_pack, vocabulary

TITLE_LIMIT, DESCRIPTION_LIMIT, TERM_LIMIT = 200, 4000, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedInput:
    """What a company asks for. `amount` in the pack's currency, at most two decimals. `facts` are the other need
    attributes, described at `backend.companies.facts.stored_facts`. For a partial update: `replace(NeedInput.of(…))`.

    A draft may lack any of it. What is shown to institutions has an amount; where its title is empty, it is made of
    purpose and amount.
    """

    title: str = ""
    amount: Decimal | None = None
    term_months: int | None = None
    purpose: str = ""
    description: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, need: Need) -> NeedInput:
        return cls(
            title=need.title,
            amount=need.amount,
            term_months=need.term_months,
            purpose=need.purpose,
            description=need.description,
            facts=need.facts,
        )


@transaction.atomic
def need_create(
    *, actor: User, company_id: int, data: NeedInput, opened_at: datetime | None = None, today: date | None = None
) -> Need:
    """File a need as a draft, or open from `opened_at` on. Raises NotFound, NotAllowed, InvalidInput."""
    company = company_visible_to(actor, company_id)
    _own(actor, company)
    checked = _checked(data, Clerk(today=today or timezone.localdate(), attests=acts_for_platform(actor)))
    if opened_at is not None:
        checked = _shown(checked)
    # The lock makes a change of the company that runs at the same time wait for this need, or this need for it:
    # otherwise the change could miss the need, and the copy keep the company's old facts.
    Company.objects.select_for_update().get(pk=company.pk)
    status = Need.Status.DRAFT if opened_at is None else Need.Status.OPEN
    need = Need.objects.create(company=company, **checked, status=status, opened_at=opened_at)
    mark_changed("need", [need.pk])
    return need


@transaction.atomic
def need_update(
    *, actor: User, need_id: int, data: NeedInput, expected_version: int, today: date | None = None
) -> Need:
    """Replace what a need says. A closed need stays as it was; an open one keeps an amount and a title.

    Raises NotFound, NotAllowed, InvalidInput, and Conflict where it is closed or no longer at `expected_version`.
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    clerk = Clerk(today=today or timezone.localdate(), attests=acts_for_platform(actor))
    checked = _checked(data, clerk, need)
    if need.status == Need.Status.OPEN:
        # Between this read and the update the status cannot change without the version.
        checked = _shown(checked)
    refusal = _("A closed need cannot be changed: reopen it first.")
    return _change(need, expected_version, (Need.Status.DRAFT, Need.Status.OPEN), checked, refusal)


@transaction.atomic
def need_open(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """Show a draft, or a closed need once more, to institutions. An empty title is made of purpose and amount.

    Raises NotFound, NotAllowed, InvalidInput (`required`, field `amount`) and Conflict.
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    states = (Need.Status.DRAFT, Need.Status.CLOSED)
    values: dict[str, object] = {"status": Need.Status.OPEN, "opened_at": now or timezone.now()}
    if need.version == expected_version and need.status in states:
        said: dict[str, object] = {"title": need.title, "amount": need.amount, "purpose": need.purpose}
        values["title"] = _shown(said)["title"]
    return _change(need, expected_version, states, values, _("This need is open already."))


@transaction.atomic
def need_close(*, actor: User, need_id: int, expected_version: int) -> Need:
    """Take an open need back from institutions. Raises NotFound, NotAllowed, Conflict."""
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    refusal = _("Only an open need can be closed, and this one is not open.")
    return _change(need, expected_version, (Need.Status.OPEN,), {"status": Need.Status.CLOSED}, refusal)


@transaction.atomic
def need_discard(*, actor: User, need_id: int, expected_version: int) -> None:
    """Throw a draft away: nobody but the company ever saw it.

    Raises NotFound, NotAllowed, Conflict (`wrong_state` where it is no draft, or a report was made of it).
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    refusal = _("Only a draft can be thrown away; a need that institutions have seen is closed instead.")
    _change(need, expected_version, (Need.Status.DRAFT,), {}, refusal)
    try:
        with transaction.atomic():
            need.delete()
    except ProtectedError as error:
        message = _("A match report was made of this draft, so it stays.")
        raise Conflict(message, code="wrong_state") from error


def _own(actor: User, company: Company) -> None:
    if not acts_for_platform(actor) and company.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the company itself may do this."))


def _change(
    need: Need, expected_version: int, states: tuple[str, ...], values: dict[str, object], refusal: Text
) -> Need:
    """The database decides: the row changes only in one of `states` and at `expected_version`. `refusal`: why not in
    another state."""
    changed = Need.objects.filter(pk=need.pk, version=expected_version, status__in=states).update(
        **values, version=F("version") + 1, updated_at=timezone.now()
    )
    if not changed:
        need.refresh_from_db()
        if need.version != expected_version:
            raise Conflict(_("Somebody changed this need meanwhile. Read it again and repeat your change."))
        raise Conflict(refusal, code="wrong_state")
    mark_changed("need", [need.pk])
    need.refresh_from_db()
    return need


def need_sketch(company: Company, data: NeedInput, *, today: date) -> Need:
    """An unsaved draft of `data`, which may still be incomplete or wrong: what cannot be used is left out."""
    facts: dict[str, object] = {}
    for key, entry in data.facts.items():
        with suppress(InvalidInput):
            facts |= stored_facts({key: entry}, subject=Subject.NEED, vocabulary=vocabulary(), clerk=Clerk(today=today))
    need = Need(company=company, title=data.title.strip(), description=data.description.strip(), facts=facts)
    if data.term_months is not None and 0 < data.term_months <= TERM_LIMIT:
        need.term_months = data.term_months
    with suppress(InvalidInput):
        need.amount = None if data.amount is None else _amount(data.amount)
    with suppress(InvalidInput):
        need.purpose = _purpose(data.purpose)
    return need


def need_title(*, amount: Decimal, purpose: str) -> str:
    """The title of a need that was given none, in the language of who files it: `采购设备，100万元`."""
    language = get_language() or "zh-hans"
    sum_asked = amount_text(amount, language, current_pack().currency)
    if not purpose:
        return gettext("Financing of %(amount)s") % {"amount": sum_asked}
    label = vocabulary().label(ATTRIBUTES["purpose"].scheme or "", purpose).in_language(language)
    return gettext("%(purpose)s, %(amount)s") % {"purpose": label, "amount": sum_asked}


def _shown(columns: dict[str, object]) -> dict[str, object]:
    """`columns` as institutions may see them. Raises InvalidInput where the amount is missing."""
    amount = columns["amount"]
    if not isinstance(amount, Decimal):
        message = _("Say how much you need: institutions see only needs with an amount.")
        raise InvalidInput(message, code="required", field="amount")
    if columns["title"]:
        return columns
    title = need_title(amount=amount, purpose=str(columns["purpose"]))
    return {**columns, "title": title[:TITLE_LIMIT]}


def _checked(data: NeedInput, clerk: Clerk, previous: Need | None = None) -> dict[str, object]:
    """The columns for `data`. Raises InvalidInput with the path of the first fault."""
    title = one_line(data.title, "title", longest=TITLE_LIMIT) if data.title.strip() else ""
    if len(data.description) > DESCRIPTION_LIMIT:
        raise InvalidInput(_("A description has at most 4000 characters."), code="wrong_length", field="description")
    if data.term_months is not None and not 0 < data.term_months <= TERM_LIMIT:
        raise InvalidInput(_("A term has 1 to 600 months."), code="out_of_range", field="term_months")
    terms = vocabulary()
    return {
        "title": title,
        "description": data.description.strip(),
        "amount": None if data.amount is None else _amount(data.amount),
        "term_months": data.term_months,
        "purpose": _purpose(data.purpose),
        "facts": stored_facts(
            data.facts,
            subject=Subject.NEED,
            vocabulary=terms,
            clerk=clerk,
            previous=previous.facts if previous else None,
        ),
    }


def _amount(amount: Decimal) -> Decimal:
    fen = amount.quantize(Decimal("0.01")) if amount.is_finite() and abs(amount) < Decimal(10) ** 15 else None
    if fen is None or fen != amount or fen <= 0:
        raise InvalidInput(
            _("An amount is above zero and has at most two decimals."), code="out_of_range", field="amount"
        )
    return fen


def _purpose(purpose: str) -> str:
    if not purpose:
        return ""
    try:
        return str(normalise(ATTRIBUTES["purpose"], purpose, vocabulary()))
    except FactError as error:
        language = get_language() or "zh-hans"
        raise InvalidInput(error.message.in_language(language), code=error.code, field="purpose") from error
