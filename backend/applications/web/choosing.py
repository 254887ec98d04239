"""The offers of one need side by side, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from backend.accounts.audience import organisation_of
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, may
from backend.applications.cycle import BEFORE_OFFER
from backend.applications.queries import applications_visible_to, standing_offers
from backend.applications.services import ChoiceInput, offers_choose
from backend.applications.shown import side_by_side, spoken_for
from backend.applications.web.reading import ids_of, language_of
from backend.common.errors import Conflict, DomainError, InvalidInput, NotFound
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.packs.queries import current_pack, held, vocabulary
from backend.site.access import person
from backend.site.errors import page


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page
@held()
def offers(request: HttpRequest, id: str) -> HttpResponse:
    """For the company, and for the bureau to read; an institution knows its own offer alone, from its case."""
    user = person(request)
    organisation = organisation_of(user)
    if organisation is None or organisation.kind == Organisation.Kind.INSTITUTION:
        raise NotFound("")
    need = need_visible_to(user, int(id))
    if request.method != "POST":
        return _page(request, user, need)
    ticked = ids_of(request.POST.getlist("offer"))
    data = ChoiceInput(offer_ids=ticked, keep_others=request.POST.get("keep_others") == "yes")
    try:
        chosen = offers_choose(actor=user, need_id=need.pk, data=data)
    except (InvalidInput, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, user, need, ticked=ticked, fault=error, status=status)
    messages.success(
        request,
        ngettext(
            "The offer is chosen: the institution prepares the contract.",
            "%(number)s offers are chosen: the institutions prepare the contracts.",
            len(chosen),
        )
        % {"number": len(chosen)},
    )
    return redirect("cases") if len(chosen) > 1 else redirect("case", chosen[0].pk)


def _page(
    request: HttpRequest,
    user: User,
    need: Need,
    *,
    ticked: Sequence[int] = (),
    fault: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    cases = list(standing_offers(user, need.pk))
    found = side_by_side(cases, language_of(), vocabulary())
    own = need.company.organisation_id == user.organisation_id
    taken = spoken_for(cases)
    context: dict[str, Any] = {
        "need": need,
        "own": own,
        "offers": found,
        "choosable": own and may(user, Action.CHOOSE_OFFER) and any(one.open for one in found),
        "ticked": set(ticked),
        "kept": request.POST.get("keep_others") == "yes",
        "waiting": applications_visible_to(user).filter(need=need, status__in=BEFORE_OFFER).count(),
        "taken": taken,
        "left": max((need.amount or Decimal(0)) - taken, Decimal(0)),
        "fault": fault,
        "pack": current_pack(),
    }
    return render(request, "applications/offers.html", context, status=status)
