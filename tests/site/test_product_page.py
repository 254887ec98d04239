"""The page of one product: for whoever looks, with the verdict for a company's own need, and its cost."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.eligibility.nodes import conditions
from backend.eligibility.phrases import requirement
from backend.matching.product_cost import cost_example, middle_of, within
from backend.matching.results import Match
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.site.product_page import Condition
from tests.demo_market import TODAY, Demo, Market

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[-1])
    return html.unescape(re.sub(r"\s+", " ", words))


def leaves(node: Condition) -> list[Condition]:
    return [node] if node.joint == "condition" else [leaf for part in node.parts for leaf in leaves(part)]


@pytest.fixture
def company(demo: Demo) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(demo.need.company.organisation.users.get())
    return client


def test_every_condition_of_the_rule_is_said_exactly_once(demo: Demo, english: Client) -> None:
    for product in Product.objects.filter(status="published").select_related("institution")[:40]:
        page = english.get(f"/products/{product.pk}/")
        shown = [leaf.text for leaf in leaves(page.context["conditions"])]
        rule = list(conditions(effective_rule(product)))
        assert page.context["number"] == len(shown) == len(rule)
        for text, (path, condition) in zip(shown, rule, strict=True):
            negated = path.split(".").count("not") % 2 == 1  # the market's rules have no group under a `not`
            assert text == requirement(condition, not negated, "en", vocabulary())
        words = text_of(page)
        assert all(text[:1].upper() + text[1:] in words for text in shown)


def test_a_visitor_reads_the_product_and_is_invited(demo: Demo, english: Client, settings: Any) -> None:
    page = english.get(f"/products/{demo.product.pk}/")
    words = text_of(page)
    assert demo.product.name_en in words
    assert demo.institution.name_en in words
    assert "Sign in as a company" in words
    assert "Look at it as the demo company" in words
    assert f'name="next" value="/products/{demo.product.pk}/"' in page.content.decode()
    assert page.context["verdict"] is None
    settings.DEMO = False
    assert (
        f'href="/sign-in/?next=/products/{demo.product.pk}/"'
        in english.get(f"/products/{demo.product.pk}/").content.decode()
    )


@pytest.mark.parametrize("group", ["eligible", "missing", "almost"])
def test_a_company_reads_its_own_verdict(demo: Demo, company: Client, market: Market, group: str) -> None:
    matches = products_for(demo.need, viewer=market.platform, today=TODAY, language="en", limit=5)
    found: tuple[Match, ...] = getattr(matches, group)
    for match in found:
        page = company.get(f"/products/{match.product.pk}/?need={demo.need.pk}")
        words = text_of(page)
        assert page.context["standing"] == group
        label = {"eligible": "Eligible", "missing": "Data missing", "almost": "Almost"}[group]
        assert f"{label} " in words
        states = {finding.path: (finding.state, finding.settled) for finding in match.findings}
        seen = [(leaf.state, leaf.settled) for leaf in leaves(page.context["conditions"])]
        rule = [path for path, _condition in conditions(effective_rule(match.product))]
        assert seen == [states[path] for path in rule]
        for datum in match.missing:
            assert f"Still to be stated: {datum.label}" in words
        for gap in match.gaps:
            assert gap.text in words
        assert "Sign in as a company" not in words


def test_without_a_need_named_the_latest_open_one_counts(demo: Demo, company: Client) -> None:
    latest = Need.objects.filter(company=demo.need.company, status="open").order_by("-opened_at", "-pk")[0]
    page = company.get(f"/products/{demo.product.pk}/")
    assert page.context["need"] == latest
    Need.objects.filter(company=demo.need.company).update(status="closed")
    page = company.get(f"/products/{demo.product.pk}/")
    assert page.context["verdict"] is None
    assert "File a need, and each condition shows where your company stands." in text_of(page)


def test_what_is_not_the_visitor_s_to_see_is_not_there(demo: Demo, company: Client, english: Client) -> None:
    foreign = Need.objects.filter(status="open").exclude(company=demo.need.company)[0]
    path = f"/products/{demo.product.pk}/"
    assert company.get(f"{path}?need={demo.need.pk}").status_code == 200
    for need in (foreign.pk, 999_999, "x", "１", "9" * 30):
        assert company.get(f"{path}?need={need}").status_code == 404
    assert english.get(f"{path}?need={demo.need.pk}").status_code == 404
    for status in ("suspended", "retired"):
        Product.objects.filter(pk=demo.product.pk).update(status=status)
        assert english.get(path).status_code == company.get(path).status_code == 404
    own = Client(headers={"accept-language": "en"})
    own.force_login(demo.institution.organisation.users.get())
    assert own.get(path).status_code == 200, "its own institution sees it"
    assert english.get("/products/999999/").status_code == 404


def test_the_cost_is_that_of_the_middle_the_need_or_what_was_typed(
    demo: Demo, company: Client, english: Client
) -> None:
    path = f"/products/{demo.product.pk}/"
    shown = english.get(path)
    assert shown.context["basis"] == "middle"
    assert shown.context["example"] == cost_example(demo.product, *middle_of(demo.product))
    own = company.get(f"{path}?need={demo.need.pk}")
    near = within(demo.product, demo.need.amount or Decimal(0), demo.need.term_months or 0)
    assert own.context["example"] == cost_example(demo.product, *near)
    assert own.context["basis"] == "need", "an eligible product lends what is asked"
    months = demo.product.term_max or 12
    amount = demo.product.amount_max or Decimal(1_000_000)
    typed = english.get(path, {"amount": f"{amount / 10_000:f}", "months": str(months)})
    assert typed.context["basis"] == "asked"
    example = cost_example(demo.product, amount, months)
    assert typed.context["example"] == example
    assert [(row.low, row.high) for row in typed.context["rows"]] == [(part.low, part.high) for part in example.parts]
    assert example.cost is not None
    assert f"{typed.context['total'].low:,.2f}" in text_of(typed)


def test_what_cannot_be_lent_is_refused_and_stays_typed(demo: Demo, english: Client) -> None:
    path = f"/products/{demo.product.pk}/"
    assert demo.product.amount_max > 0
    page = english.get(path, {"amount": "99999999", "months": "abc"})
    assert page.status_code == 422
    body = page.content.decode()
    assert 'value="99999999"' in body
    assert 'value="abc"' in body
    assert "This is at most" in body
    assert page.context["example"] == cost_example(demo.product, *middle_of(demo.product))


def test_htmx_gets_the_cost_as_it_stands_on_the_whole_page(demo: Demo, english: Client) -> None:
    path, asked = f"/products/{demo.product.pk}/", {"amount": "100", "months": "12"}
    whole = english.get(path, asked)
    part = english.get(path, asked, headers={"hx-request": "true"})
    assert "HX-Request" in part["Vary"]
    assert "HX-Request" in whole["Vary"]
    section = r'<section class="card" id="cost".*?</section>'

    def cost(response: Any) -> str:
        found = re.search(section, response.content.decode(), re.DOTALL)
        assert found is not None
        return re.sub(r"term-all_in_cost-[0-9a-f]+-\d+", "term", found[0])

    assert cost(part) == cost(whole)
    assert "<html" not in part.content.decode()


def test_an_old_confirmation_is_marked(demo: Demo, english: Client) -> None:
    for days, marked in ((90, False), (91, True)):
        Product.objects.filter(pk=demo.product.pk).update(last_confirmed_on=TODAY - timedelta(days=days))
        assert ("over 90 days ago" in text_of(english.get(f"/products/{demo.product.pk}/"))) is marked


@pytest.mark.parametrize(
    ("terms", "pill", "said"),
    [
        (
            {"window": {"opens": "04-01", "closes": "10-31"}},
            "Applications closed",
            "Applications are closed. They open again on 2027-04-01, until 2027-10-31.",
        ),
        (
            {"window": {"opens": "2026-04-01", "closes": "2026-10-31"}},
            "Applications closed",
            "Applications are closed, and no later date is announced.",
        ),
        ({"budget_left": "0"}, "Budget spent", "The budget is spent. Ask the institution when there is money again."),
    ],
)
def test_what_is_not_on_offer_today_says_why_and_promises_nothing(
    demo: Demo, company: Client, english: Client, terms: dict[str, Any], pill: str, said: str
) -> None:
    path = f"/products/{demo.product.pk}/"
    promised = '<span class="pill pill-good">'
    title = demo.need.title
    assert promised in company.get(f"{path}?need={demo.need.pk}").content.decode()
    Product.objects.filter(pk=demo.product.pk).update(
        terms={**demo.product.terms, **terms}, version=demo.product.version + 1
    )
    for page in (company.get(f"{path}?need={demo.need.pk}"), english.get(path)):
        assert promised not in page.content.decode()
        assert f"{pill} " in text_of(page)
        assert said in text_of(page)
    page = company.get(f"{path}?need={demo.need.pk}")
    assert page.context["standing"] == "eligible"
    assert f"Your need “{title}” meets every condition, but a company cannot apply for it now." in text_of(page)
    assert "The institution decides." not in text_of(page)


def test_what_is_for_lenders_says_so(demo: Demo, english: Client) -> None:
    pool = Product.objects.filter(kind="public_money.risk_compensation")[0]
    words = text_of(english.get(f"/products/{pool.pk}/"))
    assert "Not for companies " in words
    assert "It is for institutions: no company applies for it." in words


def test_a_yearly_window_is_a_line_of_its_terms(demo: Demo, english: Client) -> None:
    subsidy = Product.objects.get(code="ip-pledge-interest")
    lines = {line.label: line.text for line in english.get(f"/products/{subsidy.pk}/").context["lines"]}
    assert lines["Applications"] == "every year from 1 April to 31 October"


def test_every_product_of_the_market_has_its_page_in_both_languages(
    demo: Demo, english: Client, chinese: Client
) -> None:
    for product in Product.objects.filter(status="published"):
        for client in (english, chinese):
            page = client.get(f"/products/{product.pk}/")
            assert page.status_code == 200
            assert all(line.label and line.text for line in page.context["lines"])
            assert len(page.context["fees"]) == len(product.fees)


def test_query_budgets(
    demo: Demo, company: Client, english: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = f"/products/{demo.product.pk}/"
    for client, number in ((english, 4), (company, 8)):
        client.get(path)
        with django_assert_num_queries(number):
            assert client.get(path).status_code == 200
