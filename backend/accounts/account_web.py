"""One's own account: who one is, what the role allows, the sessions, and leaving."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.base.views import IndexView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts import devices, handover, second_factor
from backend.accounts.audience import organisation_of
from backend.accounts.forms import LeaveForm
from backend.accounts.queries import is_demo_account
from backend.accounts.role_words import words_of
from backend.accounts.roles import actions_of
from backend.accounts.services import member_leave
from backend.common.errors import Conflict, InvalidInput, NotFound
from backend.site.access import person
from backend.site.errors import page


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Everybody's, also where the organisation is suspended."""
    user = person(request)
    organisation = user.organisation
    context = {
        "organisation": organisation,
        "actions": words_of(actions_of(user)),
        "address": EmailAddress.objects.filter(user=user).order_by("-verified", "-primary").first(),
        "factor": second_factor.set_up(user),
        "obligatory": second_factor.obligatory_for(user),
        "demo_account": is_demo_account(user),
        "sessions": len(UserSession.objects.purge_and_list(user)),
    }
    return render(request, "account/account.html", context)


class Factor(IndexView):
    """The second factor as it stands. Who must have one is offered no way to switch it off."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"obligatory": second_factor.obligatory_for(person(self.request))}


class Sessions(ListUserSessionsView):
    """Where the person is signed in, and ending one of these sessions or all the others."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        newest = sorted(context["sessions"], key=lambda one: one.last_seen_at, reverse=True)
        context["rows"] = [(session, devices.named(session.user_agent), session.is_current()) for session in newest]
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = request.POST.get("session", "")
        if not wanted:
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
        session = UserSession.objects.filter(user=person(request), pk=number).first()
        if session is not None and session.is_current():
            logout(request)
            return redirect("home")
        if session is not None:  # sent twice, it is ended once
            session.end()
        messages.success(request, _("The session has ended."))
        return redirect("usersessions_list")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the organisation: the account closes, what the person holds passes to the successor."""
    user = person(request)
    if organisation_of(user) is None:
        raise NotFound("")
    held = handover.held_by(user)
    form = LeaveForm(request.POST if request.method == "POST" else None, person=user, held=held)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                member_leave(actor=user, person_id=user.pk, successor_id=form.cleaned_data.get("successor"))
            except (InvalidInput, Conflict) as error:
                form.refused(error)
                status = error.status
            else:
                logout(request)
                messages.success(request, _("You have left. Your account is closed."))
                return redirect("home")
    return render(request, "account/leave.html", {"form": form, "held": held}, status=status)
