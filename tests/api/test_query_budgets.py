"""How many database queries each read takes: exactly what `query_budgets.json` says, however long the page is.

Counted on the second call, when what is kept in memory (pack, rules) is there. A read without a budget fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backend.accounts.roles import Role
from backend.accounts.services import InvitationInput, invite
from backend.indexing.services import drain_all
from tests import world
from tests.api.market import Market, small_market
from tests.api.test_role_matrix import call_of, operations
from tests.verification.building import submitted

BUDGETS = Path(__file__).with_name("query_budgets.json")
PAGED = (
    *("companies", "needs", "products", "product-leads", "members", "invitations", "organisations", "verifications"),
    "applications",
)
ASKED_BY = {"product-leads": "bank_a", "attachment": "bank_a", "application-messages": "bank_a"}
QUERY = {"need-suggestions": "?q=流", "product-suggestions": "?q=信"}


def budgets() -> dict[str, int]:
    found: dict[str, int] = json.loads(BUDGETS.read_text())
    return found


def reads() -> list[str]:
    return [name for method, name in operations() if method == "GET"]


def queries_of(market: Market, name: str, parameters: str = "") -> tuple[int, Any]:
    address, _ = call_of(market, f"GET {name}")
    client = market.client(ASKED_BY.get(name, "platform"))
    path = reverse(f"api:{name}", kwargs=address or None) + (parameters or QUERY.get(name, ""))
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(path)
    assert answer.status_code == 200, (name, answer.content)
    return len(captured), answer


def grown(market: Market) -> None:
    """Five more of everything that is listed."""
    administrator = market.people["platform"]
    assert administrator is not None
    for number in range(5):
        company = world.company(name=f"第{number}公司", facts={"tax_grade": "A", "annual_revenue": "30000000"})
        world.need(company, title="流动资金周转")
        world.product(market.institution)
        world.unverified(company)
        submitted(world.person(company.organisation))
        invite(
            actor=administrator,
            data=InvitationInput(email=f"person-{number}@example.com", role=Role.AUDITOR),
            address_of=lambda token: token,
        )
    drain_all()


def test_every_read_has_a_budget() -> None:
    assert sorted(budgets()) == sorted(reads())


@pytest.mark.django_db
def test_reads_keep_to_their_budgets_whatever_the_market_holds() -> None:
    market = small_market()
    small = {name: queries_of(market, name)[0] for name in reads()}
    grown(market)
    assert (small, {name: queries_of(market, name)[0] for name in reads()}) == (budgets(), budgets())


@pytest.mark.django_db
def test_a_long_page_takes_as_many_queries_as_a_short_one() -> None:
    market = small_market()
    grown(market)
    counted, lengths = {}, {}
    for name in PAGED:
        for limit in (1, 5):
            counted[name, limit], answer = queries_of(market, name, f"?limit={limit}")
            lengths[name, limit] = len(answer.json()["results"])
    assert lengths == {(name, limit): limit for name in PAGED for limit in (1, 5)}
    assert counted == {(name, limit): budgets()[name] for name in PAGED for limit in (1, 5)}
