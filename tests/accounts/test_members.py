"""The people of an organisation: invitations, roles, leaving with a successor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token

from backend.accounts import handover
from backend.accounts.handover import Holding
from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.queries import administrators_of, successors_for, token_digest
from backend.accounts.roles import Action, Role, actions_of
from backend.accounts.services import (
    InvitationInput,
    Invited,
    PersonInput,
    branch_open,
    company_sign_up,
    invitation_accept,
    invitation_withdraw,
    invite,
    member_leave,
    platform_account,
    role_change,
)
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.leads.models import SavedSearch
from backend.lifecycle.queries import broken_at, events_of
from tests import world

pytestmark = pytest.mark.django_db

GOOD = "a-long-enough-one"
ADDRESS = "Zhou.Min@Example.com"


@pytest.fixture
def admin() -> User:
    return world.person_of("institution")


def house(person: User) -> Organisation:
    assert person.organisation is not None
    return person.organisation


def invited(actor: User, role: str = Role.ACCOUNT_MANAGER, **values: Any) -> Invited:
    data = InvitationInput(**({"email": ADDRESS, "role": role} | values))
    return invite(actor=actor, data=data, address_of=lambda token: f"https://x/{token}")


def seat(username: str = "zhou", **values: Any) -> PersonInput:
    return PersonInput(**({"username": username, "password": GOOD, "full_name": "周敏"} | values))


def happened(organisation: Organisation) -> list[str]:
    return [event.event for event in events_of(organisation)]


def test_an_invitation_is_a_link_that_works_once(admin: User, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = invited(admin)
    (letter,) = mail.outbox
    assert letter.to == ["zhou.min@example.com"]
    assert f"https://x/{sent.token}" in letter.body
    stored = Invitation.objects.get()
    assert (stored.token_sha256, sent.token in str(vars(stored))) == (token_digest(sent.token), False)
    person = invitation_accept(token=sent.token, person=seat())
    assert (person.organisation, person.role, person.called, person.email) == (
        house(admin), Role.ACCOUNT_MANAGER, "周敏", "zhou.min@example.com",
    )  # fmt: skip
    assert EmailAddress.objects.get(user=person).verified, "the link came by this address"
    assert person.check_password(GOOD)
    with pytest.raises(NotFound):
        invitation_accept(token=sent.token, person=seat("again"))
    assert happened(house(admin)) == ["invite", "join"]
    assert broken_at(house(admin)) is None


def test_an_invitation_that_is_over_lets_nobody_in(admin: User) -> None:
    first = invited(admin)
    second = invited(admin)
    with pytest.raises(NotFound):
        invitation_accept(token=first.token, person=seat())
    late = second.invitation.expires_at
    with pytest.raises(NotFound):
        invitation_accept(token=second.token, person=seat(), now=late)
    invitation_withdraw(actor=admin, invitation_id=second.invitation.pk)
    for token in (second.token, "x" * 43, ""):
        with pytest.raises(NotFound):
            invitation_accept(token=token, person=seat(), now=late - timedelta(seconds=1))
    third = invited(admin)
    Organisation.objects.filter(pk=house(admin).pk).update(suspended_at=world.NOW, suspended_because="x")
    with pytest.raises(NotFound):
        invitation_accept(token=third.token, person=seat())
    assert User.objects.filter(organisation=house(admin)).count() == 1


def test_an_invitation_that_cannot_be_is_refused(admin: User) -> None:
    for values, code in (
        ({"role": "owner"}, "unknown_role"),
        ({"email": "no address"}, "wrong_address"),
    ):
        with pytest.raises(InvalidInput) as refused:
            invited(admin, **values)
        assert refused.value.code == code
    invitation_accept(token=invited(admin).token, person=seat())
    with pytest.raises(Conflict) as taken:
        invited(world.person_of("company"), role="member")
    assert taken.value.code == "email_taken"
    for actor in (world.person(house(admin), role=Role.MANAGER), world.person_of("company", Role.MEMBER)):
        with pytest.raises(NotAllowed):
            invited(actor)
    with pytest.raises(NotFound):
        invited(world.person_of("institution"), organisation_id=house(admin).pk, email="a@b.cn")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"password": "short"}, "weak_password"),
        ({"username": "a b"}, "wrong_username"),
        ({"username": "TAKEN"}, "username_taken"),
        ({"full_name": " "}, "wrong_length"),
    ],
)
def test_a_seat_is_taken_with_a_name_and_a_good_password(admin: User, values: dict[str, str], code: str) -> None:
    world.person(None, name="taken")
    sent = invited(admin)
    with pytest.raises((InvalidInput, Conflict)) as refused:
        invitation_accept(token=sent.token, person=seat(**values))
    assert refused.value.code == code
    invitation_accept(token=sent.token, person=seat())


def test_a_company_signs_up_by_itself() -> None:
    owner = company_sign_up(company="新材料公司", person=seat(email="a@b.cn"))
    assert (house(owner).kind, house(owner).name, owner.role) == ("company", "新材料公司", Role.OWNER)
    assert EmailAddress.objects.get(user=owner).verified is False
    assert happened(house(owner)) == ["found"]
    with pytest.raises(Conflict):
        company_sign_up(company="另一公司", person=seat("other", email="A@b.cn"))
    assert Organisation.objects.filter(kind="company").count() == 1


def test_a_role_is_changed_within_what_the_organisation_knows(admin: User) -> None:
    colleague = world.person(house(admin), role=Role.ACCOUNT_MANAGER)
    changed = role_change(actor=admin, person_id=colleague.pk, role=Role.PRODUCT_EDITOR)
    assert Action.PRODUCT_EDIT in actions_of(changed)
    with pytest.raises(InvalidInput):
        role_change(actor=admin, person_id=colleague.pk, role=Role.OWNER)
    with pytest.raises(NotFound):
        role_change(actor=world.person_of("institution"), person_id=colleague.pk, role=Role.MANAGER)
    with pytest.raises(NotFound):
        role_change(actor=changed, person_id=admin.pk, role=Role.MANAGER)
    assert role_change(actor=platform_account(), person_id=colleague.pk, role=Role.MANAGER).role == Role.MANAGER
    assert happened(house(admin)) == ["role_change", "role_change"]


def test_the_last_administrator_stays(admin: User) -> None:
    colleague = world.person(house(admin), role=Role.MANAGER)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: role_change(actor=admin, person_id=admin.pk, role=Role.MANAGER),
        lambda: member_leave(actor=admin, person_id=admin.pk),
        lambda: member_leave(actor=platform_account(), person_id=admin.pk),
    )
    for attempt in attempts:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "last_administrator"
    admin.refresh_from_db()
    assert (admin.is_active, admin.role) == (True, Role.INSTITUTION_ADMIN)
    role_change(actor=admin, person_id=colleague.pk, role=Role.INSTITUTION_ADMIN)
    member_leave(actor=admin, person_id=admin.pk)
    assert list(administrators_of(house(admin))) == [colleague]


def test_who_leaves_is_out_at_once(admin: User) -> None:
    person = world.person(house(admin), role=Role.ACCOUNT_MANAGER)
    client, other = Client(), Client()
    client.force_login(person)
    other.force_login(person)
    assert client.get("/account/").status_code == other.get("/account/").status_code == 200
    assert UserSession.objects.filter(user=person).count() == 2
    Token.objects.create(user=person)
    gone = member_leave(actor=admin, person_id=person.pk, now=world.NOW)
    assert (gone.is_active, gone.left_at, gone.organisation) == (False, world.NOW, house(admin))
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert (UserSession.objects.filter(user=person).count(), Token.objects.count()) == (0, 0)
    assert actions_of(gone) == frozenset()
    with pytest.raises(NotFound):
        member_leave(actor=admin, person_id=person.pk)
    assert happened(house(admin)) == ["leave"]


def test_what_is_held_passes_to_the_successor(admin: User) -> None:
    product = world.product(world.institution())
    leaver, successor = (world.person(house(admin), role=Role.ACCOUNT_MANAGER) for _ in range(2))
    for person, names in ((leaver, ("seed", "green")), (successor, ("seed", "seed 2"))):
        for name in names:
            SavedSearch.objects.create(user=person, product=product, name=name, query="stage=seed")
    risk = world.person(house(admin), role=Role.RISK_APPROVER)
    for unfit in (risk.pk, leaver.pk, world.person_of("institution").pk):
        with pytest.raises(InvalidInput) as refused:
            member_leave(actor=admin, person_id=leaver.pk, successor_id=unfit)
        assert refused.value.code == "unfit_successor"
    gone = member_leave(actor=leaver, person_id=leaver.pk, successor_id=successor.pk)
    assert gone.successor == successor
    kept = SavedSearch.objects.filter(user=successor).order_by("pk").values_list("name", flat=True)
    assert list(kept) == ["seed 3", "green", "seed", "seed 2"]
    assert SavedSearch.objects.filter(user=leaver).count() == 0


@pytest.fixture
def open_work(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """A kind of holding of which each person has as many as the table says."""
    held: dict[int, int] = {}

    def pass_on(leaver: User, successor: User) -> None:
        held[successor.pk] = held.get(successor.pk, 0) + held.pop(leaver.pk)

    cases = Holding(
        name="cases", label="Cases", count=lambda person: held.get(person.pk, 0), pass_on=pass_on,
        action=Action.CASE_WORK, open_work=True,
    )  # fmt: skip
    monkeypatch.setattr(handover, "_known", {"cases": cases})
    return held


def test_open_work_needs_a_successor(admin: User, open_work: dict[int, int]) -> None:
    leaver, successor = (world.person(house(admin), role=Role.ACCOUNT_MANAGER) for _ in range(2))
    open_work[leaver.pk] = 3
    with pytest.raises(Conflict) as refused:
        member_leave(actor=admin, person_id=leaver.pk)
    assert (refused.value.code, refused.value.field) == ("successor_needed", "successor")
    assert set(successors_for(leaver, [Action.CASE_WORK])) == {admin, successor}
    member_leave(actor=admin, person_id=leaver.pk, successor_id=successor.pk)
    assert open_work == {successor.pk: 3}


def test_a_holding_has_a_name_of_its_own() -> None:
    known = handover._known["saved_searches"]
    handover.register(known)
    other = Holding(name=known.name, label="x", count=known.count, pass_on=known.pass_on, action=Action.LEAD_CLAIM)
    with pytest.raises(ValueError, match="saved_searches"):
        handover.register(other)


STEPS = st.lists(
    st.tuples(st.sampled_from(["role", "leave", "invite"]), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_people_do_somebody_may_manage_the_members(steps: list[tuple[str, int, int, int]]) -> None:
    """And the chain of what happened is whole, with one event for each change."""
    admin = world.person_of("institution")
    people, done = [admin, *(world.person(house(admin), role=Role.MANAGER) for _ in range(2))], 0
    roles = list(Role)[2:7]
    for number, (what, actor, target, choice) in enumerate(steps):
        by, whom = people[actor % len(people)], people[target % len(people)]
        by.refresh_from_db()
        whom.refresh_from_db()
        before = whom.role
        try:
            if what == "role":
                done += role_change(actor=by, person_id=whom.pk, role=roles[choice % len(roles)]).role != before
            elif what == "leave":
                member_leave(actor=by, person_id=whom.pk)
                done += 1
            else:
                sent = invited(by, role=roles[choice % len(roles)], email=f"p{by.pk}-{number}@example.com")
                people.append(invitation_accept(token=sent.token, person=seat(f"u{by.pk}-{number}")))
                done += 2
        except (Conflict, NotAllowed, NotFound):
            pass
        assert administrators_of(house(admin)).exists()
    assert len(happened(house(admin))) == done
    assert broken_at(house(admin)) is None


def test_a_head_office_looks_after_the_people_of_its_branch(admin: User) -> None:
    branch = branch_open(actor=admin, parent_id=house(admin).pk, name="branch")
    sent = invited(admin, organisation_id=branch.pk, role=Role.INSTITUTION_ADMIN)
    first = invitation_accept(token=sent.token, person=seat())
    assert first.organisation == branch
    second = world.person(branch, role=Role.MANAGER)
    assert role_change(actor=admin, person_id=second.pk, role=Role.INSTITUTION_ADMIN).organisation == branch
    assert member_leave(actor=admin, person_id=first.pk).left_at is not None


def test_the_link_of_the_e_mail_is_the_page_s(admin: User, django_capture_on_commit_callbacks: Any) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(admin)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/members/", {"email": ADDRESS, "role": "auditor"})
    assert (answer.status_code, answer["Location"]) == (302, "/members/")
    (link,) = re.findall(r"https?://testserver(/\S+)", str(mail.outbox[0].body))
    visitor = Client(headers={"accept-language": "en"})
    assert "offers you a seat" in visitor.get(link).content.decode()
    wrong = visitor.post(link, {"full_name": "周敏", "username": "zhou", "password": "short"})
    assert (wrong.status_code, 'value="周敏"' in wrong.content.decode()) == (422, True)
    right = visitor.post(link, {"full_name": "周敏", "username": "zhou", "password": GOOD})
    assert (right.status_code, right["Location"]) == (302, "/my/")
    assert visitor.get("/my/")["Location"] == "/institution/products/", (
        "an auditor of a bank reads what happened to its products"
    )
    assert client.get(link).status_code == 404
