"""Every write of needs by those who have them. What the bureau and the clock do is in `verification` and `clock`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import acts_for_platform
from backend.accounts.models import User
from backend.accounts.roles import Action, demand
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.companies.facts import Clerk, stored_facts
from backend.companies.models import Company
from backend.companies.queries import company_visible_to
from backend.eligibility.attributes import Subject
from backend.indexing.services import mark_changed
from backend.lifecycle.services import advance, record
from backend.needs.checks import TERM_LIMIT, checked_amount, checked_need, checked_purpose, shown_columns
from backend.needs.cycle import RENEWABLE, SHOWN
from backend.needs.deadlines import check_due, last_day, last_day_of_import
from backend.needs.models import Need
from backend.needs.queries import duplicates_of, need_visible_to
from backend.needs.verification import pass_check
from backend.needs.versions import need_keep, need_version
from backend.packs.queries import life_cycles, vocabulary


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
    """File a need as a draft; or, where the platform brings it from elsewhere, open from `opened_at` on, with as many
    renewals as it takes to be open today. Raises NotFound, NotAllowed, InvalidInput."""
    company = company_visible_to(actor, company_id)
    _own(actor, company)
    if opened_at is not None and not acts_for_platform(actor):
        raise NotAllowed(_("Only the platform may bring in needs that are open already."))
    day = today or timezone.localdate()
    checked = checked_need(data, Clerk(today=day, attests=acts_for_platform(actor)))
    if opened_at is not None:
        checked = shown_columns(checked)
    # The lock makes a change of the company that runs at the same time wait for this need, or this need for it:
    # otherwise the change could miss the need, and the copy keep the company's old facts.
    Company.objects.select_for_update().get(pk=company.pk)
    need = Need.objects.create(
        company=company,
        **checked,
        status=Need.Status.DRAFT if opened_at is None else Need.Status.OPEN,
        opened_at=opened_at,
        expires_on=None if opened_at is None else last_day_of_import(timezone.localdate(opened_at), day),
    )
    at = opened_at or timezone.now()
    record(need, "file" if opened_at is None else "import", before="", after=need.status, actor=actor, at=at)
    if opened_at is not None:
        need_keep(need, at=at)
    mark_changed("need", [need.pk])
    return need


@transaction.atomic
def need_update(
    *,
    actor: User,
    need_id: int,
    data: NeedInput,
    expected_version: int,
    today: date | None = None,
    now: datetime | None = None,
) -> Need:
    """Replace what a need says. What institutions see keeps an amount and a title, and each wording of it is kept.

    Raises NotFound, NotAllowed, InvalidInput, and Conflict where it is neither a draft nor shown to institutions, or no
    longer at `expected_version`.
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    clerk = Clerk(today=today or timezone.localdate(), attests=acts_for_platform(actor))
    checked = checked_need(data, clerk, need)
    if need.status in SHOWN:
        # Between this read and the update the status cannot change without the version.
        checked = shown_columns(checked)
        need_version(need)  # what came past the services is kept before it changes
    changed = sorted(name for name, value in checked.items() if getattr(need, name) != value)
    at = now or timezone.now()
    advance(
        need, "change", actor=actor, now=at, expected_version=expected_version, values=checked,
        data={"changed": changed},
    )  # fmt: skip
    return _done(need, at)


