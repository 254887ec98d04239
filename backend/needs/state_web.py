"""The state of a need: what is expected next, its history, and the buttons of its company and of the bureau."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.audience import acts_for_platform
from backend.accounts.models import User
from backend.accounts.roles import Action, actions_of
from backend.common.errors import Conflict, InvalidInput
from backend.lifecycle.queries import events_of, last_events
from backend.lifecycle.telling import Told
from backend.needs.cycle import NEED
from backend.needs.models import Need
from backend.needs.queries import (
    Duplicate,
    duplicates_of,
    duplicates_of_all,
    need_visible_to,
    needs_to_verify,
    needs_waiting_for_company,
)
from backend.needs.services import need_renew, need_withdraw
from backend.needs.telling import expected, grounds, history, said_by, waits_for, wordings
from backend.needs.verification import need_return, need_verify
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.access import bureau_page, company_page, person
from backend.site.errors import page
from backend.site.posted import version_of

OF_THE_BUREAU = frozenset({"verify", "return"})
BUTTONS = OF_THE_BUREAU | {"submit", "withdraw", "change", "renew", "close"}
"""The steps that a person takes on these pages. Talks and money follow from applications."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Another need of the company and why it looks the same."""

    need: Need
    grounds: list[str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A need in the bureau's queue. `handed_in`: its submission."""

    need: Need
    reasons: list[str]
    alike: list[Alike]
    late: bool
    handed_in: Told | None


@require_safe
@login_required
@page
@held()
def state(request: HttpRequest, id: str) -> HttpResponse:
    """A need's state, for everybody who may read the need itself."""
    return _state(request, need_visible_to(person(request), int(id)))


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def withdraw(request: HttpRequest, id: str) -> HttpResponse:
    return _turn(request, id, need_withdraw, _("The need is a draft again: change it, then publish it."))


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def renew(request: HttpRequest, id: str) -> HttpResponse:
    return _turn(request, id, need_renew, _("The need stays open."))


@require_POST
@bureau_page(Action.VERIFY)
@page
@held()
def verify(request: HttpRequest, id: str) -> HttpResponse:
    user = person(request)
    try:
        need = need_verify(actor=user, need_id=int(id), expected_version=version_of(request))
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("need-queue")
    if need.status == Need.Status.OPEN:
        said = _("“%(title)s” is open: institutions see it from now on.")
    else:
        said = _("“%(title)s” is checked. It opens as soon as the company is verified.")
    messages.success(request, said % {"title": need.title})
    return redirect("need-queue")


@require_POST
@bureau_page(Action.VERIFY)
@page
@held()
def give_back(request: HttpRequest, id: str) -> HttpResponse:
    user, reason = person(request), request.POST.get("reason", "")
    try:
        need = need_return(actor=user, need_id=int(id), expected_version=version_of(request), reason=reason)
    except InvalidInput:
        fault = _("Say what the company should mend, in at most 1000 characters.")
        return _queue(request, at=int(id), fault=fault, typed=reason, status=422)
    except Conflict as error:
        return _queue(request, at=int(id), fault=error.message, typed=reason, status=409)
    messages.success(request, _("“%(title)s” is given back. The company reads your reason.") % {"title": need.title})
    return redirect("need-queue")


@require_safe
@bureau_page(Action.VERIFY)
@page
@held()
def queue(request: HttpRequest) -> HttpResponse:
    """The needs that wait for an officer, those due first."""
    return _queue(request)


def alike(found: list[Duplicate]) -> list[Alike]:
    words = vocabulary()
    return [Alike(one.need, grounds(one, words)) for one in found]


def _state(request: HttpRequest, need: Need, *, fault: str = "", status: int = 200) -> HttpResponse:
    viewer, today = person(request), timezone.localdate()
    own = need.company.organisation_id == viewer.organisation_id
    found = duplicates_of(need, on=today) if need.waiting or need.status == Need.Status.DRAFT else []
    context = {
        "need": need,
        "own": own,
        "can": _buttons(viewer, need, own=own),
        "next": expected(need, today=today, own=own),
        "waits": waits_for(need, found) if need.waiting else [],
        "alike": alike(found),
        "history": history(events_of(need), viewer),
        "wordings": wordings(need.versions.order_by("number"), vocabulary()),
        "now": said_by(need, vocabulary()),
        "pack": current_pack(),
        "fault": fault,
    }
    return render(request, "needs/state.html", context, status=status)


def _buttons(viewer: User, need: Need, *, own: bool) -> frozenset[str]:
    """The steps that the viewer may take from here: each with its button."""
    steps = frozenset(step.event for step in NEED.open_to(need.status, actions_of(viewer)))
    return steps & (BUTTONS if own or acts_for_platform(viewer) else OF_THE_BUREAU)


def _turn(request: HttpRequest, id: str, service: Callable[..., Need], done: str) -> HttpResponse:
    user = person(request)
    try:
        service(actor=user, need_id=int(id), expected_version=version_of(request))
    except Conflict as error:
        return _state(request, need_visible_to(user, int(id)), fault=error.message, status=409)
    messages.success(request, done)
    return redirect("need-state", int(id))


def _queue(request: HttpRequest, *, at: int = 0, fault: str = "", typed: str = "", status: int = 200) -> HttpResponse:
    viewer, today = person(request), timezone.localdate()
    needs = list(needs_to_verify(viewer))
    twice = duplicates_of_all(needs, on=today)
    last = {need_id: history([event], viewer) for need_id, event in last_events(Need, [n.pk for n in needs]).items()}
    rows = [
        Waiting(
            need=need,
            reasons=waits_for(need, twice.get(need.pk, ())),
            alike=alike(twice.get(need.pk, [])),
            late=_late(need, today),
            handed_in=next(iter(last.get(need.pk, ())), None),
        )
        for need in needs
    ]
    context = {
        "rows": rows,
        "checked": list(needs_waiting_for_company(viewer)),
        "late": sum(row.late for row in rows),
        "pack": current_pack(),
        "at": at,
        "fault": fault,
        "typed": typed,
    }
    return render(request, "needs/queue.html", context, status=status)


def _late(need: Need, today: date) -> bool:
    return need.verify_by is not None and need.verify_by < today
