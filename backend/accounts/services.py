"""Every write of organisations and people."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts import handover, mail, standing
from backend.accounts.audience import organisation_of
from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.queries import (
    IMPORTER,
    administrators_of,
    invitation_managed_by,
    member_managed_by,
    open_to,
    organisation_managed_by,
    still_open,
    successors_for,
    token_digest,
    with_branches,
)
from backend.accounts.roles import ROLES, Action, Kind, Role, demand, may
from backend.accounts.tokens import end_tokens
from backend.common.errors import Conflict, InvalidInput, NotFound
from backend.common.texts import one_line
from backend.lifecycle.services import record

LONGEST_NAME, LONGEST_REASON = 60, 500
ACTIVE, SUSPENDED = "active", "suspended"
"""What an event of an organisation says of it before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInput:
    """Who signs in. An `email` that is given was shown to be the person's where `email_verified`."""

    username: str
    password: str
    full_name: str = ""
    email: str = ""
    email_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationInput:
    """`organisation_id`: of the actor's own organisation where none is given."""

    email: str
    role: str
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, and the token of its link, which is known now and never again."""

    invitation: Invitation
    token: str


@transaction.atomic
def platform_account() -> User:
    """The account in whose name imports and commands write. It has no password, so nobody signs in with it."""
    user = User.objects.filter(username=IMPORTER).select_related("organisation").first()
    if user is not None:
        return user
    user = User(username=IMPORTER, organisation=only(Kind.PLATFORM), role=Role.PLATFORM_ADMIN)
    user.set_unusable_password()
    user.save()
    return user


def only(kind: Kind) -> Organisation:
    """The deployment's first bureau, platform or advisers' unit, made where there is none."""
    names = {Kind.PLATFORM: "融桥", Kind.BUREAU: "金融局", Kind.ADVISERS: "金融辅导队"}
    found = Organisation.objects.filter(kind=kind, parent=None).order_by("pk").first()
    return found or Organisation.objects.create(kind=kind, name=names[kind])


@transaction.atomic
def organisation_create(*, kind: str, name: str, parent: Organisation | None = None, region: str = "") -> Organisation:
    """Raises InvalidInput for an unknown kind, a name that cannot be one, and a `parent` of another kind."""
    if kind not in Organisation.Kind.values:
        raise InvalidInput(_("There is no such kind of organisation."), code="unknown_kind", field="kind")
    if parent is not None and parent.kind != kind:
        raise InvalidInput(
            _("A branch is of the same kind as what it belongs to."), code="wrong_parent", field="parent"
        )
    return Organisation.objects.create(kind=kind, name=one_line(name, "name"), parent=parent, region=region.strip())


@transaction.atomic
def organisation_open(*, actor: User, kind: str, name: str) -> Organisation:
    """An organisation without people yet, for the platform to invite its first. Raises NotAllowed, InvalidInput."""
    demand(actor, Action.PLATFORM)
    made = organisation_create(kind=kind, name=name)
    _note(made, "opened", actor)
    return made


@transaction.atomic
def branch_open(*, actor: User, parent_id: int, name: str, region: str = "") -> Organisation:
    """Open a branch of an organisation that the actor looks after. Raises NotFound, InvalidInput."""
    parent = organisation_managed_by(actor, parent_id)
    branch = organisation_create(kind=parent.kind, name=name, parent=parent, region=region)
    _note(parent, "branch_opened", actor, branch=branch.pk)
    return branch


@transaction.atomic
def organisation_suspend(
    *, actor: User, organisation_id: int, reason: str, now: datetime | None = None
) -> Organisation:
    """Stop an organisation and its branches: their people see nothing but their own account, and what they offer or ask
    for is no longer found. Nothing is deleted. Raises NotAllowed, NotFound, InvalidInput, Conflict (`wrong_state`)."""
    organisation = _platforms(actor, organisation_id)
    why, at = one_line(reason, "reason", longest=LONGEST_REASON), now or timezone.now()
    if organisation.pk in _above(actor):
        raise Conflict(_("You cannot suspend the organisation that you act for."), code="wrong_state")
    below = Organisation.objects.filter(pk__in=with_branches(organisation), suspended_at__isnull=True)
    if organisation.pk not in (stopped := list(below.values_list("pk", flat=True))):
        raise Conflict(_("This organisation is suspended already."), code="wrong_state")
    below.update(suspended_at=at, suspended_because=why)
    for one in Organisation.objects.filter(pk__in=stopped):
        record(one, "suspend", before=ACTIVE, after=SUSPENDED, actor=actor, at=at, note=why)
        standing.changed(one)
    organisation.refresh_from_db()
    return organisation


@transaction.atomic
def organisation_resume(*, actor: User, organisation_id: int) -> Organisation:
    """Let a suspended organisation, and the branches that were suspended together with it, take part again. Raises
    NotAllowed, NotFound, Conflict (`wrong_state`)."""
    organisation = _platforms(actor, organisation_id)
    if organisation.suspended_at is None:
        raise Conflict(_("This organisation is not suspended."), code="wrong_state")
    if organisation.parent is not None and organisation.parent.suspended:
        raise Conflict(_("What this is a branch of is suspended: let that take part again."), code="wrong_state")
    together = Organisation.objects.filter(
        pk__in=with_branches(organisation), suspended_at=organisation.suspended_at
    ).values_list("pk", flat=True)
    resumed = list(together)
    Organisation.objects.filter(pk__in=resumed).update(suspended_at=None, suspended_because="")
    for one in Organisation.objects.filter(pk__in=resumed):
        record(one, "resume", before=SUSPENDED, after=ACTIVE, actor=actor, at=timezone.now())
        standing.changed(one)
    organisation.refresh_from_db()
    return organisation


@transaction.atomic
def user_create(
    *,
    username: str,
    password: str,
    organisation: Organisation,
    role: str | None = None,
    full_name: str = "",
    email: str = "",
    email_verified: bool = False,
) -> User:
    """Without a role: that of who founds such an organisation. Raises InvalidInput for a weak password or a role that
    such an organisation does not have, Conflict for a name or an address in use."""
    chosen = _role(organisation, ROLES[Kind(organisation.kind)][0] if role is None else role)
    name = one_line(full_name, "full_name", longest=LONGEST_NAME) if full_name.strip() else ""
    _username_free(username)
    address = _address(email) if email else ""
    user = User(username=username, email=address, full_name=name, organisation=organisation, role=chosen)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="weak_password", field="password") from error
    user.set_password(password)
    user.save(force_insert=True)
    if address:
        EmailAddress.objects.create(user=user, email=address, verified=email_verified, primary=True)
    return user


@transaction.atomic
def company_sign_up(*, company: str, person: PersonInput) -> User:
    """A company comes by itself: its organisation and its owner. What is known of it is filed afterwards. Raises
    InvalidInput and Conflict as `user_create` does."""
    organisation = organisation_create(kind=Kind.COMPANY, name=company)
    owner = _person(organisation, ROLES[Kind.COMPANY][0], person)
    _note(organisation, "found", owner, person=owner.pk)
    return owner


@transaction.atomic
def invite(
    *, actor: User, data: InvitationInput, address_of: Callable[[str], str], now: datetime | None = None
) -> Invited:
    """Offer a seat by e-mail. `address_of(token)` is the link that the e-mail holds. An open invitation to the same
    address is withdrawn by the new one.

    Raises NotFound, InvalidInput (`unknown_role`, `wrong_address`), Conflict (`email_taken`).
    """
    demand(actor, Action.MEMBERS_MANAGE)
    organisation = organisation_managed_by(actor, data.organisation_id)
    role, email, at = _role(organisation, data.role), _address(data.email), now or timezone.now()
    before = Invitation.objects.filter(organisation=organisation, email__iexact=email)
    before.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email,
        role=role,
        token_sha256=token_digest(token),
        invited_by=actor,
        expires_at=at + timedelta(days=settings.INVITATION_DAYS),
    )
    _note(organisation, "invite", actor, email=email, role=role)
    mail.send_later("invitation", to=email, context={"invitation": invitation, "link": address_of(token)})
    return Invited(invitation, token)


@transaction.atomic
def invitation_withdraw(*, actor: User, invitation_id: int) -> Invitation:
    """Raises NotFound."""
    invitation = invitation_managed_by(actor, invitation_id)
    Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(withdrawn_at=timezone.now())
    _note(invitation.organisation, "invitation_withdrawn", actor, email=invitation.email)
    invitation.refresh_from_db()
    return invitation


@transaction.atomic
def invitation_accept(*, token: str, person: PersonInput, now: datetime | None = None) -> User:
    """Take the seat: the person of the invitation's address, with a name and a password of their own. Of two who use
    one link at once, one is let in. Raises NotFound, InvalidInput, Conflict."""
    at = now or timezone.now()
    invitation = open_to(token, now=at)
    given = PersonInput(
        username=person.username,
        password=person.password,
        full_name=one_line(person.full_name, "full_name", longest=LONGEST_NAME),
        email=invitation.email,
        email_verified=True,
    )
    user = _person(invitation.organisation, invitation.role, given)
    taken = Invitation.objects.filter(still_open(at), pk=invitation.pk).update(accepted_at=at, accepted_by=user)
    if not taken:
        raise NotFound("")
    _note(invitation.organisation, "join", user, person=user.pk, role=user.role, invited_by=invitation.invited_by_id)
    return user


@transaction.atomic
def role_change(*, actor: User, person_id: int, role: str) -> User:
    """Raises NotFound, InvalidInput (`unknown_role`), Conflict (`last_administrator`)."""
    person, organisation = _member(actor, person_id)
    wanted = _role(organisation, role)
    if wanted == person.role:
        return person
    before, looked_after = person.role, may(person, Action.MEMBERS_MANAGE)
    User.objects.filter(pk=person.pk).update(role=wanted)
    if looked_after:
        _somebody_left(organisation)
    _note(organisation, "role_change", actor, person=person.pk, before=before, after=wanted)
    person.refresh_from_db()
    return person


@transaction.atomic
def member_leave(*, actor: User, person_id: int, successor_id: int | None = None, now: datetime | None = None) -> User:
    """Let a person go: oneself, or, for who looks after the members, another. What the person holds passes to the
    successor; sessions and tokens end. The row stays, since events name it.

    Raises NotFound, InvalidInput (`unfit_successor`), Conflict (`successor_needed` where the person has open work,
    `last_administrator`).
    """
    person, organisation = _member(actor, person_id)
    held = handover.held_by(person)
    successor = None
    if successor_id is not None:
        fit = successors_for(person, tuple(one.holding.action for one in held))
        successor = next((one for one in fit if one.pk == successor_id), None)
        if successor is None:
            message = _("The successor is a colleague whose role allows the work that is handed over.")
            raise InvalidInput(message, code="unfit_successor", field="successor")
    elif any(one.holding.open_work for one in held):
        message = _("There is open work: name a successor who takes it over.")
        raise Conflict(message, code="successor_needed", field="successor")
    if successor is not None:
        for one in held:
            one.holding.pass_on(person, successor)
    User.objects.filter(pk=person.pk, left_at__isnull=True).update(
        is_active=False, left_at=now or timezone.now(), successor=successor
    )
    if may(person, Action.MEMBERS_MANAGE):
        _somebody_left(organisation)
    sign_out_everywhere(person)
    _note(organisation, "leave", actor, person=person.pk, successor=successor_id)
    person.refresh_from_db()
    return person


def sign_out_everywhere(person: User) -> None:
    """End every session and every token of the person."""
    for session in UserSession.objects.filter(user=person):
        session.end()
    end_tokens(person)


def _member(actor: User, person_id: int) -> tuple[User, Organisation]:
    """An active member whom the actor may change; oneself always. The organisation's row is locked: of two who would be
    its last administrators, the second to go finds nobody left. Raises NotFound."""
    person = actor if person_id == actor.pk else member_managed_by(actor, person_id)
    if person.organisation_id is None or organisation_of(actor) is None:
        raise NotFound("")
    organisation = Organisation.objects.select_for_update().get(pk=person.organisation_id)
    person = User.objects.select_related("organisation").get(pk=person.pk)
    if not person.is_active or person.username == IMPORTER:
        raise NotFound("")
    return person, organisation


def _somebody_left(organisation: Organisation) -> None:
    """Raises Conflict, code `last_administrator`, where nobody is left who may look after the members."""
    if not administrators_of(organisation).exists():
        message = _("This is the last person who may manage the members: give the role to a colleague first.")
        raise Conflict(message, code="last_administrator")


def _person(organisation: Organisation, role: str, person: PersonInput) -> User:
    return user_create(
        username=person.username,
        password=person.password,
        organisation=organisation,
        role=role,
        full_name=person.full_name,
        email=person.email,
        email_verified=person.email_verified,
    )


def _platforms(actor: User, organisation_id: int) -> Organisation:
    """An organisation, for the platform alone. Raises NotAllowed, NotFound."""
    demand(actor, Action.PLATFORM)
    found = Organisation.objects.select_for_update(of=("self",)).select_related("parent").filter(pk=organisation_id)
    organisation = found.first()
    if organisation is None:
        raise NotFound("")
    return organisation


def _above(actor: User) -> set[int]:
    """The ids of the actor's organisation and of what it is a branch of."""
    found, above = set(), actor.organisation
    while above is not None:
        found.add(above.pk)
        above = above.parent
    return found


def _role(organisation: Organisation, role: str) -> Role:
    if role not in ROLES[Kind(organisation.kind)]:
        raise InvalidInput(_("There is no such role in this organisation."), code="unknown_role", field="role")
    return Role(role)


def _username_free(username: str) -> None:
    try:
        User._meta.get_field("username").run_validators(username)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="wrong_username", field="username") from error
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(_("This user name is in use already."), code="username_taken", field="username")


def _address(email: str) -> str:
    """The e-mail address in the form in which it is kept. Raises InvalidInput, Conflict."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(_("This is no e-mail address."), code="wrong_address", field="email") from error
    if User.objects.filter(email__iexact=address, is_active=True).exists():
        raise Conflict(
            _("Somebody signs in with this e-mail address already: a person has one account, in one organisation."),
            code="email_taken",
            field="email",
        )
    return address


def _note(organisation: Organisation, event: str, actor: User, **data: object) -> None:
    """What happened among its people, as an event of the organisation."""
    record(organisation, event, before=ACTIVE, after=ACTIVE, actor=actor, at=timezone.now(), data=data)
