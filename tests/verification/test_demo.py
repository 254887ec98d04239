"""The demo's requests: made once, in each state, and in the demo alone."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.roles import Role
from backend.verification.content import content_type_of
from backend.verification.demo import WAITING, demo_requests_ensure, page_of
from backend.verification.models import Paper, Verification
from tests import world
from tests.verification.conftest import Bureau

pytestmark = pytest.mark.django_db


def test_each_state_is_there_once(bureau: Bureau) -> None:
    for _ in range(WAITING):
        world.company()
    organisation = bureau.owner.organisation
    assert organisation is not None
    assert demo_requests_ensure(company=organisation, officer=bureau.officer) == WAITING + 2
    assert demo_requests_ensure(company=organisation, officer=bureau.officer) == WAITING + 2
    states = list(Verification.objects.order_by("pk").values_list("status", flat=True))
    assert states == ["approved", *["submitted"] * WAITING, "returned"]
    assert Verification.objects.get(status="approved").organisation == organisation
    assert Paper.objects.count() == 2 * (WAITING + 2)


def test_outside_of_the_demo_there_are_none(bureau: Bureau, settings: Any) -> None:
    settings.DEMO = False
    assert bureau.owner.organisation is not None
    assert demo_requests_ensure(company=bureau.owner.organisation, officer=bureau.officer) == 0
    assert not Verification.objects.exists()


def test_a_city_without_the_parameter_has_none() -> None:
    company = world.company()
    officer = world.person_of("bureau", Role.BUREAU_OFFICER)
    assert demo_requests_ensure(company=company.organisation, officer=officer) == 0


def test_the_papers_are_pdfs() -> None:
    assert content_type_of(page_of("LICENCE 1 DEMO")) == "application/pdf"
