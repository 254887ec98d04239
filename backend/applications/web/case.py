"""The page of one case, for both sides and for the bureau: what comes next, whose buttons, talk, offers, money."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.models import User
from backend.applications import services
from backend.applications.api.talk import download
from backend.applications.case_file import CaseFile, case_file
from backend.applications.cycle import Party
from backend.applications.forms import NoteForm, PostForm
from backend.applications.offer_form import OfferForms, offer_forms, offer_forms_from, spare_rows
from backend.applications.pack import zone
from backend.applications.queries import (
    attachment_content,
    attachment_visible_to,
    attachments_visible_to,
    looks_visible_to,
    messages_visible_to,
    task_visible_to,
)
from backend.applications.services.talking import may_write
from backend.applications.shown import shared_of, shown_offer, sums_of
from backend.applications.telling import expected, reason_labels, timeline
from backend.applications.web.doors import DOORS, Opened, call, form_of, opened
from backend.applications.web.reading import language_of, offered
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from backend.lifecycle.queries import events_of
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.access import person
from backend.site.errors import page
from backend.site.posted import version_of


@require_safe
@login_required
@page
@held()
def case(request: HttpRequest, id: str) -> HttpResponse:
    """That somebody of the institution read it is noted: the company sees who."""
    user = person(request)
    found = case_file(user, int(id))
    services.case_looked(actor=user, application_id=found.case.pk)
    return _page(request, user, found)


@require_POST
@login_required
@page
@held()
def step(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One step through its form. What was typed stays, whatever is refused."""
    user, door = person(request), DOORS.get(name)
    if door is None:
        raise Http404
    found = case_file(user, int(id))
    form = form_of(door, found, user, offered(), _today(), request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, user, found, faulty=Opened(door, form, faulty=True), status=422)
    try:
        call(door, form, actor=user, case_id=found.case.pk, version=version_of(request))
    except (InvalidInput, Conflict) as error:
        form.take_up(error)
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, user, case_file(user, int(id)), faulty=Opened(door, form, faulty=True), status=status)
    messages.success(request, str(door.done))
    return redirect("case", found.case.pk)


@require_POST
@login_required
@page
@held()
def talk(request: HttpRequest, id: str) -> HttpResponse:
    """A message to the other side, or a note."""
    user = person(request)
    found = case_file(user, int(id))
    form = _message_form(found, request)
    if form.is_valid():
        try:
            services.message_post(actor=user, application_id=found.case.pk, data=form.message())
        except (InvalidInput, Conflict) as error:
            form.take_up(error)
            status = 409 if isinstance(error, Conflict) else 422
            return _page(request, user, case_file(user, int(id)), message=form, status=status)
        return redirect(f"{reverse('case', args=[found.case.pk])}#talk")
    return _page(request, user, found, message=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
@held()
def offer(request: HttpRequest, id: str) -> HttpResponse:
    """Making an offer, or one that takes the place of the last. `do=reckon` shows what it costs and sends nothing."""
    user = person(request)
    found = case_file(user, int(id))
    if found.party is not Party.INSTITUTION or not _decides(found):
        raise NotAllowed("")
    if request.method != "POST":
        return _offer_page(request, found, offer_forms(found.case, offered(), _today()))
    given = offer_forms_from(request.POST, found.case, offered())
    if not given.valid():
        return _offer_page(request, found, given, status=422)
    if request.POST.get("do") == "reckon":
        return _offer_page(request, found, given, reckon=True)
    try:
        services.offer_make(
            actor=user, application_id=found.case.pk, data=given.input(), expected_version=version_of(request)
        )
    except (InvalidInput, Conflict) as error:
        given.refused(error)
        return _offer_page(request, case_file(user, int(id)), given, status=409 if isinstance(error, Conflict) else 422)
    messages.success(request, _("The offer is made: the company compares and chooses."))
    return redirect("case", found.case.pk)


@require_POST
@login_required
@page
@held()
def task_done(request: HttpRequest, id: str) -> HttpResponse:
    user = person(request)
    task = task_visible_to(user, int(id))
    services.repair_task_done(actor=user, task_id=task.pk)
    left = case_file(user, task.application_id).tasks
    if all(one.done_at for one in left):
        said = _("Everything is mended: your need is matched again.")
    else:
        said = _("Done. When all of it is, your need is matched again.")
    messages.success(request, said)
    if request.POST.get("from") == "cases":
        return redirect("cases")
    return redirect("case", task.application_id)


@require_safe
@login_required
@page
def paper(request: HttpRequest, id: str) -> HttpResponse:
    """A paper of a case as a file to keep."""
    found = attachment_visible_to(person(request), int(id))
    return download(attachment_content(found), found.media_type, found.name, found.sha256)


def _page(
    request: HttpRequest,
    user: User,
    file: CaseFile,
    *,
    faulty: Opened | None = None,
    message: PostForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now, language, words = timezone.now(), language_of(), vocabulary()
    row = file.case
    here = zone()
    doors = opened(file, user, offered(), now.astimezone(here).date(), faulty)
    standing = row.offer
    context: dict[str, Any] = {
        "file": file,
        "case": row,
        "company_side": file.party is Party.COMPANY,
        "institution_side": file.party is Party.INSTITUTION,
        "next": expected(row, file.party, now=now, here=here),
        "doors": doors,
        "may_offer": _decides(file),
        "may_choose": "choose" in file.open_to,
        "offer": shown_offer(standing, row, language, words) if standing else None,
        "earlier": [one for one in file.offers if standing is None or one.pk != standing.pk],
        "reasons": list(zip(file.reasons, reason_labels([one.code for one in file.reasons]), strict=True)),
        "sums": sums_of(file.ledger.line) if file.ledger else None,
        "shared": shared_of(file.consent, language, words),
        "looks": looks_visible_to(user).filter(application=row),
        "entries": timeline(
            events_of(row),
            messages_visible_to(user).filter(application=row),
            attachments_visible_to(user).filter(message__application=row),
            user,
        ),
        "message": message or (_message_form(file) if may_write(user, row) else None),
        "pack": current_pack(),
    }
    return render(request, "applications/case.html", context, status=status)


def _message_form(file: CaseFile, request: HttpRequest | None = None) -> PostForm:
    kind = NoteForm if file.party is Party.INSTITUTION else PostForm
    data, files = (request.POST, request.FILES) if request is not None else (None, None)
    return kind(data, files, case=file.case, offered=offered(), auto_id="talk_%s")


def _offer_page(
    request: HttpRequest, file: CaseFile, given: OfferForms, *, reckon: bool = False, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "file": file,
        "case": file.case,
        "given": given,
        "form": given.offer,
        "fees": [*given.fees, *(spare_rows(given, offered()) if given.offer.is_bound else [])],
        "reckoned": shown_offer(given.unsaved(file.case), file.case, language_of(), vocabulary()) if reckon else None,
        "pack": current_pack(),
    }
    return render(request, "applications/offer.html", context, status=status)


def _decides(file: CaseFile) -> bool:
    return not file.open_to.isdisjoint(("offer", "revise"))


def _today() -> date:
    return timezone.now().astimezone(zone()).date()
