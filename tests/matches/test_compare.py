"""Products side by side: what the service answers, and which value of a line is marked as the best."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backend.matches.comparison import comparison
from backend.matching.advice import compare
from backend.matching.cost import CostRange
from backend.matching.product_cost import product_cost_parts
from backend.matching.results import Finding, Match
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.products.models import Institution, Product
from backend.site.cards import CostRow, MatchCard
from backend.site.templatetags import values
from tests.demo_market import Case, of
from tests.matches.reading import body_of, words_of

pytestmark = pytest.mark.django_db


def some(case: Case, number: int = 4) -> list[int]:
    """Products of all three groups."""
    found = products_for(case.need, viewer=case.owner, today=case.today, limit=10)
    return [one.product.pk for one in (found.almost[0], found.eligible[0], found.missing[0], found.eligible[1])][
        :number
    ]


def path_of(case: Case, ids: list[int]) -> str:
    return f"{case.path}compare/?" + "&".join(f"p={id}" for id in ids)


def row(body: str, head: str) -> list[str]:
    """The cells of a line, as words."""
    line = re.search(rf'<th scope="row">(?:<button[^>]*>)?{head}.*?</th>(.*?)</tr>', body, re.DOTALL)
    assert line is not None, head
    cells = re.findall(r"<td[^>]*>(.*?)</td>", line[1], re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_what_the_service_answers(case: Case, language: str) -> None:
    ids = some(case)
    matches = compare(case.need, ids, viewer=case.owner, today=case.today, language=language)
    response = of(case.owner, language).get(path_of(case, ids))
    body, words = body_of(response), words_of(response)
    assert [match.product.pk for match in matches] == ids
    names = re.findall(r'<a class="compare-name" href="([^"]+)">', body)
    assert names == [f"/products/{id}/?need={case.need.pk}" for id in ids]
    for match in matches:
        assert (match.product.name_en if language == "en" else match.product.name_zh) in words
        assert all(" ".join(reason.text.split()) in words for reason in match.reasons)
        open_ones = [one for one in match.findings if one.state != "met" and not one.settled]
        assert all(" ".join(finding.text.split()) in words for finding in open_ones)
        assert all(values.label(paper, "document_kinds") for paper in match.product.documents)
        parts = product_cost_parts(match.product, case.need.amount, case.need.term_months)
        assert all(f"{part.low:,.2f}" in words and f"{part.high:,.2f}" in words for part in parts)
        if match.cost:
            assert values.cost(match.cost) in words


def test_each_line_stands_in_the_order_chosen(case: Case) -> None:
    ids = some(case)
    matches = compare(case.need, ids, viewer=case.owner, today=case.today, language="en")
    body = body_of(of(case.owner).get(path_of(case, ids)))
    states = {"met": "Eligible", "unknown": "Data missing", "unmet": "Almost"}
    for cell, match in zip(row(body, "Standing"), matches, strict=True):
        assert cell.startswith(states[match.state])
    for cell, match in zip(row(body, "Last confirmed"), matches, strict=True):
        assert cell.startswith(str(match.product.last_confirmed_on))
    for cell, match in zip(row(body, "Papers to prepare"), matches, strict=True):
        assert cell.startswith(f"{len(match.product.documents)} paper")
        assert all(values.label(paper, "document_kinds") in cell for paper in match.product.documents)
    for cell, match in zip(row(body, "Total"), matches, strict=True):
        parts = product_cost_parts(match.product, case.need.amount, case.need.term_months)
        assert cell.startswith(f"{sum(part.low for part in parts):,.2f}" if parts else "–")


def test_what_is_not_on_offer_today_says_so_instead_of_its_standing(case: Case) -> None:
    eligible = products_for(case.need, viewer=case.owner, today=case.today, limit=2).eligible
    closed, other = (match.product for match in eligible)
    terms = {**closed.terms, "window": {"opens": "12-01", "closes": "12-20"}}
    Product.objects.filter(pk=closed.pk).update(terms=terms, version=closed.version + 1)
    body = body_of(of(case.owner).get(path_of(case, [closed.pk, other.pk])))
    said, promised = row(body, "Standing")
    assert said == "Applications closed Applications are closed. They open again on 2026-12-01, until 2026-12-20."
    assert promised.startswith("Eligible")


def test_one_can_be_taken_out_by_a_link(case: Case) -> None:
    ids = some(case, 3)
    body = body_of(of(case.owner).get(path_of(case, ids)))
    ways = re.findall(r'<a class="compare-out small" href="([^"]+)"', body)
    assert [way.replace("&amp;", "&") for way in ways] == [
        path_of(case, [id for id in ids if id != out]) for out in ids
    ]
    assert f'href="{case.path}?{"&amp;".join(f"p={id}" for id in ids)}"' in body


def test_more_than_four_are_refused_and_the_choice_is_kept(case: Case) -> None:
    ids = list(Product.objects.filter(status="published").order_by("pk").values_list("pk", flat=True)[:5])
    response = of(case.owner).get(path_of(case, ids))
    assert response.status_code == 422
    assert "At most four products can be compared: leave some out." in words_of(response)
    assert re.findall(r'name="p" value="(\d+)" form="compare" checked', body_of(response)) == [str(id) for id in ids]


def test_what_is_hidden_or_not_there_is_left_out(case: Case) -> None:
    ids = some(case)
    hidden = Product.objects.filter(status="published").exclude(pk__in=ids)[0]
    Product.objects.filter(pk=hidden.pk).update(status="retired")
    client = of(case.owner)
    shown = client.get(path_of(case, [ids[0], hidden.pk, 10**9]) + "&p=x&p=" + "9" * 40)
    assert [column.card.match.product.pk for column, _without in shown.context["columns"]] == [ids[0]]
    assert set(re.findall(r"p=(\d+)", body_of(shown).split("<main", 1)[1])) == {str(ids[0])}
    answer = client.get(path_of(case, [*ids, hidden.pk]))
    assert (answer.status_code, answer["Location"]) == (302, path_of(case, ids))


def test_without_a_choice_the_way_back_is_shown(case: Case) -> None:
    response = of(case.owner).get(f"{case.path}compare/")
    assert response.status_code == 200
    assert "No product is chosen" in words_of(response)
    assert f'href="{case.path}">To the matches</a>' in body_of(response)


def test_a_need_without_term_compares_without_sums(case: Case) -> None:
    Need.objects.filter(pk=case.need.pk).update(term_months=None)
    response = of(case.owner).get(path_of(case, some(case)))
    assert response.status_code == 200
    assert "What it costs in money needs the need's amount and term." in words_of(response)
    assert f'href="/needs/{case.need.pk}/edit/terms/">State it now</a>' in body_of(response)
    assert response.context["costs"] == ()


def test_the_bureau_compares_read_only(case: Case) -> None:
    body = body_of(of(case.bureau).get(path_of(case, some(case)))).split("<main", 1)[1]
    assert "/company/" not in body
    assert "/edit/" not in body


def card(**changed: Any) -> MatchCard:
    """A product like any other but for `changed`: columns of it, `answer_days`, or parts of the match."""
    parts = {name: changed.pop(name) for name in ("cost", "state", "supplement", "findings") if name in changed}
    rows = changed.pop("cost_rows", ())
    institution = Institution(answer_days=changed.pop("answer_days", None))
    product = Product(institution=institution, amount_max=Decimal(100), term_max=12, **changed)
    match = Match(product=product, state="met", score=0.5, cost=None, reasons=(), findings=())
    return MatchCard(replace(match, **parts), rows, 0, 0)


def cost(low: str, high: str) -> CostRange:
    return CostRange(Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("line", "values", "best"),
    [
        ("state", [{"state": "unmet"}, {"state": "met"}, {"state": "unknown"}], [1]),
        ("state", [{"state": "unmet"}, {"state": "unknown"}], [1]),
        ("state", [{"state": "met"}, {"state": "met"}], []),
        ("cost", [{"cost": cost("3", "5")}, {"cost": cost("2", "9")}, {}], [0]),
        (
            "cost",
            [{"cost": cost("3", "5")}, {"cost": cost("1", "1"), "supplement": True}, {"cost": cost("4", "5")}],
            [0],
        ),
        ("cost", [{"cost": cost("3", "5")}, {}], []),
        (
            "rate",
            [{"rate_min": Decimal(3), "rate_max": Decimal(4)}, {"rate_min": Decimal(2), "rate_max": Decimal(9)}],
            [0],
        ),
        ("collateral", [{"collateral": ["house"]}, {"collateral": []}], [1]),
        ("answer", [{"answer_days": Decimal(3)}, {"answer_days": Decimal("2.5")}, {}], [1]),
        (
            "confirmed",
            [
                {"last_confirmed_on": date(2026, 1, 2)},
                {"last_confirmed_on": date(2026, 3, 1)},
                {"last_confirmed_on": None},
            ],
            [1],
        ),
        ("papers", [{"documents": ["a", "b"]}, {"documents": ["a"]}, {"documents": ["c"]}], [1, 2]),
    ],
)
def test_the_best_of_a_line(line: str, values: list[dict[str, Any]], best: list[int]) -> None:
    columns = comparison([card(**changed) for changed in values]).columns
    assert [place for place, column in enumerate(columns) if line in column.best] == best


@pytest.mark.parametrize(("line", "column"), [("amount", "amount_max"), ("term", "term_max")])
def test_no_limit_is_more_than_any(line: str, column: str) -> None:
    cards = [card(), card(), card()]
    for one, most in zip(cards, (50, 0, 90), strict=True):
        setattr(one.match.product, column, most)
    assert [line in one.best for one in comparison(cards).columns] == [False, True, False]


def test_sums_of_the_same_payment_stand_on_one_line() -> None:
    def paid(label: str, payee: str, low: int, high: int) -> CostRow:
        return CostRow(label, payee, Decimal(low), Decimal(high))

    first = card(cost_rows=(paid("interest", "bank", 5, 7), paid("fee", "guarantor", 1, 1)))
    second = card(cost_rows=(paid("fee", "guarantor", 2, 2), paid("fee", "bank", 3, 3)))
    found = comparison([first, second, card()])
    assert [(line.label, line.payee) for line in found.costs] == [
        ("interest", "bank"),
        ("fee", "guarantor"),
        ("fee", "bank"),
    ]
    assert [[sum and sum.low for sum in line.sums] for line in found.costs] == [
        [5, None, None],
        [1, 2, None],
        [None, 3, None],
    ]
    assert [("total" in column.best) for column in found.columns] == [False, True, False]


def test_conditions_that_nothing_depends_on_are_not_listed() -> None:
    findings = tuple(
        Finding("", "region", state, state, settled)
        for state in ("met", "unmet", "unknown")
        for settled in (False, True)
    )
    (column,) = comparison([card(findings=findings)]).columns
    assert (column.unmet, column.unknown) == ((findings[2],), (findings[4],))
