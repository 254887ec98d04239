"""Reads of companies, scoped by who asks."""

from __future__ import annotations

from django.db.models import QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotFound
from backend.companies.models import Company


def companies_visible_to(viewer: Viewer) -> QuerySet[Company]:
    """A company sees itself; the bureau and the platform see all. Institutions meet companies only as leads."""
    organisation = organisation_of(viewer)
    if organisation is None:
        return Company.objects.none()
    if organisation.kind in (Organisation.Kind.BUREAU, Organisation.Kind.PLATFORM):
        return Company.objects.all()
    return Company.objects.filter(organisation=organisation)


def company_visible_to(viewer: Viewer, company_id: int) -> Company:
    """Raises NotFound, also where the company exists but is not the viewer's to see."""
    company = companies_visible_to(viewer).filter(pk=company_id).first()
    if company is None:
        raise NotFound("")
    return company


def company_of(viewer: Viewer) -> Company | None:
    """The company that the viewer's organisation has filed; None before it did, and for other organisations."""
    return Company.objects.filter(organisation=organisation_of(viewer)).first()
