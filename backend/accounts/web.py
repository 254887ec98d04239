"""Coming in: signing in and up, an invitation, and in the demo the way from one role to another."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from allauth.account.internal import flows
from allauth.account.models import Login
from allauth.account.views import LoginView
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.forms import AcceptForm, SignUpForm
from backend.accounts.models import Organisation, User
from backend.accounts.queries import demo_people, open_to
from backend.accounts.services import PersonInput, company_sign_up, invitation_accept
from backend.common.errors import Conflict, InvalidInput
from backend.site.errors import page
from backend.site.navigation import home_of


class SignIn(LoginView):
    template_name = "account/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever is signed in is told so, with the way out; in the demo with the other accounts as well."""
        if request.user.is_authenticated:
            if request.method == "POST":
                return redirect("my-home")
            return render(request, self.template_name, {"groups": _groups()})
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"groups": _groups()}


@require_safe
def my_home(request: HttpRequest) -> HttpResponse:
    """The first page of whoever is signed in."""
    return redirect(home_of(request.user))


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the demo's people, whose password is public. 404 outside of the demo."""
    wanted = request.POST.get("username", "")
    user = next((user for user in demo_people() if user.username == wanted), None)
    if not settings.DEMO or user is None:
        raise Http404
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    onward = request.POST.get("next", "")
    if onward and url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(onward)
    return redirect(home_of(user))


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")  # type: ignore[no-untyped-call,untyped-decorator]
def sign_up(request: HttpRequest) -> HttpResponse:
    """A company comes by itself: its owner, signed in at once."""
    if request.user.is_authenticated:
        return redirect("my-home")
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        person = PersonInput(
            username=given["username"],
            password=given["password"],
            full_name=given["full_name"],
            email=given["email"],
        )
        try:
            owner = company_sign_up(company=given["company"], person=person)
        except (InvalidInput, Conflict) as error:
            form.refused(error)
        else:
            return _enter(request, owner, signed_up=True)
    return render(request, "account/signup.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")  # type: ignore[no-untyped-call,untyped-decorator]
@page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The seat that a link offers: name, user name and password of whoever takes it."""
    offered = open_to(token)
    if request.user.is_authenticated:
        return render(request, "account/invitation.html", {"invitation": offered}, status=409)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        person = PersonInput(username=given["username"], password=given["password"], full_name=given["full_name"])
        try:
            user = invitation_accept(token=token, person=person)
        except (InvalidInput, Conflict) as error:
            form.refused(error)
        else:
            return _enter(request, user)
    context = {"form": form, "invitation": offered}
    return render(request, "account/invitation.html", context, status=422 if form.is_bound else 200)


def too_many(request: HttpRequest) -> HttpResponse:
    """What a limit of signing in answers beyond it."""
    said = {"status": 429, "title": _("Too many tries"), "detail": _("Wait a few minutes and try again.")}
    response = render(request, "error.html", said, status=429)
    response["Retry-After"] = "300"
    return response


def _enter(request: HttpRequest, user: User, *, signed_up: bool = False) -> HttpResponse:
    """Sign in whoever has just chosen a password here."""
    flows.login.record_authentication(request, user, method="password", username=user.username)
    if signed_up:
        return flows.signup.complete_signup(request, user=user)
    return flows.login.perform_login(request, Login(user=user))


def _groups() -> list[tuple[Organisation | None, list[User]]]:
    """The demo's people by the organisation that they act for."""
    return [(organisation, list(some)) for organisation, some in groupby(demo_people(), lambda one: one.organisation)]
