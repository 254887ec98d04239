"""Lists of cases, each under one address: a company's financing, an institution's inbox, the bureau's view of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, may
from backend.applications import pack
from backend.applications.cycle import ENDS, LIVE, PAID_OUT, Party, Status
from backend.applications.models import Application
from backend.applications.queries import applications_visible_to, standing_offers_by_need, tasks_visible_to
from backend.applications.shown import case_row, financing
from backend.common.errors import NotAllowed
from backend.packs.queries import current_pack, held
from backend.site.access import person
from backend.site.errors import page

ROWS = 50
WAITING = (Status.MORE_ASKED, Status.OFFERED)
"""What an institution waits for; who repays as agreed is waited for in another sense."""
TODO = tuple(state for state in LIVE if state not in (*WAITING, *PAID_OUT))

FILTERS: dict[str, Promise] = {
    "todo": _("To do"),
    "new": _("New"),
    "today": _("Due today"),
    "overdue": _("Overdue"),
    "waiting": _("Waiting for the company"),
    "running": _("Paid out"),
    "over": _("Over"),
    "all": _("All"),
}
SORTS: dict[str, tuple[Promise, tuple[Any, ...]]] = {
    "due": (_("Remaining time"), (F("due_at").asc(nulls_last=True), "pk")),
    "-due": (_("Remaining time"), (F("due_at").desc(nulls_last=True), "-pk")),
    "amount": (_("Amount"), (Coalesce("offer__amount", "need__amount").asc(), "pk")),
    "-amount": (_("Amount"), (Coalesce("offer__amount", "need__amount").desc(), "-pk")),
    "sent": (_("Sent"), ("sent_at", "pk")),
    "-sent": (_("Sent"), ("-sent_at", "-pk")),
}


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count: int
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A sortable column: where its link leads, and how it is sorted now: ascending, descending or ""."""

    url: str
    sorted: str


@require_safe
@login_required
@page
@held()
def cases(request: HttpRequest) -> HttpResponse:
    user = person(request)
    organisation = organisation_of(user)
    match organisation.kind if organisation else None:
        case Organisation.Kind.COMPANY:
            return _financing(request, user)
        case Organisation.Kind.INSTITUTION if may(user, Action.CASE_READ):
            return _inbox(request, user, institution=True)
        case Organisation.Kind.BUREAU | Organisation.Kind.PLATFORM if may(user, Action.MARKET_READ):
            return _inbox(request, user, institution=False)
    raise NotAllowed("")


def _financing(request: HttpRequest, user: User) -> HttpResponse:
    now = timezone.now()
    tasks = tasks_visible_to(user).filter(done_at=None).order_by("-pk")
    context = {
        "found": financing(applications_visible_to(user), tasks, now, pack.zone()),
        "offers": standing_offers_by_need(user),
        "pack": current_pack(),
    }
    return render(request, "applications/financing.html", context)


def _inbox(request: HttpRequest, user: User, *, institution: bool) -> HttpResponse:
    now = timezone.now()
    visible = applications_visible_to(user)
    mine = institution and request.GET.get("mine") == "1"
    if mine:
        visible = visible.filter(Q(handler=user) | Q(handler=None))
    show = request.GET.get("show", "")
    show = show if show in FILTERS else next(iter(FILTERS))
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "-sent" if show == "over" else "due"
    here = pack.zone()
    conditions = _conditions(now.astimezone(here))
    counts = visible.order_by().aggregate(**{name: Count("pk", filter=found) for name, found in conditions.items()})
    ordered: QuerySet[Application] = visible.filter(conditions[show]).order_by(*SORTS[sort][1])
    pages = Paginator(ordered, ROWS)
    pages.count = counts[show]
    asked = request.GET.get("page", "")
    this = pages.get_page(asked)
    party = Party.INSTITUTION if institution else None
    context = {
        "institution": institution,
        "tabs": [
            Tab(str(label), counts[name], _address(request, show=name, page=None, sort=None), name == show)
            for name, label in FILTERS.items()
        ],
        "show": show,
        "mine": mine,
        "toggle_mine": _address(request, mine=None if mine else "1", page=None),
        "heads": {name: _head(request, name, sort) for name in ("due", "amount", "sent")},
        "rows": [case_row(case, party, now, here) for case in this],
        "this": this,
        "before": _address(request, page=str(this.number - 1)) if this.has_previous() else "",
        "after": _address(request, page=str(this.number + 1)) if this.has_next() else "",
        "pack": current_pack(),
    }
    return render(request, "applications/inbox.html", context)


def _conditions(now: datetime) -> dict[str, Q]:
    """What each filter shows; today is the day of `now` as it stands."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    todo = Q(status__in=TODO)
    return {
        "todo": todo,
        "new": Q(status=Status.SUBMITTED),
        "today": todo & Q(due_at__gte=now, due_at__lt=midnight),
        "overdue": todo & Q(due_at__lt=now),
        "waiting": Q(status__in=WAITING),
        "running": Q(status__in=PAID_OUT),
        "over": Q(status__in=ENDS),
        "all": Q(),
    }


def _head(request: HttpRequest, name: str, sort: str) -> Head:
    """Pressed again, the other way round."""
    other = f"-{name}" if sort == name else name
    way = "ascending" if sort == name else "descending" if sort == f"-{name}" else ""
    return Head(_address(request, sort=other, page=None), way)


def _address(request: HttpRequest, **changed: str | None) -> str:
    """The page's address with some of its parameters changed, or taken away."""
    query = request.GET.copy()
    for name in [name for name in query if name not in ("show", "sort", "page", "mine")]:
        del query[name]
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"
