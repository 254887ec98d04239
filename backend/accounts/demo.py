"""The demo's accounts, whose password is public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts import demo_names as names
from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind, Role
from backend.accounts.services import only, user_create
from backend.common.errors import NotAllowed

DEMO_PASSWORD = "rongqiao-demo-2026"  # noqa: S105  the demo's only, and printed at its start

_ACCOUNTS: Mapping[str, tuple[Kind, Role, str]] = {
    names.DEMO_COMPANY: (Kind.COMPANY, ROLES[Kind.COMPANY][0], "陈建国"),
    names.DEMO_MEMBER: (Kind.COMPANY, Role.MEMBER, "孙晓雨"),
    names.DEMO_INSTITUTION: (Kind.INSTITUTION, ROLES[Kind.INSTITUTION][0], "周敏"),
    names.DEMO_MANAGER: (Kind.INSTITUTION, Role.ACCOUNT_MANAGER, "李倩"),
    names.DEMO_EDITOR: (Kind.INSTITUTION, Role.PRODUCT_EDITOR, "吴涛"),
    names.DEMO_RISK: (Kind.INSTITUTION, Role.RISK_APPROVER, "郑宏"),
    names.DEMO_BUREAU: (Kind.BUREAU, ROLES[Kind.BUREAU][0], "王志远"),
    names.DEMO_OFFICER: (Kind.BUREAU, Role.BUREAU_OFFICER, "刘洋"),
    names.DEMO_ADVISER: (Kind.ADVISERS, Role.ADVISER, "赵静"),
    names.DEMO_PLATFORM: (Kind.PLATFORM, ROLES[Kind.PLATFORM][0], "何静"),
}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A way into the demo. `organisation` is whom it acts for."""

    username: str
    password: str
    organisation: Organisation


@transaction.atomic
def demo_accounts_ensure(
    *, company: Organisation | None = None, institution: Organisation | None = None
) -> tuple[DemoAccount, ...]:
    """One account a role, made where missing, in the order of a tour: the platform, the bureau, the advisers and, where
    given, the people of a company and of an institution. A company or institution that the account acts for stays.

    Raises NotAllowed outside of the demo: the password is public.
    """
    if not settings.DEMO:
        raise NotAllowed(_("Accounts with a public password belong in the demo alone."))
    wanted = {Kind.COMPANY: company, Kind.INSTITUTION: institution}
    accounts = []
    for username in names.DEMO_ORDER:
        kind, role, full_name = _ACCOUNTS[username]
        user = User.objects.filter(username=username).select_related("organisation").first()
        if user is not None and user.organisation is not None:
            wanted[kind] = user.organisation
        organisation = wanted[kind] if kind in wanted else wanted.setdefault(kind, only(kind))
        if user is None and organisation is not None:
            user = user_create(
                username=username, password=DEMO_PASSWORD, organisation=organisation, role=role, full_name=full_name
            )
        if user is not None and user.organisation is not None:
            accounts.append(DemoAccount(username, DEMO_PASSWORD, user.organisation))
    return tuple(accounts)
