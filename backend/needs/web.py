"""A company files, changes, publishes, closes and reopens its needs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts.models import User
from backend.accounts.roles import Action
from backend.common.errors import Conflict, InvalidInput
from backend.companies.models import Company
from backend.companies.queries import company_of
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.facts import value_from_json
from backend.eligibility.phrases import value_text
from backend.matching.results import MatchCounts
from backend.matching.services import match_counts
from backend.needs.forms import need_form, texts_of
from backend.needs.keeping import Kept, Outcome, draft_keep
from backend.needs.models import Need
from backend.needs.queries import duplicates_of, need_visible_to, needs_visible_to
from backend.needs.services import NeedInput, need_close, need_create, need_discard, need_open, need_update
from backend.needs.state_web import alike
from backend.needs.steps import FIELD_OF_COLUMN, PUBLISH, STEPS, Step, answered, neighbours, step_named, values
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.access import company_page, person
from backend.site.attribute_forms import FactsForm
from backend.site.differences import Difference, differences
from backend.site.errors import page, refused
from backend.site.posted import version_of
from search.port import SearchError

NOTHING = NeedInput()
FILED, REMEMBERED, SCREEN = "filed_needs", 10, 40
"""In the session: which draft the last new screens were sent for, each by a word of its own."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What is within reach. `counts` is None where search is away; `left_out`: labels of what could not be read."""

    counts: MatchCounts | None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A step of the summary with what was said there."""

    step: Step
    said: tuple[Said, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@company_page(Action.NEED_EDIT)
@page
@held()
def new(request: HttpRequest) -> HttpResponse:
    """The first screen of a need that is not saved yet."""
    user, first = person(request), STEPS[0]
    company = company_of(user)
    if company is None:
        return redirect("company-create")
    if request.method != "POST":
        return _screen(request, user, company, None, first, _form(NOTHING, first, None))
    form = need_form(NOTHING, first, request.POST, version=None, language=_language(), today=timezone.localdate())
    if form.is_valid():
        data = answered(NOTHING, form.answers, **texts_of(form))
        try:
            need = _filed_before(request, user, form) or need_create(actor=user, company_id=company.pk, data=data)
        except InvalidInput as error:
            form.take_up(error, FIELD_OF_COLUMN)
        else:
            _remember(request, need)
            return redirect("need-edit", need.pk, STEPS[1].name)
    return _screen(request, user, company, None, first, form, status=422)


def _filed_before(request: HttpRequest, user: User, form: FactsForm) -> Need | None:
    """The draft that this very screen was sent for before, as after the browser's Back, with what it says now; else
    None."""
    known = request.session.get(FILED, {}).get(request.POST.get("screen", ""))
    draft = needs_visible_to(user).filter(pk=known, status=Need.Status.DRAFT).first() if known else None
    if draft is None:
        return None
    data = answered(NeedInput.of(draft), form.answers, **texts_of(form))
    return need_update(actor=user, need_id=draft.pk, data=data, expected_version=draft.version)


def _remember(request: HttpRequest, need: Need) -> None:
    if screen := request.POST.get("screen", "")[:SCREEN]:
        filed = {**request.session.get(FILED, {}), screen: need.pk}
        request.session[FILED] = dict(list(filed.items())[-REMEMBERED:])


@never_cache  # a page from the browser's memory would name a version that is gone
@require_http_methods(["GET", "HEAD", "POST"])
@company_page(Action.NEED_EDIT)
@page
@held()
def edit(request: HttpRequest, id: str, step: str) -> HttpResponse:
    """One screen of a saved need. What is answered is saved at once; the last screen publishes."""
    user, asked = person(request), step_named(step)
    need = need_visible_to(user, int(id))
    if asked is None:
        raise Http404
    if not need.editable:
        messages.info(request, _not_now(need))
        return redirect("need-state", need.pk)
    if asked.name == PUBLISH:
        return _publish(request, user, need) if request.method == "POST" else _summary(request, user, need)
    if request.method != "POST":
        return _screen(request, user, need.company, need, asked, _form(NeedInput.of(need), asked, need.version))
    data = NeedInput.of(need)
    form = need_form(data, asked, request.POST, version=need.version, language=_language(), today=timezone.localdate())
    if not form.is_valid():
        return _screen(request, user, need.company, need, asked, form, status=422)
    try:
        need_update(
            actor=user,
            need_id=need.pk,
            data=answered(data, form.answers, **texts_of(form)),
            expected_version=form.cleaned_data["version"] or 0,
        )
    except InvalidInput as error:
        form.take_up(error, FIELD_OF_COLUMN)
        return _screen(request, user, need.company, need, asked, form, status=422)
    except Conflict:
        return _conflict(request, user, need.pk, asked)
    return _onward(need, asked)


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def count(request: HttpRequest, id: str | None = None) -> HttpResponse:
    """The panel for what is being typed. Nothing is saved, and nothing typed is a fault."""
    user, step = person(request), step_named(request.POST.get("step", ""))
    need = None if id is None else need_visible_to(user, int(id))
    company = company_of(user)
    if step is None or company is None:
        raise Http404
    data = NOTHING if need is None else NeedInput.of(need)
    form = need_form(data, step, request.POST, version=None, language=_language(), today=timezone.localdate())
    form.is_valid()
    panel = _panel(user, company, answered(data, form.answers), _labels(form, form.errors, form.keys))
    return render(request, "needs/panel.html", {"panel": panel})


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def keep(request: HttpRequest, id: str) -> HttpResponse:
    """The panel for what is being typed on a screen of a draft, which is stored as far as it can be. Nothing typed is a
    fault. Beside the panel come the version that the form is to name next, and what became of it."""
    user, step = person(request), step_named(request.POST.get("step", ""))
    need = need_visible_to(user, int(id))
    if step is None:
        raise Http404
    data, today = NeedInput.of(need), timezone.localdate()
    form = need_form(data, step, request.POST, version=None, language=_language(), today=today)
    form.is_valid()
    kept = draft_keep(
        need, actor=user, answers=form.answers, texts=texts_of(form), expected_version=version_of(request), today=today
    )
    unread = {*form.errors, *kept.left_out}
    panel = _panel(user, need.company, answered(data, form.answers), _labels(form, unread, form.keys))
    context = {
        "need": need,
        "step": step,
        "panel": panel,
        "kept": kept,
        "left_out": _labels(form, unread, form.fields),
    }
    return render(request, "needs/kept.html", context)


@require_POST
@company_page(Action.NEED_EDIT)
@page
def close(request: HttpRequest, id: str) -> HttpResponse:
    return _turn(request, id, need_close, Need.Status.CLOSED, _("The need is closed. Institutions no longer see it."))


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def reopen(request: HttpRequest, id: str) -> HttpResponse:
    return _turn(request, id, need_open, Need.Status.OPEN, _("The need is open. Institutions see it from now on."))


@require_POST
@company_page(Action.NEED_EDIT)
@page
@held()
def discard(request: HttpRequest, id: str) -> HttpResponse:
    try:
        need_discard(actor=person(request), need_id=int(id), expected_version=version_of(request))
    except Conflict as error:
        return _refused(request, int(id), error)
    messages.success(request, _("The draft is thrown away."))
    return redirect("company-home")


def _turn(request: HttpRequest, id: str, service: Callable[..., Need], wanted: str, done: str) -> HttpResponse:
    """Sent twice, it is done once, and the second answer is that of the first."""
    user = person(request)
    try:
        service(actor=user, need_id=int(id), expected_version=version_of(request))
    except Conflict as error:
        if need_visible_to(user, int(id)).status != wanted:
            return _refused(request, int(id), error)
    messages.success(request, done)
    return redirect("need-state", int(id)) if "state" in request.POST else redirect("company-home")


def _refused(request: HttpRequest, need_id: int, error: Conflict) -> HttpResponse:
    """Why not, with the ways back to the need and to the workbench."""
    ways = ((reverse("need", args=[need_id]), _("To the need")), (reverse("company-home"), _("To the workbench")))
    return refused(request, status=error.status, title=str(error.title), detail=error.message, ways=ways)


def _publish(request: HttpRequest, user: User, need: Need) -> HttpResponse:
    if need.shown:
        return redirect("need", need.pk)
    try:
        opened = need_open(actor=user, need_id=need.pk, expected_version=version_of(request))
    except InvalidInput as error:
        return _summary(request, user, need, fault=error.message, status=422)
    except Conflict as error:
        return _summary(request, user, need_visible_to(user, need.pk), fault=error.message, status=409)
    if opened.waiting:
        messages.success(request, _("The need is handed in. It opens as soon as it is checked."))
        return redirect("need-state", need.pk)
    messages.success(request, _("The need is open. Institutions see it from now on."))
    return redirect("need", need.pk)


def _not_now(need: Need) -> str:
    """Why a need cannot be changed in its state, and what to do first."""
    if need.waiting:
        return _("This need is being checked. Take it back before you change it.")
    if need.status == Need.Status.FUNDED:
        return _("This need is funded: it stays as it was.")
    if need.status == Need.Status.EXPIRED:
        return _("This need has expired. Open it once more before you change it.")
    return _("This need is closed. Reopen it before you change it.")


def _onward(need: Need, step: Step) -> HttpResponse:
    after = neighbours(step)[1]
    return redirect("need-edit", need.pk, (after or step).name)


def _conflict(request: HttpRequest, user: User, need_id: int, step: Step) -> HttpResponse:
    """What was typed, over the need as it is now, and where the two differ. Saving once more stores what was typed.

    Where nothing differs it is stored already, as by a save under way when the button was pressed: on to the next.
    """
    need = need_visible_to(user, need_id)
    if not need.editable:
        raise Conflict(_not_now(need), code="wrong_state")
    data, resent = NeedInput.of(need), request.POST.copy()
    resent["version"] = str(need.version)
    form = need_form(data, step, resent, version=need.version, language=_language(), today=timezone.localdate())
    form.is_valid()
    texts = texts_of(form)
    said = values(answered(data, form.answers))
    found = differences(
        form,
        typed={**{key: said.get(key) for key in form.answers}, **texts},
        stored={**values(data), "title": need.title, "description": need.description},
        language=_language(),
    )
    if not found:
        return _onward(need, step)
    return _screen(request, user, need.company, need, step, form, status=409, differing=found)


def _form(data: NeedInput, step: Step, version: int | None) -> FactsForm:
    return need_form(data, step, version=version, language=_language(), today=timezone.localdate())


def _screen(
    request: HttpRequest,
    user: User,
    company: Company,
    need: Need | None,
    step: Step,
    form: FactsForm,
    *,
    status: int = 200,
    differing: tuple[Difference, ...] = (),
) -> HttpResponse:
    saved = NOTHING if need is None else NeedInput.of(need)
    # After a conflict only the button stores what is typed: it replaces what somebody else has stored.
    kept = need if need is not None and need.status == Need.Status.DRAFT and status != 409 else None
    context = {
        "need": need,
        "screen": request.POST.get("screen", "")[:SCREEN] or secrets.token_urlsafe(12),
        "step": step,
        "steps": STEPS,
        "before": neighbours(step)[0],
        "form": form,
        "conflict": status == 409,
        "differences": differing,
        "panel": _panel(user, company, saved),
        "kept": Kept(kept, Outcome.SAVED) if kept is not None else None,
        "panel_url": reverse("need-keep", args=[kept.pk]) if kept is not None else _count_url(need),
    }
    return render(request, "needs/edit.html", context, status=status)


def _count_url(need: Need | None) -> str:
    return reverse("need-count-new") if need is None else reverse("need-count", args=[need.pk])


def _summary(request: HttpRequest, user: User, need: Need, *, fault: str = "", status: int = 200) -> HttpResponse:
    data = NeedInput.of(need)
    company = need.company
    context = {
        "need": need,
        "step": STEPS[-1],
        "steps": STEPS,
        "before": STEPS[-2],
        "parts": _parts(data),
        "panel": _panel(user, company, data),
        "names_itself": company.name in f"{need.title}\n{need.description}",
        "fault": fault,
        "alike": [] if need.shown else alike(duplicates_of(need, on=timezone.localdate())),
        "pack": current_pack(),
    }
    return render(request, "needs/publish.html", context, status=status)


def _parts(data: NeedInput) -> list[Part]:
    language, words, said = _language(), vocabulary(), values(data)
    return [
        Part(
            step,
            tuple(
                Said(
                    ATTRIBUTES[key].label.in_language(language),
                    value_text(ATTRIBUTES[key], value_from_json(ATTRIBUTES[key], said[key]), language, words)
                    if key in said
                    else "",
                )
                for key in step.keys
                if key != "max_equity_sold" or said.get("accepts_equity") is True
            ),
        )
        for step in STEPS
        if step.keys
    ]


def _panel(user: User, company: Company, data: NeedInput, left_out: tuple[str, ...] = ()) -> Panel:
    today: date = timezone.localdate()
    try:
        return Panel(match_counts(company, data, viewer=user, today=today), left_out)
    except SearchError:
        return Panel(None, left_out)


def _labels(form: FactsForm, names: Collection[str], among: Collection[str]) -> tuple[str, ...]:
    """The labels of those fields of `among` that are in `names`, in the form's order."""
    return tuple(str(form[name].label) for name in form.fields if name in names and name in among and name != "version")


def _language() -> str:
    return get_language() or "zh-hans"
