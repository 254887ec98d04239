"""The pages of verification: the organisation's own request, the officer's queue and decision, the papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action
from backend.common.errors import Conflict, InvalidInput
from backend.companies.models import Company
from backend.companies.queries import company_of
from backend.lifecycle.queries import events_of
from backend.packs.queries import held
from backend.site.access import Door, bureau_page, person
from backend.site.errors import page
from backend.site.posted import version_of
from backend.verification import services
from backend.verification.forms import DecisionForm, PaperForm, SubmitForm
from backend.verification.models import OWNERS, PaperKind, Verification
from backend.verification.queries import (
    latest_of,
    missing_papers,
    paper_content,
    paper_visible_to,
    papers_of,
    queue,
    terms,
    verification_visible_to,
    verifications_visible_to,
)

MEGABYTE = 1024 * 1024
LISTED = 30
STATES = ("submitted", "returned", "approved", "revoked")
_VERIFIED_HERE = (Organisation.Kind.COMPANY, Organisation.Kind.INSTITUTION)

owner_page = Door(*_VERIFIED_HERE)
paper_page = Door(*_VERIFIED_HERE, Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_page(*OWNERS)
@page
@held()
def own(request: HttpRequest) -> HttpResponse:
    """The organisation's request as it stands. POST adds a paper, hands in or takes back: `do`."""
    user = person(request)
    organisation = _organisation(user)
    if organisation.kind == Organisation.Kind.COMPANY and company_of(user) is None:
        return redirect("company-create")
    latest = latest_of(organisation)
    if request.method != "POST":
        return _own_page(request, organisation, latest)
    acts: dict[str, Callable[..., HttpResponse]] = {"add": _add, "submit": _submit, "withdraw": _withdraw}
    act = acts.get(request.POST.get("do", ""))
    if act is None:
        return _own_page(request, organisation, latest, status=400)
    return act(request, user, organisation)


@require_POST
@owner_page(*OWNERS)
@page
def paper_remove(request: HttpRequest, id: int) -> HttpResponse:
    services.paper_remove(actor=person(request), paper_id=int(id))
    messages.success(request, _("The paper is taken away."))
    return redirect("verification")


