"""What follows from a second factor that was set up, shown or taken away."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework.authtoken.models import Token

from backend.accounts import second_factor
from backend.accounts.models import User


@receiver(authenticator_used)
def shown(request: HttpRequest, user: User, **given: Any) -> None:
    second_factor.mark_shown(request, user)


@receiver(authenticator_added)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **given: Any) -> None:
    """Whoever set it up has shown it. What signed in with a password alone, sessions and tokens, ends."""
    if authenticator.type != Authenticator.Type.TOTP:
        return
    second_factor.mark_shown(request, user)
    Token.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()


@receiver(authenticator_removed)
def removed(request: HttpRequest, user: User, authenticator: Authenticator, **given: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        request.session.pop(second_factor.SHOWN, None)


@receiver((password_changed, password_reset, password_set))
def password_new(request: HttpRequest, user: User, **given: Any) -> None:
    """What the old password had opened ends: the sessions by themselves, since their hash no longer fits, the tokens
    here."""
    Token.objects.filter(user=user).delete()
