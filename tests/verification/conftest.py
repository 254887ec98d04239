"""A city with a company, an institution and officers; files lie in the memory of the test."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from backend.accounts.models import Organisation, User
from backend.accounts.roles import Role
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

REGION = "370102"


@dataclass(frozen=True)
class Bureau:
    """`near` is of the company's district, `far` of another."""

    owner: User
    member: User
    rival: User
    bank: User
    officer: User
    auditor: User
    near: User
    far: User


@pytest.fixture
def bureau(db: None) -> Bureau:
    load_pack(PACK)
    own, other = world.company(facts={"region": REGION}), world.company()
    world.unverified(own, other)
    city = Organisation.objects.create(kind="bureau", name="city")
    districts = {
        name: Organisation.objects.create(kind="bureau", name=name, parent=city, region=region)
        for name, region in (("near", REGION), ("far", "370103"))
    }
    return Bureau(
        owner=world.person(own.organisation),
        member=world.person(own.organisation, role=Role.MEMBER),
        rival=world.person(other.organisation),
        bank=world.person(world.institution().organisation),
        officer=world.person(city, role=Role.BUREAU_OFFICER),
        auditor=world.person(city, role=Role.AUDITOR),
        near=world.person(districts["near"], role=Role.BUREAU_OFFICER),
        far=world.person(districts["far"], role=Role.BUREAU_OFFICER),
    )
