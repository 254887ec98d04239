"""Who a page is for. A visitor signs in first; somebody of another kind of organisation is told so, with status 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.site.errors import refused

View = TypeVar("View", bound=Callable[..., HttpResponse])


def only_for(*kinds: str) -> Callable[[View], View]:
    """A page for people of organisations of these kinds."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            organisation = organisation_of(request.user)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if organisation is None or organisation.kind not in kinds:
                return refused(
                    request,
                    status=403,
                    title=_("This page is not for your account"),
                    detail=_("It is for: %(whom)s. Sign in with such an account, or go on from your own first page.")
                    % {"whom": _comma().join(str(Organisation.Kind(kind).label) for kind in kinds)},
                )
            return view(request, *args, **kwargs)

        return cast(View, shown)

    return decorate


def person(request: HttpRequest) -> User:
    """Who asks, on a page that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("this page was reached without signing in")
    return request.user


company_page = only_for(Organisation.Kind.COMPANY)
institution_page = only_for(Organisation.Kind.INSTITUTION)
bureau_page = only_for(Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM)


def _comma() -> str:
    return _(", ")
