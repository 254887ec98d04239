"""Who a page is for. A visitor signs in first; somebody of another kind of organisation, or whose role does not allow
it, is told so, with status 403."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar, cast, overload

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, Kind, Role, actions_of, roles_holding
from backend.site.errors import refused

View = TypeVar("View", bound=Callable[..., HttpResponse])


class Door:
    """A page for people of organisations of these kinds: `@company_page`. With actions, for those whose role holds one
    of them: `@company_page(Action.NEED_EDIT)`."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    @overload
    def __call__(self, first: View) -> View: ...

    @overload
    def __call__(self, first: Action, *more: Action) -> Callable[[View], View]: ...

    def __call__(self, first: View | Action, *more: Action) -> View | Callable[[View], View]:
        if isinstance(first, Action):
            actions = frozenset((first, *more))
            return lambda view: self._guarded(view, actions)
        return self._guarded(first, frozenset())

    def _guarded(self, view: View, actions: frozenset[Action]) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return self._refusal(request, actions) or view(request, *args, **kwargs)

        return cast(View, shown)

    def _refusal(self, request: HttpRequest, actions: frozenset[Action]) -> HttpResponse | None:
        organisation = organisation_of(request.user)
        if organisation is None and _suspended(request.user) is not None:
            return refused(
                request,
                status=403,
                title=_("Your organisation is suspended"),
                detail=_("Nothing is lost. Your account page says since when and why."),
            )
        if organisation is None or organisation.kind not in self.kinds:
            return refused(
                request,
                status=403,
                title=_("This page is not for your account"),
                detail=_("It is for: %(whom)s. Sign in with such an account, or go on from your own first page.")
                % {"whom": _listed(Organisation.Kind(kind).label for kind in self.kinds)},
            )
        if actions and not actions & actions_of(request.user):
            return refused(
                request,
                status=403,
                title=_("Your role does not allow this"),
                detail=_("It takes one of these roles: %(roles)s. Whoever manages the members can change yours.")
                % {"roles": _listed(Role(role).label for role in _roles(Kind(organisation.kind), actions))},
            )
        return None


def person(request: HttpRequest) -> User:
    """Who asks, on a page that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("this page was reached without signing in")
    return request.user


company_page = Door(Organisation.Kind.COMPANY)
institution_page = Door(Organisation.Kind.INSTITUTION)
bureau_page = Door(Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM)
platform_page = Door(Organisation.Kind.PLATFORM)
member_page = Door(*Organisation.Kind.values)


def _roles(kind: Kind, actions: Iterable[Action]) -> list[Role]:
    found = {role for action in actions for role in roles_holding(kind, action)}
    return [role for role in Role if role in found]


def _suspended(user: object) -> Organisation | None:
    organisation = user.organisation if isinstance(user, User) else None
    return organisation if organisation is not None and organisation.suspended else None


def _listed(labels: Iterable[str | Promise]) -> str:
    return _(", ").join(str(label) for label in labels)
