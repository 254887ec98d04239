"""Reads of people and organisations, scoped by who asks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.demo_names import DEMO_ORDER
from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.roles import Action, Kind, may, roles_holding
from backend.common.errors import NotFound

IMPORTER = "platform"
"""The user name in which imports and commands write. Nobody signs in with it."""


def organisations_managed_by(viewer: Viewer) -> QuerySet[Organisation]:
    """Those whose members the viewer looks after: the own one and its branches; all, for the platform."""
    organisation = organisation_of(viewer)
    if organisation is None or not may(viewer, Action.MEMBERS_MANAGE):
        return Organisation.objects.none()
    if may(viewer, Action.PLATFORM):
        return Organisation.objects.all()
    return Organisation.objects.filter(pk__in=with_branches(organisation))


def with_branches(organisation: Organisation) -> list[int]:
    """The ids of the organisation and of everything below it, itself first."""
    found, level = [organisation.pk], [organisation.pk]
    while level := list(Organisation.objects.filter(parent__in=level).values_list("pk", flat=True)):
        found += level
    return found


def organisation_managed_by(viewer: Viewer, organisation_id: int | None) -> Organisation:
    """The own one where no id is given. Raises NotFound."""
    own = organisation_of(viewer)
    wanted = organisation_id or (own.pk if own is not None else 0)
    found = organisations_managed_by(viewer).filter(pk=wanted).select_related("parent").first()
    if found is None:
        raise NotFound("")
    return found


def members_managed_by(viewer: Viewer) -> QuerySet[User]:
    """Those who belong to an organisation that the viewer looks after, in the order in which they came."""
    people = User.objects.filter(organisation__in=organisations_managed_by(viewer)).exclude(username=IMPORTER)
    return people.select_related("organisation", "successor").order_by("pk")


def member_managed_by(viewer: Viewer, person_id: int) -> User:
    """Raises NotFound."""
    person = members_managed_by(viewer).filter(pk=person_id).first()
    if person is None:
        raise NotFound("")
    return person


def members_of(organisation: Organisation) -> QuerySet[User]:
    """Who acts for it now."""
    people = User.objects.filter(organisation=organisation, is_active=True).exclude(username=IMPORTER)
    return people.order_by("pk")


def administrators_of(organisation: Organisation) -> QuerySet[User]:
    """Who may look after its members now."""
    return members_of(organisation).filter(role__in=roles_holding(Kind(organisation.kind), Action.MEMBERS_MANAGE))


def successors_for(person: User, actions: Sequence[Action] = ()) -> list[User]:
    """Who may take over what the person holds: colleagues whose role holds each of the actions."""
    if person.organisation is None:
        return []
    colleagues = members_of(person.organisation).exclude(pk=person.pk).select_related("organisation")
    return [one for one in colleagues if all(may(one, action) for action in actions)]


def invitations_managed_by(viewer: Viewer) -> QuerySet[Invitation]:
    """Those that are still open, the newest first; what has expired is among them, to be sent anew."""
    found = Invitation.objects.filter(
        organisation__in=organisations_managed_by(viewer), accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    return found.select_related("organisation", "invited_by").order_by("-pk")


def invitation_managed_by(viewer: Viewer, invitation_id: int) -> Invitation:
    """Raises NotFound."""
    invitation = invitations_managed_by(viewer).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("")
    return invitation


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_to(token: str, *, now: datetime | None = None) -> Invitation:
    """The invitation that a link leads to. Raises NotFound where it was used, withdrawn, has expired, never was, or its
    organisation is suspended: the answer is the same."""
    found = Invitation.objects.filter(
        still_open(now), token_sha256=token_digest(token), organisation__suspended_at__isnull=True
    )
    invitation = found.select_related("organisation", "invited_by").first()
    if invitation is None:
        raise NotFound("")
    return invitation


def still_open(now: datetime | None = None) -> Q:
    return Q(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now or timezone.now())


def is_demo_account(person: User) -> bool:
    """Whether it is one of those whose password is public: in the demo only."""
    return settings.DEMO and person.username in DEMO_ORDER


def demo_people() -> list[User]:
    """The demo's accounts that there are, in the order of a tour; none outside of the demo."""
    if not settings.DEMO:
        return []
    found = User.objects.filter(username__in=DEMO_ORDER, is_active=True).select_related("organisation")
    return sorted(found, key=lambda user: DEMO_ORDER.index(user.username))
