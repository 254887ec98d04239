"""The people of an organisation: who there is, invitations, roles, letting somebody go, branches."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts import handover, services
from backend.accounts.forms import BranchForm, InviteForm, LeaveForm, RoleForm
from backend.accounts.models import Organisation, User
from backend.accounts.queries import (
    invitation_managed_by,
    invitations_managed_by,
    member_managed_by,
    members_of,
    organisation_managed_by,
)
from backend.accounts.role_words import words_of
from backend.accounts.roles import HELD, ROLES, Action, Kind, may
from backend.common.errors import Conflict, InvalidInput
from backend.lifecycle.queries import events_of
from backend.packs.queries import held, vocabulary
from backend.site.access import member_page, person
from backend.site.errors import page

SHOWN_EVENTS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Action.MEMBERS_MANAGE)
@page
@held()
def members(request: HttpRequest, id: int | None = None) -> HttpResponse:
    """The people of the own organisation, or of a branch. POST invites."""
    user = person(request)
    organisation = organisation_managed_by(user, None if id is None else int(id))
    if request.method != "POST":
        return _members(request, organisation, InviteForm(kind=organisation.kind))
    form = InviteForm(request.POST, kind=organisation.kind)
    if not form.is_valid():
        return _members(request, organisation, form, status=422)
    data = services.InvitationInput(organisation_id=organisation.pk, **form.cleaned_data)
    try:
        invited = services.invite(actor=user, data=data, address_of=_address_of(request))
    except (InvalidInput, Conflict) as error:
        form.refused(error)
        return _members(request, organisation, form, status=error.status)
    _said(request, invited)
    return redirect(_page_of(organisation, user))


@require_POST
@member_page(Action.MEMBERS_MANAGE)
@page
def member_invitation(request: HttpRequest, id: int) -> HttpResponse:
    """Withdraw an open invitation, or send it anew with another link: `do`."""
    user = person(request)
    invitation = invitation_managed_by(user, int(id))
    if request.POST.get("do") == "again":
        data = services.InvitationInput(
            organisation_id=invitation.organisation_id, email=invitation.email, role=invitation.role
        )
        _said(request, services.invite(actor=user, data=data, address_of=_address_of(request)))
    else:
        services.invitation_withdraw(actor=user, invitation_id=invitation.pk)
        messages.success(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect(_page_of(invitation.organisation, user))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Action.MEMBERS_MANAGE)
@page
def member(request: HttpRequest, id: int) -> HttpResponse:
    """One colleague: the role, and letting them go. `do` names which of the two is sent."""
    user = person(request)
    someone = member_managed_by(user, int(id))
    things = handover.held_by(someone)
    do = request.POST.get("do", "") if request.method == "POST" else ""
    role = RoleForm(request.POST if do == "role" else None, person=someone)
    leave = LeaveForm(request.POST if do == "leave" else None, person=someone, held=things)
    status = 200
    for form, act in ((role, _role_changed), (leave, _let_go)):
        if form.is_bound:
            status = 422
            if form.is_valid():
                try:
                    act(request, user, someone, form.cleaned_data)
                except (InvalidInput, Conflict) as error:
                    form.refused(error)
                    status = error.status
                else:
                    return redirect(_page_of(_organisation(someone), user))
    context = {
        "someone": someone,
        "oneself": someone.pk == user.pk,
        "role_form": role,
        "leave_form": leave,
        "held": things,
        "roles": _roles(_organisation(someone).kind),
        "back": _page_of(_organisation(someone), user),
    }
    return render(request, "members/member.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Action.MEMBERS_MANAGE)
@page
@held()
def branch_new(request: HttpRequest, id: int) -> HttpResponse:
    """A branch of the organisation. Whoever opens it invites its first people."""
    user = person(request)
    parent = organisation_managed_by(user, int(id))
    form = BranchForm(request.POST if request.method == "POST" else None, kind=parent.kind, regions=_regions())
    if form.is_valid():
        try:
            branch = services.branch_open(actor=user, parent_id=parent.pk, **form.cleaned_data)
        except InvalidInput as error:
            form.refused(error)
        else:
            messages.success(request, _("“%(name)s” is open. Invite its first people.") % {"name": branch.name})
            return redirect("branch-members", branch.pk)
    context = {"form": form, "parent": parent, "back": _page_of(parent, user)}
    return render(request, "members/branch.html", context, status=422 if form.is_bound else 200)


def _members(request: HttpRequest, organisation: Organisation, form: InviteForm, *, status: int = 200) -> HttpResponse:
    user, now = person(request), timezone.now()
    waiting = [(one, one.expires_at <= now) for one in invitations_managed_by(user).filter(organisation=organisation)]
    context: dict[str, Any] = {
        "organisation": organisation,
        "own": organisation.pk == user.organisation_id,
        "members": members_of(organisation).select_related("organisation"),
        "waiting": waiting,
        "form": form,
        "roles": _roles(organisation.kind),
        "branches": organisation.branches.all(),
        "region": _region(organisation),
        "days": settings.INVITATION_DAYS,
        "events": events_told(organisation) if may(user, Action.EVENTS_READ) else (),
    }
    return render(request, "members/members.html", context, status=status)


def _role_changed(request: HttpRequest, user: User, someone: User, given: dict[str, Any]) -> None:
    changed = services.role_change(actor=user, person_id=someone.pk, role=given["role"])
    said = _("%(name)s has the role “%(role)s” now.")
    messages.success(request, said % {"name": changed.called, "role": changed.get_role_display()})


def _let_go(request: HttpRequest, user: User, someone: User, given: dict[str, Any]) -> None:
    services.member_leave(actor=user, person_id=someone.pk, successor_id=given.get("successor"))
    messages.success(request, _("%(name)s has left. The account is closed.") % {"name": someone.called})


def _said(request: HttpRequest, invited: services.Invited) -> None:
    email = invited.invitation.email
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
    if settings.DEMO:
        link = _address_of(request)(invited.token)
        messages.info(request, _("No e-mail leaves the demo. The link is: %(link)s") % {"link": link})


def _address_of(request: HttpRequest) -> Any:
    return lambda token: request.build_absolute_uri(reverse("invitation", args=[token]))


def _page_of(organisation: Organisation, user: User) -> str:
    if organisation.pk == user.organisation_id:
        return reverse("members")
    return reverse("branch-members", args=[organisation.pk])


def _organisation(someone: User) -> Organisation:
    if someone.organisation is None:
        raise TypeError("a member belongs to an organisation")
    return someone.organisation


def _roles(kind: str) -> list[tuple[Any, list[Any]]]:
    """Each role of such an organisation with what it may do."""
    return [(role.label, words_of(HELD[role])) for role in ROLES[Kind(kind)]]


def _regions() -> list[tuple[str, str]]:
    words, language = vocabulary(), get_language() or "zh-hans"
    terms = words.terms("regions").values()
    return [(term.code, term.label.in_language(language)) for term in terms if term.parent is not None]


def _region(organisation: Organisation) -> str:
    if not organisation.region:
        return ""
    return vocabulary().label("regions", organisation.region).in_language(get_language() or "zh-hans")


def events_told(organisation: Organisation) -> list[tuple[Any, str]]:
    """The newest first, each with what happened in words."""
    newest = list(events_of(organisation).order_by("-number")[:SHOWN_EVENTS])
    ids = {event.data[key] for event in newest for key in ("person", "successor") if event.data.get(key)}
    people = {one.pk: one.called for one in User.objects.filter(pk__in=ids)}
    return [(event, _told(event.event, event.data, people)) for event in newest]


def _told(event: str, data: dict[str, Any], people: dict[int, str]) -> str:
    name = people.get(data.get("person") or 0, "")
    words = {
        "found": _("%(name)s signed the company up"),
        "invite": _("%(email)s was invited"),
        "invitation_withdrawn": _("The invitation to %(email)s was withdrawn"),
        "join": _("%(name)s joined"),
        "role_change": _("%(name)s was given another role"),
        "leave": _("%(name)s left"),
        "branch_opened": _("A branch was opened"),
        "suspend": _("The organisation was suspended"),
        "resume": _("The organisation takes part again"),
    }
    return words.get(event, event) % {"name": name, "email": data.get("email", "")}