@transaction.atomic
def need_open(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """The company's one button: publish a draft, or a need that was closed or has expired once more.

    A draft is submitted. Where its company is verified and nothing looks like the same need twice, the platform's own
    check opens it at once; else it waits for the bureau. An empty title is made of purpose and amount.

    Raises NotFound, NotAllowed, InvalidInput (`required`, field `amount`) and Conflict, with `duplicate_need` as at
    `need_renew`.
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    if need.status in RENEWABLE:
        return need_renew(actor=actor, need_id=need_id, expected_version=expected_version, now=now)
    at = now or timezone.now()
    values: dict[str, object] = {"verify_by": check_due(timezone.localdate(at))}
    if need.version == expected_version and need.status == Need.Status.DRAFT:
        said: dict[str, object] = {"title": need.title, "amount": need.amount, "purpose": need.purpose}
        values["title"] = shown_columns(said)["title"]
    advance(need, "submit", actor=actor, now=at, expected_version=expected_version, values=values)
    return _done(pass_check(need, now=at), at)


@transaction.atomic
def need_withdraw(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """Take a need that waits for its check back into a draft. Raises NotFound, NotAllowed, Conflict."""
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    at = now or timezone.now()
    values = {"verify_by": None}
    advance(need, "withdraw", actor=actor, now=at, expected_version=expected_version, values=values)
    return _done(need, at)


@transaction.atomic
def need_renew(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """Have an open need stay open for a whole term from today, or open one that was closed or has expired once more.

    Raises NotFound, NotAllowed, Conflict; Conflict (`duplicate_need`) where it is not open and the company has another
    one that looks the same: that one is to be closed first.
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    at = now or timezone.now()
    day = timezone.localdate(at)
    values: dict[str, object] = {"expires_on": last_day(day)}
    if need.version == expected_version and need.status in RENEWABLE:
        values["opened_at"] = at
        if others := duplicates_of(need, on=day):
            message = _("“%(title)s” looks like the same need. Close it before you open this one once more.")
            raise Conflict(message % {"title": others[0].need.title}, code="duplicate_need")
    advance(need, "renew", actor=actor, now=at, expected_version=expected_version, values=values,
            data={"expires_on": values["expires_on"]})  # fmt: skip
    return _done(need, at)


@transaction.atomic
def need_close(*, actor: User, need_id: int, expected_version: int, now: datetime | None = None) -> Need:
    """Take a need back from institutions; what has begun with some of them goes on. Raises NotFound, NotAllowed,
    Conflict."""
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    at = now or timezone.now()
    advance(need, "close", actor=actor, now=at, expected_version=expected_version)
    return _done(need, at)


@transaction.atomic
def need_begin_talks(*, need_id: int, actor: User, now: datetime) -> Need:
    """An application for the need is under way. Nothing happens where talks have begun already. That the actor may see
    the need is the caller's to know. Raises NotFound, NotAllowed, Conflict (`wrong_state`)."""
    need = _locked(need_id)
    if need.status == Need.Status.TALKING:
        return need
    return _done(advance(need, "talk", actor=actor, now=now), now)


@transaction.atomic
def need_resume(*, need_id: int, actor: User | None, now: datetime) -> Need:
    """No application is alive any more: the need is open for others, for at least as long as a notice takes. Nothing
    happens where it is not in talks, for its company may have closed it meanwhile. `actor` is None where the last
    application ran out of time. Raises NotFound, NotAllowed."""
    need = _locked(need_id)
    if need.status != Need.Status.TALKING:
        return need
    values: dict[str, object] = {}
    day = timezone.localdate(now)
    settings = life_cycles(day)
    if settings is not None and need.expires_on is not None:
        values["expires_on"] = max(need.expires_on, day + timedelta(days=settings.need_notice_days))
    return _done(advance(need, "resume" if actor else "idle", actor=actor, now=now, values=values), now)


@transaction.atomic
def need_fund(*, need_id: int, actor: User | None, now: datetime) -> Need:
    """Money was paid out, and nothing that was chosen is left to pay. Nothing happens where it was before. `actor` is
    None where the last that would have paid has ended instead. Raises NotFound, NotAllowed, Conflict (`wrong_state`)
    where neither talks go on nor had begun before the need was closed."""
    need = _locked(need_id)
    if need.status == Need.Status.FUNDED:
        return need
    return _done(advance(need, "fund" if actor else "settle", actor=actor, now=now), now)


@transaction.atomic
def need_restate(*, need_id: int, actor: User, now: datetime) -> Need:
    """A disbursement was reversed: the need is in talks once more. Nothing happens where it was not funded. Raises
    NotFound, NotAllowed."""
    need = _locked(need_id)
    if need.status != Need.Status.FUNDED:
        return need
    return _done(advance(need, "restate", actor=actor, now=now), now)


@transaction.atomic
def need_discard(*, actor: User, need_id: int, expected_version: int) -> None:
    """Throw a draft away: nobody but the company ever saw it.

    Raises NotFound, NotAllowed, Conflict (`wrong_state` where it is no draft, or a report was made of it).
    """
    need = need_visible_to(actor, need_id)
    _own(actor, need.company)
    if need.version != expected_version:
        raise Conflict(_("Somebody changed this need meanwhile. Read it again and repeat your change."))
    if need.status != Need.Status.DRAFT:
        message = _("Only a draft can be thrown away; a need that institutions have seen is closed instead.")
        raise Conflict(message, code="wrong_state")
    mark_changed("need", [need.pk])
    try:
        with transaction.atomic():
            need.delete()
    except ProtectedError as error:
        message = _("A match report was made of this draft, so it stays.")
        raise Conflict(message, code="wrong_state") from error


def _own(actor: User, company: Company) -> None:
    if not acts_for_platform(actor) and company.organisation_id != actor.organisation_id:
        raise NotAllowed(_("Only the company itself may do this."))
    demand(actor, Action.NEED_EDIT)


def _locked(need_id: int) -> Need:
    need = Need.objects.select_for_update().filter(pk=need_id).first()
    if need is None:
        raise NotFound("")
    return need


def _done(need: Need, at: datetime) -> Need:
    """Has the need copied, and its wording kept where institutions see it."""
    if need.status in SHOWN:
        need_keep(need, at=at)
    mark_changed("need", [need.pk])
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
        need.amount = None if data.amount is None else checked_amount(data.amount)
    with suppress(InvalidInput):
        need.purpose = checked_purpose(data.purpose)
    return need
