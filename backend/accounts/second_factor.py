"""The second factor: who must show one, and whether a session or a call has.

What obliges is the kind of the organisation (`SECOND_FACTOR_KINDS`). The demo's own accounts, whose password is public,
are exempt, in the demo alone. A session that showed its factor is marked with the person's id; what signs in with a
token showed it when the token was given.
"""

from __future__ import annotations

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from backend.accounts.models import User
from backend.accounts.queries import is_demo_account

SHOWN = "second_factor"
"""The session's mark."""


def obligatory_for(person: User) -> bool:
    organisation = person.organisation
    if organisation is None or is_demo_account(person):
        return False
    return organisation.kind in settings.SECOND_FACTOR_KINDS


def set_up(person: User) -> bool:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def mark_shown(request: HttpRequest, person: User) -> None:
    request.session[SHOWN] = str(person.pk)


def shown_in(request: HttpRequest, person: User) -> bool:
    return bool(request.session.get(SHOWN) == str(person.pk))


def answers(person: User, code: str) -> bool:
    """Whether the code is the one of the moment, or a recovery code that was not used yet; it is used up then. Wrong
    codes count against the person's limit: beyond it no code answers until the limit has passed."""
    form = AuthenticateForm(user=person, data={"code": code})
    if not form.is_valid():
        return False
    form.authenticator.record_usage()
    return True
