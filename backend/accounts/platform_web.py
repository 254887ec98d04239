"""The platform's pages of organisations: finding one, suspending it, letting it take part again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts import services
from backend.accounts.forms import OrganisationForm, SuspendForm
from backend.accounts.members_web import events_told
from backend.accounts.queries import organisation_managed_by, organisations_managed_by
from backend.accounts.roles import Action, Kind
from backend.common.errors import Conflict, InvalidInput
from backend.site.access import person, platform_page
from backend.site.errors import page

LISTED = 30


@require_safe
@platform_page(Action.PLATFORM)
@page
def organisations(request: HttpRequest) -> HttpResponse:
    """All of them, by kind and words of the name; suspended ones alone where asked for."""
    kind, words, state = (request.GET.get(name, "").strip() for name in ("kind", "q", "state"))
    found = organisations_managed_by(person(request)).select_related("parent").order_by("pk")
    if kind in Kind.values:
        found = found.filter(kind=kind)
    if words:
        found = found.filter(name__icontains=words[:100])
    if state == "suspended":
        found = found.filter(suspended_at__isnull=False)
    found = found.annotate(people=Count("users", filter=Q(users__is_active=True)))
    shown = Paginator(found, LISTED).get_page(request.GET.get("page"))
    context = {"shown": shown, "kinds": Kind.choices, "kind": kind, "words": words, "state": state}
    return render(request, "members/organisations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@platform_page(Action.PLATFORM)
@page
def organisation_new(request: HttpRequest) -> HttpResponse:
    """A bureau or an advisers' unit; its first people are invited next."""
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = services.organisation_open(actor=person(request), **form.cleaned_data)
        except InvalidInput as error:
            form.refused(error)
        else:
            messages.success(request, _("“%(name)s” is open. Invite its first people.") % {"name": made.name})
            return redirect("branch-members", made.pk)
    return render(request, "members/organisation_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@platform_page(Action.PLATFORM)
@page
def organisation(request: HttpRequest, id: int) -> HttpResponse:
    """One organisation. POST suspends it, with a reason, or lets it take part again: `do`."""
    user = person(request)
    found = organisation_managed_by(user, int(id))
    form = SuspendForm(request.POST if request.POST.get("do") == "suspend" else None)
    fault, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("do") == "resume":
                services.organisation_resume(actor=user, organisation_id=found.pk)
                messages.success(request, _("“%(name)s” takes part again.") % {"name": found.name})
                return redirect("organisation", found.pk)
            if form.is_valid():
                services.organisation_suspend(actor=user, organisation_id=found.pk, reason=form.cleaned_data["reason"])
                messages.success(request, _("“%(name)s” is suspended.") % {"name": found.name})
                return redirect("organisation", found.pk)
            status = 422
        except InvalidInput as error:
            form.refused(error)
            status = 422
        except Conflict as error:
            fault, status = error.message, 409
    context = {
        "organisation": found,
        "form": form,
        "fault": fault,
        "branches": found.branches.all(),
        "events": events_told(found),
        "people": found.users.filter(is_active=True).count(),
    }
    return render(request, "members/organisation.html", context, status=status)
