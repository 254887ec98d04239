"""Reads of needs, scoped by who asks."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.common.errors import NotFound
from backend.needs.models import Need


def needs_visible_to(viewer: Viewer) -> QuerySet[Need]:
    """The full record, with its company: a company sees its own needs, the bureau all that were ever opened, the
    platform all. Institutions have no such view: they meet needs as leads, through search."""
    organisation = organisation_of(viewer)
    needs = Need.objects.select_related("company")
    if organisation is None:
        return needs.none()
    match organisation.kind:
        case Organisation.Kind.PLATFORM:
            return needs
        case Organisation.Kind.BUREAU:
            return needs.exclude(status=Need.Status.DRAFT)
        case _:
            return needs.filter(company__organisation=organisation)


def needs_searchable_by(viewer: Viewer) -> QuerySet[Need]:
    """The needs that search may show to `viewer`, the tokens of `accounts.audience` in the database's words.

    An institution reads from these only what a lead shows.
    """
    organisation = organisation_of(viewer)
    if organisation is None or organisation.kind != Organisation.Kind.INSTITUTION:
        return needs_visible_to(viewer)
    return Need.objects.select_related("company").filter(
        Q(status=Need.Status.OPEN) | Q(company__organisation=organisation)
    )


def need_visible_to(viewer: Viewer, need_id: int) -> Need:
    """Raises NotFound, also where the need exists but is not the viewer's to see."""
    need = needs_visible_to(viewer).filter(pk=need_id).first()
    if need is None:
        raise NotFound("")
    return need
