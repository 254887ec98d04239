"""Reads of needs, scoped by who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, may
from backend.common.errors import NotFound
from backend.companies.queries import in_district
from backend.needs.cycle import ALIVE, SHOWN
from backend.needs.duplicates import Asked, Likeness, likenesses
from backend.needs.models import Need
from backend.packs.queries import life_cycles

_ON_THE_MARKET = Q(status__in=SHOWN, company__organisation__suspended_at__isnull=True)


def needs_visible_to(viewer: Viewer) -> QuerySet[Need]:
    """The full record, with its company: a company sees its own needs, the bureau all but drafts (that of a district:
    of the companies there), the platform all. Institutions have no such view: they meet needs as leads, through
    search."""
    organisation = organisation_of(viewer)
    needs = Need.objects.select_related("company")
    if organisation is None:
        return needs.none()
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return needs
        case Organisation.Kind.BUREAU:
            return needs.exclude(status=Need.Status.DRAFT).filter(in_district(organisation, "company__"))
        case _:
            return needs.filter(company__organisation=organisation)


def needs_searchable_by(viewer: Viewer) -> QuerySet[Need]:
    """The needs that search may show to `viewer`, the tokens of `accounts.audience` in the database's words.

    Who works with leads in an institution reads from these only what a lead shows.
    """
    organisation = organisation_of(viewer)
    institution = organisation is not None and organisation.kind == Organisation.Kind.INSTITUTION
    if not institution or not may(viewer, Action.LEAD_READ):
        return needs_visible_to(viewer)
    own = Q(company__organisation=organisation)
    return Need.objects.select_related("company").filter(_ON_THE_MARKET | own)


def needs_on_the_market() -> QuerySet[Need]:
    """The needs that institutions may meet, open or in talks, of companies that are not suspended: what the market's
    sums are of."""
    return Need.objects.filter(_ON_THE_MARKET)


def need_visible_to(viewer: Viewer, need_id: int) -> Need:
    """Raises NotFound, also where the need exists but is not the viewer's to see."""
    need = needs_visible_to(viewer).filter(pk=need_id).first()
    if need is None:
        raise NotFound("")
    return need


def needs_to_verify(viewer: Viewer) -> QuerySet[Need]:
    """What waits for an officer: submitted needs, those due first."""
    waiting = needs_visible_to(viewer).filter(status=Need.Status.SUBMITTED)
    return waiting.order_by(F("verify_by").asc(nulls_last=True), "pk")


def needs_waiting_for_company(viewer: Viewer) -> QuerySet[Need]:
    """Needs that open as soon as their company is verified."""
    return needs_visible_to(viewer).filter(status=Need.Status.VERIFIED).order_by("pk")


def needs_notice_due(today: date) -> QuerySet[Need]:
    """Open needs that expire within the days of notice; none where the pack has no such days."""
    settings = life_cycles(today)
    if settings is None:
        return Need.objects.none()
    last = today + timedelta(days=settings.need_notice_days)
    soon = Need.objects.filter(status=Need.Status.OPEN, expires_on__gte=today, expires_on__lte=last)
    return soon.select_related("company").order_by("expires_on", "pk")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another need of the same company that may be the same one, and why it looks so."""

    need: Need
    likenesses: tuple[Likeness, ...]


def duplicates_of(need: Need, *, on: date) -> list[Duplicate]:
    """The company's other needs that are alive and look the same, oldest first. Who may see the need may see these."""
    return duplicates_of_all([need], on=on).get(need.pk, [])


def duplicates_of_all(needs: Iterable[Need], *, on: date) -> dict[int, list[Duplicate]]:
    """By need, without those that stand alone; in one query."""
    asked = list(needs)
    settings = life_cycles(on)
    if settings is None or not asked:
        return {}
    alive = Need.objects.filter(company_id__in={need.company_id for need in asked}, status__in=ALIVE)
    others = [(other, _asked(other)) for other in alive.order_by("pk")]
    found: dict[int, list[Duplicate]] = {}
    for need in asked:
        own = _asked(need)
        for other, said in others:
            if alike := likenesses(own, said, share=settings.duplicate_amount_share):
                found.setdefault(need.pk, []).append(Duplicate(other, alike))
    return found


def _asked(need: Need) -> Asked:
    pledges = need.facts.get("collateral")
    offered = pledges["value"] if isinstance(pledges, dict) else pledges
    return Asked(need.pk, need.company_id, need.purpose, need.amount, frozenset(offered or ()))
