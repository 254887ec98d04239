"""A company applies: what it would hand to whom, its one consent, and the sending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from backend.accounts.models import User
from backend.accounts.roles import Action, may
from backend.applications import pack
from backend.applications.cycle import ENDS
from backend.applications.queries import applications_visible_to
from backend.applications.services import SendInput, applications_send
from backend.applications.services.sending import shared_by
from backend.applications.shown import shared_data
from backend.applications.web.reading import ids_of, language_of
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.packs.queries import current_pack, held, vocabulary
from backend.products.models import Product
from backend.products.queries import products_visible_to
from backend.site.access import company_page, person
from backend.site.errors import page


@require_http_methods(["GET", "HEAD", "POST"])
@company_page
@page
@held()
def apply(request: HttpRequest, id: str) -> HttpResponse:
    """`p`: the products. Sending leads to the list of cases; what is refused stays ticked as it was."""
    user = person(request)
    need = need_visible_to(user, int(id))
    if not need.shown:
        raise Conflict(_("Only an open need can be applied with: publish it first, or open it once more."))
    if request.method != "POST":
        return _page(request, user, need, ids_of(request.GET.getlist("p")))
    ids = ids_of(request.POST.getlist("p"))
    version = ids_of([request.POST.get("text_version", "")])
    data = SendInput(
        need_id=need.pk,
        product_ids=ids,
        agreed=request.POST.get("agreed") == "yes",
        text_version=version[0] if version else 0,
        language=language_of(),
    )
    try:
        sent = applications_send(actor=user, data=data)
    except (InvalidInput, Conflict) as error:
        asked = ids_of(request.POST.getlist("among")) or ids
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, user, need, asked, ticked=ids, fault=error, status=status)
    messages.success(
        request,
        ngettext("%(number)s application is sent.", "%(number)s applications are sent.", len(sent))
        % {"number": len(sent)},
    )
    return redirect("cases")


def _page(
    request: HttpRequest,
    user: User,
    need: Need,
    ids: Sequence[int],
    *,
    ticked: Sequence[int] | None = None,
    fault: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    if need.company.organisation_id != user.organisation_id:
        raise NotAllowed("")
    now = timezone.now()
    today = now.astimezone(pack.zone()).date()
    found = products_visible_to(user).filter(status=Product.Status.PUBLISHED).select_related("institution").in_bulk(ids)
    applied = applications_visible_to(user).filter(need=need).values_list("product", "status")
    clock = pack.clock(now)
    text = pack.consent_text(today)
    context: dict[str, Any] = {
        "need": need,
        "products": [found[id] for id in ids if id in found],
        "ticked": set(ids if ticked is None else ticked),
        "live": {product for product, state in applied if state not in ENDS},
        "consent": text,
        "text": text.text.in_language(language_of()),
        "agreed": request.POST.get("agreed") == "yes" and getattr(fault, "code", "") != "consent_changed",
        "shared": shared_data(shared_by(need), language_of(), vocabulary()),
        "may_apply": may(user, Action.APPLY),
        "most": pack.limits(today).live_per_need,
        "accept_by": clock.day(clock.due(clock.spans.accept, now)),
        "fault": fault,
        "pack": current_pack(),
    }
    return render(request, "applications/apply.html", context, status=status)
