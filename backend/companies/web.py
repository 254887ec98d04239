"""A company's own pages: its workbench, its profile in steps, and filing it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from backend.accounts.models import User
from backend.common.errors import Conflict, InvalidInput
from backend.companies.forms import CompanyForm, profile_form
from backend.companies.models import Company
from backend.companies.profile import (
    FOUNDED,
    STEPS,
    Completeness,
    Origin,
    Step,
    completeness,
    neighbours,
    origins,
    step_named,
    values,
)
from backend.companies.queries import company_of
from backend.companies.services import CompanyInput, company_create, company_update
from backend.companies.workbench import advised, computed, need_cards, opens
from backend.matching.profile import opened_by_data
from backend.packs.queries import current_pack, held
from backend.site.access import company_page, person
from backend.site.attribute_forms import FactsForm
from backend.site.differences import Difference, differences
from backend.site.errors import page

ADVISED = 3


@dataclass(frozen=True, slots=True)
class Datum:
    """One field of a profile step. `opens`: products that it may open, for a fact that is not known."""

    field: BoundField
    origin: Origin | None
    opens: int


@dataclass(frozen=True, slots=True)
class StepLink:
    step: Step
    url: str
    here: bool
    known: Completeness


@require_safe
@company_page
@page
@held()
def home(request: HttpRequest) -> HttpResponse:
    """Where a company begins: how complete its profile is, what to add next, its needs."""
    user, today = person(request), timezone.localdate()
    company = company_of(user)
    if company is None:
        return redirect("company-create")
    opened = opened_by_data(company, viewer=user, today=today, language=_language())
    cards, away = need_cards(company, viewer=user, today=today)
    context = {
        "company": company,
        "completeness": completeness(company),
        "opened": opened,
        "advised": advised(opened, _language())[:ADVISED],
        "cards": [card for card in cards if not card.need.ended],
        "closed": [card for card in cards if card.need.ended],
        "search_away": away,
        "pack": current_pack(),
    }
    return render(request, "companies/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
@page
@held()
def create(request: HttpRequest) -> HttpResponse:
    """Filing the company of an organisation that has none yet."""
    user = person(request)
    if company_of(user) is not None:
        return redirect("company-home")
    organisation = user.organisation
    name = organisation.name if organisation is not None else ""
    if request.method != "POST":
        return render(request, "companies/create.html", {"form": CompanyForm(initial={"name": name})})
    form = CompanyForm(request.POST)
    if form.is_valid():
        try:
            company_create(actor=user, data=form.data_given())
        except (InvalidInput, Conflict) as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("The company is filed. Each answer that you add now opens products."))
            return redirect("company-profile-step", STEPS[0].name)
    return render(request, "companies/create.html", {"form": form}, status=422)


@require_safe
@company_page
@page
def profile(request: HttpRequest) -> HttpResponse:
    """The first step that is not complete; the first of all where nothing is missing."""
    company = company_of(person(request))
    if company is None:
        return redirect("company-create")
    open_steps = (step for step in STEPS if not completeness(company, step).whole)
    return redirect("company-profile-step", next(open_steps, STEPS[0]).name)


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
@page
@held()
def profile_step(request: HttpRequest, step: str) -> HttpResponse:
    """One step of the profile. Saving it leads to the next."""
    user, asked = person(request), step_named(step)
    company = company_of(user)
    if asked is None:
        raise Http404
    if company is None:
        return redirect("company-create")
    language, today = _language(), timezone.localdate()
    if request.method != "POST":
        form = profile_form(company, asked, language=language, today=today)
        return _step_page(request, user, company, asked, form)
    form = profile_form(company, asked, request.POST, language=language, today=today)
    if not form.is_valid():
        return _step_page(request, user, company, asked, form, status=422)
    try:
        company_update(
            actor=user,
            company_id=company.pk,
            data=_changed(company, form),
            expected_version=form.cleaned_data["version"] or 0,
        )
    except InvalidInput as error:
        form.take_up(error)
        return _step_page(request, user, company, asked, form, status=422)
    except Conflict:
        return _conflict(request, user, company.pk, asked)
    after = neighbours(asked)[1]
    if after is not None:
        return redirect("company-profile-step", after.name)
    messages.success(request, _("The profile is saved."))
    return redirect("company-home")


def _conflict(request: HttpRequest, user: User, company_id: int, step: Step) -> HttpResponse:
    """The company as it is now, what was typed, and where the two differ. Saving once more stores what was typed."""
    company = Company.objects.get(pk=company_id)
    language = _language()
    typed = request.POST.copy()
    typed["version"] = str(company.version)
    form = profile_form(company, step, typed, language=language, today=timezone.localdate())
    form.is_valid()
    said: dict[str, object] = dict(form.answers)
    stored = values(company)
    if "name" in form.fields:
        said |= {name: form.cleaned_data[name] for name in ("name", FOUNDED)}
        stored |= {"name": company.name, FOUNDED: company.founded_on}
    found = differences(form, typed=said, stored=stored, language=language)
    return _step_page(request, user, company, step, form, status=409, differing=found)


def _changed(company: Company, form: FactsForm) -> CompanyInput:
    data = replace(CompanyInput.of(company), facts={**company.facts, **form.answers})
    if "name" in form.fields:
        data = replace(data, name=form.cleaned_data["name"], founded_on=form.cleaned_data[FOUNDED])
    return data


def _step_page(
    request: HttpRequest,
    user: User,
    company: Company,
    step: Step,
    form: FactsForm,
    *,
    status: int = 200,
    differing: tuple[Difference, ...] = (),
) -> HttpResponse:
    today, from_where = timezone.localdate(), origins(company)
    found = opens(opened_by_data(company, viewer=user, today=today, language=_language()))
    before, after = neighbours(step)
    context = {
        "company": company,
        "step": step,
        "before": before,
        "after": after,
        "form": form,
        "data": [
            Datum(field, from_where.get(field.name), 0 if field.name in from_where else found.get(field.name, 0))
            for field in form.visible_fields()
        ],
        "conflict": status == 409,
        "differences": differing,
        "steps": [_step_link(company, one, one is step) for one in STEPS],
        "completeness": completeness(company),
        "computed": computed(company, today=today, language=_language()),
    }
    return render(request, "companies/profile.html", context, status=status)


def _step_link(company: Company, step: Step, here: bool) -> StepLink:
    return StepLink(step, reverse("company-profile-step", args=[step.name]), here, completeness(company, step))


def _language() -> str:
    return get_language() or "zh-hans"
