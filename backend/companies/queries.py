"""Reads of companies, scoped by who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotFound
from backend.companies.models import Company
from backend.packs.queries import vocabulary


def companies_visible_to(viewer: Viewer) -> QuerySet[Company]:
    """A company sees itself; the platform and the city's bureau see all, a district's bureau those of its district.
    Institutions meet companies only as leads."""
    organisation = organisation_of(viewer)
    if organisation is None:
        return Company.objects.none()
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return Company.objects.all()
        case Organisation.Kind.BUREAU:
            return Company.objects.filter(in_district(organisation))
        case _:
            return Company.objects.filter(organisation=organisation)


def in_district(bureau: Organisation, path: str = "") -> Q:
    """The companies that a bureau looks after: all for the city's; `path` leads to the company, `company__` say."""
    if not bureau.region:
        return Q()
    return Q(**{f"{path}facts__region__value__in": sorted(vocabulary().descendants("regions", bureau.region))})


def company_visible_to(viewer: Viewer, company_id: int) -> Company:
    """Raises NotFound, also where the company exists but is not the viewer's to see."""
    company = companies_visible_to(viewer).filter(pk=company_id).first()
    if company is None:
        raise NotFound("")
    return company


def company_of(viewer: Viewer) -> Company | None:
    """The company that the viewer's organisation has filed; None before it did, and for other organisations."""
    return Company.objects.filter(organisation=organisation_of(viewer)).first()
