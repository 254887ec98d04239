"""Every write of organisations and people."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.demo_names import DEMO_APPROVER, DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION, DEMO_PLATFORM
from backend.accounts.models import Organisation, User
from backend.accounts.roles import ROLES, Kind, Role
from backend.common.errors import Conflict, InvalidInput, NotAllowed

PLATFORM_USER = "platform"
DEMO_PASSWORD = "rongqiao-demo-2026"  # noqa: S105  the demo's only, and printed at its start


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A way into the demo. `organisation` is whom it acts for."""

    username: str
    password: str
    organisation: Organisation


@transaction.atomic
def platform_account() -> User:
    """The account in whose name imports and commands write. It has no password, so nobody signs in with it."""
    user = User.objects.filter(username=PLATFORM_USER).select_related("organisation").first()
    if user is not None:
        return user
    user = User(username=PLATFORM_USER, organisation=_only(Organisation.Kind.PLATFORM), role=Role.PLATFORM_ADMIN)
    user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def organisation_create(*, kind: str, name: str) -> Organisation:
    if kind not in Organisation.Kind.values:
        raise InvalidInput(_("There is no such kind of organisation."), code="unknown_kind", field="kind")
    return Organisation.objects.create(kind=kind, name=name.strip())


@transaction.atomic
def user_create(*, username: str, password: str, organisation: Organisation, role: str | None = None) -> User:
    """Without a role: that of who founds such an organisation. Raises InvalidInput for a weak password or a role that
    such an organisation does not have, Conflict for a name in use."""
    roles = ROLES[Kind(organisation.kind)]
    if role is None:
        role = roles[0]
    elif role not in roles:
        raise InvalidInput(_("There is no such role in this organisation."), code="unknown_role", field="role")
    if User.objects.filter(username=username).exists():
        raise Conflict(_("This user name is in use already."), code="username_taken", field="username")
    try:
        validate_password(password)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="weak_password", field="password") from error
    return User.objects.create_user(username=username, password=password, organisation=organisation, role=role)


@transaction.atomic
def demo_accounts_ensure(
    *, company: Organisation | None = None, institution: Organisation | None = None
) -> tuple[DemoAccount, ...]:
    """One account a role, made where missing: platform, bureau and, where given, a company's owner and an
    institution's manager. A company or institution that the account acts for already stays.

    Raises NotAllowed outside of the demo: the password is public.
    """
    if not settings.DEMO:
        raise NotAllowed(_("Accounts with a public password belong in the demo alone."))
    wanted = {
        DEMO_COMPANY: company,
        DEMO_INSTITUTION: institution,
        DEMO_BUREAU: _only(Organisation.Kind.BUREAU),
        DEMO_PLATFORM: _only(Organisation.Kind.PLATFORM),
    }
    accounts = []
    for username, organisation in wanted.items():
        user = User.objects.filter(username=username).select_related("organisation").first()
        if user is None and organisation is not None:
            user = user_create(username=username, password=DEMO_PASSWORD, organisation=organisation)
        if user is not None and user.organisation is not None:
            accounts.append(DemoAccount(username, DEMO_PASSWORD, user.organisation))
    return tuple(accounts)


@transaction.atomic
def demo_approver_ensure(*, institution: Organisation) -> User:
    """Who decides the cases that the demo institution works on. Raises NotAllowed outside of the demo."""
    if not settings.DEMO:
        raise NotAllowed(_("Accounts with a public password belong in the demo alone."))
    there = User.objects.filter(username=DEMO_APPROVER).select_related("organisation").first()
    return there or user_create(
        username=DEMO_APPROVER, password=DEMO_PASSWORD, organisation=institution, role=Role.RISK_APPROVER
    )


def _only(kind: Kind) -> Organisation:
    """The deployment's bureau or platform."""
    names = {Organisation.Kind.PLATFORM: "融桥", Organisation.Kind.BUREAU: "金融局"}
    found = Organisation.objects.filter(kind=kind).order_by("pk").first()
    return found or Organisation.objects.create(kind=kind, name=names[kind])
