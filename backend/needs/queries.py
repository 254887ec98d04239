"""Reads of needs, scoped by who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.accounts.roles import Action, may
from backend.common.errors import NotFound
from backend.companies.queries import in_district
from backend.needs.models import Need

_ON_THE_MARKET = Q(status=Need.Status.OPEN, company__organisation__suspended_at__isnull=True)


def needs_visible_to(viewer: Viewer) -> QuerySet[Need]:
    """The full record, with its company: a company sees its own needs, the bureau all that were ever opened (that of a
    district: of the companies there), the platform all. Institutions have no such view: they meet needs as leads,
    through search."""
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
    """The open needs of companies that are not suspended: what institutions may meet, and what the market's sums are
    of."""
    return Need.objects.filter(_ON_THE_MARKET)


def need_visible_to(viewer: Viewer, need_id: int) -> Need:
    """Raises NotFound, also where the need exists but is not the viewer's to see."""
    need = needs_visible_to(viewer).filter(pk=need_id).first()
    if need is None:
        raise NotFound("")
    return need
