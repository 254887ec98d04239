"""A few needs of a made-up market in other states than open, so that every queue and history has something to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind
from backend.companies.models import Company
from backend.companies.services import company_create
from backend.eligibility.attributes import ATTRIBUTES, Source
from backend.market.generator import companies
from backend.market.services import calibration, company_input, need_input
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_close, need_create, need_open
from backend.needs.verification import need_return

_NEWCOMERS = 19_000_000
"""Companies of the seed from here on are in no market and in no history."""
_TWICE, _NEW, _CLOSED, _EXPIRED = 3, 2, 2, 2
RETURNED = "请在说明中写明采购的设备和预计到货时间，并补充近一年的订单情况。"


@transaction.atomic
def lives_make(*, actor: User, seed: int, now: datetime) -> int:
    """Needs that wait for an officer (filed twice, or of a company that nobody has verified), one that was given back,
    some that were closed or are about to expire. Nothing where it was done before. Returns how many needs there are in
    such a state. `actor` acts for the platform."""
    if Need.objects.exclude(status=Need.Status.OPEN).exists():
        return 0
    wanted = _TWICE + 1 + _CLOSED + _EXPIRED
    last = Need.objects.filter(amount__gte=Decimal(1_000_000)).select_related("company__organisation").order_by("-pk")
    chosen = {need.company_id: need for need in last[: 4 * wanted]}
    needs = iter(list(chosen.values())[:wanted])
    for _number in range(_TWICE):
        _file_again(next(needs), now)
    returned = _file_again(next(needs), now)
    need_return(actor=actor, need_id=returned.pk, expected_version=returned.version, reason=RETURNED, now=now)
    for _number in range(_CLOSED):
        closed = next(needs)
        owner = _owner(closed.company)
        need_close(actor=owner, need_id=closed.pk, expected_version=closed.version, now=now)
    for number in range(_EXPIRED):
        soon = timezone.localdate(now) + timedelta(days=number - 1)
        Need.objects.filter(pk=next(needs).pk).update(expires_on=soon)
    _newcomers(seed, now)
    return wanted + _NEW


def _file_again(need: Need, now: datetime) -> Need:
    """The same need in other words, published by its company: it waits for an officer."""
    owner = _owner(need.company)
    amount = (need.amount or Decimal(0)) * Decimal("0.95")
    data = replace(NeedInput.of(need), title="", amount=amount.quantize(Decimal(10_000)))
    filed = need_create(actor=owner, company_id=need.company_id, data=data)
    return need_open(actor=owner, need_id=filed.pk, expected_version=filed.version, now=now)


def _newcomers(seed: int, now: datetime) -> None:
    today = timezone.localdate(now)
    for draft in companies(calibration(today), seed=seed, count=_NEW, start=_NEWCOMERS, today=today, needs_each=1):
        organisation = Organisation.objects.create(kind=Organisation.Kind.COMPANY, name=draft.name)
        owner = _founder(organisation)
        own = replace(draft, facts={key: fact for key, fact in draft.facts.items() if _declared(key)})
        data = company_input(own, today)
        company = company_create(actor=owner, data=data, today=today)
        need = need_create(actor=owner, company_id=company.pk, data=need_input(draft.needs[0], today), today=today)
        need_open(actor=owner, need_id=need.pk, expected_version=need.version, now=now)


def _declared(key: str) -> bool:
    """Whether a company says it itself."""
    return ATTRIBUTES[key].source is Source.DECLARED


def _owner(company: Company) -> User:
    return company.organisation.users.first() or _founder(company.organisation)


def _founder(organisation: Organisation) -> User:
    """Somebody who acts for the company and has no password: nobody signs in so."""
    user = User(username=f"founder-{organisation.pk}", organisation=organisation, role=ROLES[Kind.COMPANY][0])
    user.set_unusable_password()
    user.save()
    return user
