"""Signing in and out, and in the demo the way from one role to another."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.queries import demo_people
from backend.site.navigation import home_of


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("The user name or the password is wrong."),
        "inactive": _("This account has been closed. Ask your organisation's administrator."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["username"].widget.attrs.pop("autofocus", None)


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"people": demo_people()}


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
