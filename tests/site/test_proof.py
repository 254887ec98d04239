"""The proof at the end of the preparation, and that the site shows the same case."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from backend.accounts.demo_names import DEMO_COMPANY, DEMO_INSTITUTION
from backend.accounts.models import User
from backend.accounts.services import DEMO_PASSWORD
from tests.demo_market import Market

pytestmark = pytest.mark.django_db


def proof() -> str:
    out = StringIO()
    call_command("show_proof", stdout=out)
    return out.getvalue()


def test_the_site_shows_what_the_proof_showed(market: Market, fresh: None, chinese: Client) -> None:
    said = proof()
    company = re.findall(r"^(\S.*?) · ", said, re.MULTILINE)[0]
    product = re.findall(r" · (\S+) · [\d,]+ 条线索$", said, re.MULTILINE)[0]
    home = chinese.get("/").context
    assert home["case"].need.company.name == company
    assert home["case"].product.name_zh == product
    assert User.objects.get(username=DEMO_COMPANY).organisation == home["case"].need.company.organisation
    for card in home["matches"]:
        assert f"{card.match.product.name_zh}（{card.match.product.institution.name_zh}）" in said
    assert len(home["leads"]) == 3
    for card in home["leads"]:
        assert card.lead.need.company.name in said


def test_outside_of_the_demo_the_proof_gives_no_account(market: Market, fresh: None, settings: Any) -> None:
    settings.DEMO = False
    said = proof()
    assert " · " in said
    assert DEMO_PASSWORD not in said
    assert not User.objects.filter(username__in=[DEMO_COMPANY, DEMO_INSTITUTION]).exists()