@require_safe
@paper_page
@page
def paper(request: HttpRequest, id: int) -> HttpResponse:
    """The file, for whoever handed it in and for officers; to be kept, never shown by the browser as a page of ours."""
    found = paper_visible_to(request.user, int(id))
    response = HttpResponse(paper_content(found), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{found.sha256}"'
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
@bureau_page(Action.VERIFY)
@page
def officer_queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the earliest due first; or what was decided, the latest first."""
    user, today = person(request), timezone.localdate()
    state = request.GET.get("state", "") if request.GET.get("state", "") in STATES else STATES[0]
    waiting = queue(user)
    rows: QuerySet[Verification] = waiting
    if state != STATES[0]:
        rows = verifications_visible_to(user).filter(status=state).order_by("-decided_at", "-pk")
    shown = Paginator(rows, LISTED).get_page(request.GET.get("page"))
    context = {
        "shown": shown,
        "rows": [(one, _late(one, today)) for one in shown],
        "state": state,
        "states": [(name, Verification.Status(name).label, name == state) for name in STATES],
        "waiting": waiting.count(),
        "late": waiting.filter(due_on__lt=today).count(),
        "today": today,
    }
    return render(request, "verification/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Action.VERIFY)
@page
def decision(request: HttpRequest, id: int) -> HttpResponse:
    """One request with its papers. POST decides: `do` is approve, return or revoke."""
    user = person(request)
    found = verification_visible_to(user, int(id))
    if request.method != "POST":
        return _decision_page(request, found, DecisionForm())
    form = DecisionForm(request.POST)
    form.is_valid()
    do, version = request.POST.get("do", ""), version_of(request)
    given: dict[str, Any] = {"actor": user, "verification_id": found.pk, "expected_version": version}
    try:
        if do == "approve":
            services.verification_approve(**given)
            said = _("“%(name)s” is verified.")
        elif do in ("return", "revoke"):
            act = services.verification_return if do == "return" else services.verification_revoke
            act(**given, reason=form.cleaned_data.get("reason", ""))
            said = (
                _("“%(name)s” has it back with your words.") if do == "return" else _("“%(name)s” is verified no more.")
            )
        else:
            return _decision_page(request, found, form, status=400)
    except InvalidInput as error:
        form.refused(error)
        return _decision_page(request, found, form, status=422)
    except Conflict as error:
        return _decision_page(
            request, verification_visible_to(user, found.pk), form, fault=error.message, status=error.status
        )
    messages.success(request, said % {"name": found.name})
    return redirect("verification-queue")


def _add(request: HttpRequest, user: User, organisation: Organisation) -> HttpResponse:
    form = PaperForm(request.POST, request.FILES, megabytes=_megabytes())
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            verification = services.verification_begin(actor=user)
            # One byte more than the most that is taken: whatever is larger is refused and not read in full.
            content = upload.read(terms(timezone.localdate()).largest_bytes + 1)
            services.paper_add(
                actor=user,
                verification_id=verification.pk,
                kind=form.cleaned_data["kind"],
                name=upload.name,
                content=content,
            )
        except (InvalidInput, Conflict) as error:
            form.refused(error)
        else:
            return redirect("verification")
    return _own_page(request, organisation, latest_of(organisation), paper_form=form, status=422)


def _submit(request: HttpRequest, user: User, organisation: Organisation) -> HttpResponse:
    form = SubmitForm(request.POST, institution=organisation.kind == Organisation.Kind.INSTITUTION)
    latest = latest_of(organisation)
    if form.is_valid() and latest is not None:
        try:
            handed_in = services.verification_submit(
                actor=user,
                verification_id=latest.pk,
                expected_version=form.cleaned_data["version"],
                credit_code=form.cleaned_data.get("credit_code", ""),
            )
        except (InvalidInput, Conflict) as error:
            form.refused(error)
        else:
            messages.success(request, _("Handed in. The bureau decides by %(day)s.") % {"day": handed_in.due_on})
            return redirect("verification")
    return _own_page(request, organisation, latest_of(organisation), submit_form=form, status=422)


def _withdraw(request: HttpRequest, user: User, organisation: Organisation) -> HttpResponse:
    latest = latest_of(organisation)
    if latest is not None:
        services.verification_withdraw(actor=user, verification_id=latest.pk, expected_version=version_of(request))
        messages.success(request, _("The request is with you again. Hand it in once it is right."))
    return redirect("verification")


def _own_page(
    request: HttpRequest,
    organisation: Organisation,
    latest: Verification | None,
    *,
    paper_form: PaperForm | None = None,
    submit_form: SubmitForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    institution = organisation.kind == Organisation.Kind.INSTITUTION
    open_one = latest if latest is not None and latest.status in services.OPEN else None
    given = papers_of(latest) if latest is not None else []
    lacking = (
        missing_papers(open_one, today) if open_one is not None else terms(today).needed.get(organisation.kind, ())
    )
    context = {
        "organisation": organisation,
        "company": Company.objects.filter(organisation=organisation).first(),
        "verification": latest,
        "verified": services.verified_now(organisation),
        "changing": open_one is not None or latest is None or latest.status not in ("submitted",),
        "papers": given if open_one is not None or (latest is not None and latest.status == "submitted") else [],
        "lacking": [PaperKind(kind).label for kind in lacking],
        "days": terms(today).working_days,
        "paper_form": paper_form or PaperForm(megabytes=_megabytes(), initial={"kind": next(iter(lacking), "other")}),
        "submit_form": submit_form
        or SubmitForm(
            institution=institution,
            initial={
                "version": latest.version if latest is not None else 1,
                "credit_code": latest.credit_code if latest is not None else "",
            },
        ),
    }
    return render(request, "verification/own.html", context, status=status)


def _decision_page(
    request: HttpRequest, found: Verification, form: DecisionForm, *, fault: str = "", status: int = 200
) -> HttpResponse:
    company = Company.objects.filter(organisation=found.organisation).first()
    context = {
        "verification": found,
        "company": company,
        "changed": company is not None and (company.name, company.credit_code) != (found.name, found.credit_code),
        "papers": papers_of(found),
        "events": events_of(found),
        "late": _late(found, timezone.localdate()),
        "form": form,
        "fault": fault,
    }
    return render(request, "verification/decision.html", context, status=status)


def _late(verification: Verification, today: date) -> bool:
    waiting = verification.status == Verification.Status.SUBMITTED
    return waiting and verification.due_on is not None and verification.due_on < today


def _megabytes() -> int:
    return terms(timezone.localdate()).largest_bytes // MEGABYTE


def _organisation(user: User) -> Organisation:
    organisation = organisation_of(user)
    if organisation is None:
        raise TypeError("this page was reached without an organisation")
    return organisation
