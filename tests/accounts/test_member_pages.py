"""The pages of members and roles, of leaving, of branches, and the platform's of organisations."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from backend.accounts.models import Invitation, Organisation, User
from backend.accounts.roles import Kind, Role
from backend.leads.models import SavedSearch
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pack(db: None) -> None:
    load_pack(PACK)


def door(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().split("<main", 1)[1]))


def house(person: User) -> Organisation:
    assert person.organisation is not None
    return person.organisation


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_of_organisation_has_its_page(kind: str) -> None:
    founder = world.person_of(kind)
    client = door(founder)
    page = client.get("/members/")
    assert founder.called in words(page)
    assert [str(entry.label) for entry in page.context["account_navigation"]][:2] == [
        "Your account",
        "Members and roles",
    ]
    added = client.post("/members/", {"email": "a@b.cn", "role": founder.role})
    assert added["Location"] == "/members/"
    assert "a@b.cn" in words(client.get("/members/"))


def test_an_invitation_is_sent_again_and_withdrawn() -> None:
    admin = world.person_of("institution")
    client = door(admin)
    client.post("/members/", {"email": "a@b.cn", "role": "auditor"})
    first = Invitation.objects.get()
    client.post(f"/members/invitations/{first.pk}/", {"do": "again"})
    first.refresh_from_db()
    second = Invitation.objects.get(withdrawn_at=None)
    assert (first.withdrawn_at is not None, second.role, second.email) == (True, "auditor", "a@b.cn")
    assert client.post(f"/members/invitations/{first.pk}/", {"do": "withdraw"}).status_code == 404
    assert door(world.person_of("institution")).post(f"/members/invitations/{second.pk}/").status_code == 404
    client.post(f"/members/invitations/{second.pk}/", {"do": "withdraw"})
    assert Invitation.objects.filter(withdrawn_at=None).count() == 0
    assert "The invitation to a@b.cn was withdrawn" in words(client.get("/members/"))


def test_a_faulty_invitation_keeps_what_was_typed() -> None:
    client = door(world.person_of("bureau"))
    for typed, said in (("nonsense", "valid email"), ("", "required")):
        answer = client.post("/members/", {"email": typed, "role": "auditor"})
        assert (answer.status_code, said in words(answer)) == (422, True)
        assert f'value="{typed}"' in answer.content.decode() or not typed
    assert client.post("/members/", {"email": "a@b.cn", "role": "owner"}).status_code == 422
    assert Invitation.objects.count() == 0


def test_a_role_is_changed_and_the_last_administrator_stays() -> None:
    admin = world.person_of("institution")
    colleague = world.person(house(admin), role=Role.ACCOUNT_MANAGER)
    client = door(admin)
    done = client.post(f"/members/{colleague.pk}/", {"do": "role", "role": "manager"})
    assert done["Location"] == "/members/"
    colleague.refresh_from_db()
    assert colleague.role == Role.MANAGER
    last = client.post(f"/members/{admin.pk}/", {"do": "role", "role": "manager"})
    assert (last.status_code, "give the role to a colleague first" in words(last)) == (409, True)
    assert client.post(f"/members/{colleague.pk}/", {"do": "role", "role": "owner"}).status_code == 422
    assert client.get(f"/members/{world.person_of('institution').pk}/").status_code == 404


def test_letting_somebody_go_hands_over_what_they_hold() -> None:
    admin = world.person_of("institution")
    leaver, successor = (world.person(house(admin), role=Role.ACCOUNT_MANAGER) for _ in range(2))
    SavedSearch.objects.create(user=leaver, product=world.product(), name="seed", query="stage=seed")
    client = door(admin)
    page = client.get(f"/members/{leaver.pk}/")
    assert "Saved filters: 1" in words(page)
    assert successor.called in words(page)
    odd = client.post(f"/members/{leaver.pk}/", {"do": "leave", "successor": "999999"})
    assert odd.status_code == 422
    done = client.post(f"/members/{leaver.pk}/", {"do": "leave", "successor": successor.pk})
    assert done["Location"] == "/members/"
    assert SavedSearch.objects.get().user == successor
    gone = words(client.get(f"/members/{leaver.pk}/"))
    assert f"{successor.called} took over." in gone
    assert client.post(f"/members/{leaver.pk}/", {"do": "leave"}).status_code == 404


def test_leaving_oneself_closes_the_account() -> None:
    admin = world.person_of("company")
    colleague = world.person(house(admin), role=Role.MEMBER)
    last = door(admin).post("/account/leave/")
    assert (last.status_code, "last person who may manage" in words(last)) == (409, True)
    client = door(colleague)
    assert client.get("/account/leave/").status_code == 200
    assert client.post("/account/leave/")["Location"] == "/"
    assert "You have left" in words(client.get("/"))
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_a_branch_is_opened_and_its_first_people_invited() -> None:
    head = world.person_of("bureau")
    client = door(head)
    address = f"/organisations/{house(head).pk}/branches/new/"
    assert "The whole city" in words(client.get(address))
    assert client.post(address, {"name": "", "region": "x"}).status_code == 422
    done = client.post(address, {"name": "历下区金融局", "region": "370102"})
    branch = Organisation.objects.get(parent=house(head))
    assert (done["Location"], branch.region) == (f"/organisations/{branch.pk}/members/", "370102")
    assert "Nobody yet" in words(client.get(done["Location"]))
    client.post(done["Location"], {"email": "a@b.cn", "role": "bureau_head"})
    assert Invitation.objects.get().organisation == branch
    stranger = door(world.person_of("bureau"))
    assert stranger.get(done["Location"]).status_code == stranger.get(address).status_code == 404


def test_the_platform_suspends_and_lets_take_part_again() -> None:
    platform, bank = world.person_of("platform"), world.person_of("institution")
    client = door(platform)
    listed = words(client.get("/platform/organisations/?kind=institution&q=institution"))
    assert house(bank).name in listed
    assert house(platform).name not in listed
    address = f"/platform/organisations/{house(bank).pk}/"
    assert client.post(address, {"do": "suspend", "reason": ""}).status_code == 422
    assert client.post(address, {"do": "suspend", "reason": "许可证已过期"})["Location"] == address
    page = words(client.get(address))
    assert "许可证已过期" in page
    again = client.post(address, {"do": "suspend", "reason": "x"})
    assert (again.status_code, "suspended already" in words(again)) == (409, True)
    assert house(bank).name in words(client.get("/platform/organisations/?state=suspended"))
    client.post(address, {"do": "resume"})
    house(bank).refresh_from_db()
    assert not house(bank).suspended
    own = client.post(f"/platform/organisations/{house(platform).pk}/", {"do": "suspend", "reason": "x"})
    assert own.status_code == 409
    assert client.get("/platform/organisations/?page=x&kind=zzz").status_code == 200


def test_the_platform_opens_a_bureau() -> None:
    client = door(world.person_of("platform"))
    done = client.post("/platform/organisations/new/", {"kind": "bureau", "name": "章丘区金融局"})
    made = Organisation.objects.get(name="章丘区金融局")
    assert done["Location"] == f"/organisations/{made.pk}/members/"
    assert client.post("/platform/organisations/new/", {"kind": "institution", "name": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["/members/", "/account/", "/account/leave/", "/account/sessions/"])
def test_pages_speak_chinese(path: str) -> None:
    answer = door(world.person_of("institution"), "zh-hans").get(path)
    shown = re.sub(r"[a-z-]*(institution|person)[ -]\d+", "", words(answer))
    assert re.findall(r"\b[A-Z][a-z]+ [a-z]+\b", shown) == []


def test_query_budgets(django_assert_num_queries: Any) -> None:
    admin = world.person_of("bureau")
    for _ in range(3):
        world.person(house(admin), role=Role.BUREAU_OFFICER)
    client = door(admin)
    for path, number in (("/members/", 11), ("/account/", 9)):
        client.get(path)
        with django_assert_num_queries(number):
            assert client.get(path).status_code == 200
