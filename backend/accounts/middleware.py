"""What stands between a session and the pages: when it was last seen, and whether it showed its second factor."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from backend.accounts import second_factor
from backend.accounts.models import User
from backend.api.problems import problem_response

Answer = Callable[[HttpRequest], HttpResponse]

SEEN = "seen_at"
SEEN_EVERY_SECONDS = 300
"""A session's row is written no oftener than that."""

BEFORE_ALL_ELSE = {
    *("sign-out", "account_logout", "set_language"),
    *("mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate"),
    *("account_reauthenticate", "account_email", "account_confirm_email"),
}
"""What somebody who owes the second factor may open: its set-up and what that needs, and the way out."""


class SessionSeen:
    """Keeps the list of a person's sessions: device, address, last seen."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            now = int(time.time())
            if now - int(request.session.get(SEEN, 0)) >= SEEN_EVERY_SECONDS:
                UserSession.objects.create_from_request(request)
                request.session[SEEN] = now
        return self.get_response(request)


class SecondFactor:
    """Sends who owes the second factor to its set-up, or to showing it, before anything else; under /api/ as a
    problem. Calls with a token pass: the token was given for a factor that was shown."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or not second_factor.obligatory_for(user):
            return None
        if second_factor.shown_in(request, user) or (match is not None and match.url_name in BEFORE_ALL_ELSE):
            return None
        if match is not None and match.namespace == "api":
            return problem_response(
                code="second_factor_required",
                status=403,
                title=_("Show your second factor first"),
                detail=_("Your organisation's people sign in with a second factor. Set it up or show it on the site."),
            )
        if not second_factor.set_up(user):
            return redirect("mfa_activate_totp")
        onward = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("my-home")
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': onward})}")
