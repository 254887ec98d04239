"""The pages of a need's matches: the products in three groups, and a few of them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.accounts.audience import organisation_of
from backend.accounts.models import User
from backend.common.errors import InvalidInput
from backend.companies.chief_facts import COMPANY_FACTS
from backend.companies.facts import facts_of
from backend.matches.address import GROUPS, PAGE, Asked
from backend.matches.comparison import comparison
from backend.matches.helping import steps_of
from backend.matching import advice
from backend.matching.results import Matches
from backend.matching.services import MOST_COMPARED, products_for
from backend.needs.models import Need
from backend.needs.queries import need_visible_to
from backend.packs.queries import current_pack, held, size_table, vocabulary
from backend.products.models import Product
from backend.products.queries import products_visible_to
from backend.reports.queries import reports_visible_to
from backend.site import cards
from backend.site.access import person
from backend.site.errors import page

BESIDES = ("max_annual_cost", "collateral", "guarantor_available", "accepts_equity")
"""What the head says of a need besides its columns, where it is known."""

UNSTATED: dict[str, Promise | str] = {
    "amount": _("the amount"),
    "term_months": _("the term"),
    "purpose": _("the purpose"),
}
"""Columns without which matches are vague."""

_STEPS = {"term_months": "terms", "amount": "purpose", "purpose": "purpose"}


@dataclass(frozen=True, slots=True)
class Group:
    """One of the three. `cards`: those to be drawn, which begin after `skipped` others. `all`: how many there are.
    `next`: the address of the page that shows more; "" where all are shown."""

    name: str
    cards: tuple[cards.MatchCard, ...]
    skipped: int
    all: int
    next: str

    @property
    def shown(self) -> int:
        return self.skipped + len(self.cards)

    @property
    def coming(self) -> int:
        return min(PAGE, self.all - self.shown)


@require_safe
@login_required
@page
@held()
def need(request: HttpRequest, id: int) -> HttpResponse:
    """The matches of a need. Asked by htmx for more of a group, only what comes on."""
    viewer, asked = person(request), Asked.of(request.GET)
    found = need_visible_to(viewer, id)
    language, today, words = _language(), timezone.localdate(), vocabulary()
    longest = max(asked.shown(name) for name in GROUPS)
    matches = products_for(found, viewer=viewer, today=today, language=language, limit=longest)
    context: dict[str, Any] = {
        "need": found,
        "own": _is_own(found, viewer),
        "pack": current_pack(),
        "asked": asked,
        "matches": matches,
        "most": MOST_COMPARED,
    }
    part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    if part and asked.more:
        context["groups"] = _groups(matches, found, asked, only=asked.more[-1])
        return _of_two(render(request, "matches/more.html", context))
    context["groups"] = _groups(matches, found, asked)
    facts = facts_of(found.company, found, today=today, vocabulary=words, size_table=size_table(today))
    context["said"] = cards.facts_shown(facts, BESIDES, language, words)
    context["company"] = cards.facts_shown(facts, COMPANY_FACTS, language, words)
    context["unstated"] = [(label, _STEPS[column]) for column, label in UNSTATED.items() if not getattr(found, column)]
    context["reports"] = reports_visible_to(viewer).filter(need=found).count() if context["own"] else 0
    if not found.ended:
        advised = advice.what_helps(found, viewer=viewer, today=today, language=language)
        context["steps"] = steps_of(advised, found, language, words)
    return _of_two(render(request, "matches/need.html", context))


@require_safe
@login_required
@page
@held()
def compare(request: HttpRequest, id: int) -> HttpResponse:
    """Up to four products side by side, in the order chosen. More are refused, with the choice to be cut down."""
    viewer, asked = person(request), Asked.of(request.GET)
    found = need_visible_to(viewer, id)
    language, words = _language(), vocabulary()
    context: dict[str, Any] = {
        "need": found,
        "own": _is_own(found, viewer),
        "pack": current_pack(),
        "asked": asked,
        "most": MOST_COMPARED,
    }
    try:
        matches = advice.compare(found, asked.chosen, viewer=viewer, today=timezone.localdate(), language=language)
    except InvalidInput as error:
        there = _published(viewer, asked.chosen)
        if len(there) <= MOST_COMPARED:
            fewer = asked.choosing(product.pk for product in there)
            return redirect(reverse("need-compare", args=[found.pk]) + fewer.query)
        context |= {"products": there, "fault": error.message}
        return render(request, "matches/too_many.html", context, status=422)
    asked = asked.choosing(match.product.pk for match in matches)
    compared = comparison(cards.match_cards(matches, found, language, words))
    context |= {
        "asked": asked,
        "columns": [(column, asked.without(column.card.match.product.pk).query) for column in compared.columns],
        "costs": compared.costs,
    }
    return render(request, "matches/compare.html", context)


def _of_two(response: HttpResponse) -> HttpResponse:
    """An address with two answers: a browser that goes back must not be given the part for the whole."""
    patch_vary_headers(response, ["HX-Request"])
    return response


def _groups(matches: Matches, need: Need, asked: Asked, *, only: str = "") -> list[Group]:
    """All that is shown of each group; with `only`, the last page of that group and nothing of the others."""
    language, words = _language(), vocabulary()
    groups = []
    for name in GROUPS:
        upto = asked.shown(name)
        start = 0 if not only else upto - PAGE if name == only else upto
        some = getattr(matches, name)[start:upto]
        groups.append(
            Group(
                name,
                cards.match_cards(some, need, language, words),
                min(start, matches.counts[name]),
                matches.counts[name],
                asked.further(name).query if matches.counts[name] > upto else "",
            )
        )
    return groups


def _published(viewer: User, ids: tuple[int, ...]) -> list[Product]:
    """Those that are there and may be seen, in the order of `ids`."""
    found = products_visible_to(viewer).filter(status=Product.Status.PUBLISHED).in_bulk(ids)
    return [found[id] for id in ids if id in found]


def _is_own(need: Need, viewer: User) -> bool:
    """Only the company's own people act; whoever else sees the need reads."""
    organisation = organisation_of(viewer)
    return organisation is not None and need.company.organisation_id == organisation.pk


def _language() -> str:
    return get_language() or "zh-hans"
