"""Lists of cases: a company's financing, an inbox with its filters, and how often the database is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.applications import services
from backend.applications.models import Application
from tests import world
from tests.applications.playing import Sides, bank, colleague
from tests.demo_market import of
from tests.site.reading import untranslated_chinese, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def now_table(table: Sides) -> Sides:
    """The table as it is today: pages ask the clock of the wall."""
    return replace(table, now=timezone.now())


@pytest.fixture
def bureau(now_table: Sides) -> User:
    return world.person_of("bureau")


def test_a_company_sees_first_what_waits_for_it(now_table: Sides) -> None:
    table = now_table
    products = [table.product, *(bank()[1] for _ in range(3))]
    sent = table.send(*products)
    services.application_withdraw(actor=table.owner, application_id=sent[3].pk, now=table.now)
    table.offer(table.reviewed(sent[1]))
    found = of(table.owner).get("/cases/").context["found"]
    listed = {name: [row.case.pk for row in getattr(found, name)] for name in ("own", "others", "running", "over")}
    assert listed == {
        "own": [sent[1].pk], "others": [sent[0].pk, sent[2].pk], "running": [], "over": [sent[3].pk],
    }  # fmt: skip
    assert "1 offer waits for your choice." in words_of(of(table.owner).get("/cases/"))
    newcomer = colleague(world.company().organisation, Role.OWNER)
    assert "You have not applied yet" in words_of(of(newcomer).get("/cases/"))


@pytest.fixture
def desk(now_table: Sides) -> tuple[Sides, dict[str, Application]]:
    """A bank's desk: cases of several companies, sent on several days."""
    cases = {}
    for name, days in (("late", 10), ("soon", 0), ("asked", 3), ("refused", 5)):
        need = world.need(world.company(name=f"{name}公司"))
        owner = colleague(need.company.organisation, Role.OWNER)
        table = replace(now_table, company=need.company, need=need, owner=owner)
        (case,) = table.send(now=now_table.now - timedelta(days=days))
        cases[name] = case
        if name == "asked":
            table.reviewed(case)
            services.application_ask_more(
                actor=now_table.worker, application_id=case.pk, documents=[], note="请补充", now=now_table.now
            )
        if name == "refused":
            table.refuse(case, "7")
    return now_table, cases


def test_an_inbox_is_filtered_and_sorted_by_its_address(
    desk: tuple[Sides, dict[str, Application]], bureau: User
) -> None:
    table, cases = desk
    worker = of(table.worker)

    def rows(query: str, client: Client = worker) -> list[int]:
        return [row.case.pk for row in client.get(f"/cases/{query}").context["rows"]]

    late, soon, asked, refused = (cases[name].pk for name in ("late", "soon", "asked", "refused"))
    assert rows("") == rows("?show=nonsense&sort=nonsense") == [late, soon]
    assert rows("?sort=-due") == [soon, late]
    assert rows("?show=overdue") == [late]
    assert rows("?show=waiting") == [asked]
    assert rows("?show=over") == [refused]
    assert sorted(rows("?show=all")) == sorted([late, soon, asked, refused])
    assert rows("?show=all&sort=sent") == [late, refused, asked, soon]
    page = worker.get("/cases/?show=all&sort=sent")
    assert {tab.label: tab.count for tab in page.context["tabs"]} == {
        "To do": 2, "New": 2, "Due today": 0, "Overdue": 1, "Waiting for the company": 1, "Paid out": 0, "Over": 1,
        "All": 4,
    }  # fmt: skip
    assert page.context["heads"]["sent"].url == "?show=all&sort=-sent"
    assert page.context["heads"]["sent"].sorted == "ascending"
    other = of(colleague(table.bank.organisation, Role.ACCOUNT_MANAGER))
    assert rows("?show=all&mine=1&sort=sent", other) == [late, refused, soon]
    assert rows("?show=all&mine=1&sort=sent") == [late, refused, asked, soon]
    assert sorted(rows("?show=all", of(bureau))) == sorted([late, soon, asked, refused])
    assert rows("?show=all", of(bank()[2])) == []
    assert rows("?page=99") == [late, soon]


def test_pages_in_english_say_no_chinese_but_names(now_table: Sides, bureau: User) -> None:
    case = now_table.played("repaying")
    refused = replace(now_table, need=world.need(now_table.company)).played("refused")
    for user, paths in (
        (now_table.owner, ["/cases/", f"/cases/{case.pk}/", f"/cases/{refused.pk}/", f"/needs/{case.need_id}/offers/"]),
        (now_table.worker, ["/cases/?show=all", f"/cases/{case.pk}/"]),
        (bureau, ["/cases/?show=all", f"/cases/{case.pk}/"]),
    ):
        for path in paths:
            assert untranslated_chinese(of(user).get(path), ()) == [], path


BUDGET = {"financing": 9, "inbox": 7, "case": 23, "offers": 8}
"""Database queries of each page, exactly, whatever the number of cases."""


def test_query_budgets(now_table: Sides, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    table = now_table
    other = bank()[1]
    one, two = (table.reviewed(case) for case in table.send(table.product, other))
    table.offer(one), table.offer(two)
    owner, worker = of(table.owner), of(table.worker)
    worker.get(f"/cases/{one.pk}/")
    for name, client, path in (
        ("financing", owner, "/cases/"),
        ("inbox", worker, "/cases/"),
        ("case", worker, f"/cases/{one.pk}/"),
        ("offers", owner, f"/needs/{table.need.pk}/offers/"),
    ):
        client.get(path)
        with django_assert_num_queries(BUDGET[name]):
            assert client.get(path).status_code == 200
