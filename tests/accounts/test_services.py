"""Accounts of the platform and of the demo."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind
from backend.accounts.services import (
    DEMO_PASSWORD,
    demo_accounts_ensure,
    organisation_create,
    platform_account,
    user_create,
)
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from tests import world

pytestmark = pytest.mark.django_db


def test_the_platforms_account_is_made_once_and_nobody_signs_in_with_it() -> None:
    first = platform_account()
    assert platform_account() == first
    assert first.organisation is not None
    assert (first.organisation.kind, first.has_usable_password()) == ("platform", False)


def test_one_demo_account_a_role_made_once() -> None:
    company, bank = world.company().organisation, world.institution().organisation
    accounts = demo_accounts_ensure(company=company, institution=bank)
    assert [account.organisation.kind for account in accounts] == ["company", "institution", "bureau", "platform"]
    assert [account.organisation for account in accounts[:2]] == [company, bank]
    assert demo_accounts_ensure(company=world.company().organisation, institution=bank) == accounts
    for account in accounts:
        user = User.objects.get(username=account.username)
        assert user.check_password(DEMO_PASSWORD)
        assert user.role == ROLES[Kind(account.organisation.kind)][0]
    assert Organisation.objects.filter(kind="platform").count() == 1


def test_without_a_market_the_demo_has_its_offices() -> None:
    assert [account.organisation.kind for account in demo_accounts_ensure()] == ["bureau", "platform"]


def test_public_passwords_stay_in_the_demo(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(NotAllowed):
        demo_accounts_ensure()
    assert not User.objects.exists()


def test_weak_passwords_and_taken_names_are_refused() -> None:
    office = organisation_create(kind="bureau", name=" 某局 ")
    assert office.name == "某局"
    with pytest.raises(InvalidInput) as weak:
        user_create(username="li", password="password", organisation=office)
    assert (weak.value.code, weak.value.field) == ("weak_password", "password")
    user_create(username="li", password="a-long-enough-one", organisation=office)
    with pytest.raises(Conflict):
        user_create(username="li", password="a-long-enough-one", organisation=office)
    with pytest.raises(InvalidInput):
        organisation_create(kind="ministry", name="x")
