"""The bureau's pages and downloads say what the services found, to the bureau and the platform alone."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import Organisation, User
from backend.companies.models import Company
from backend.matching.market import Summary
from backend.needs.models import Need
from backend.operations import translations
from backend.overview.queries import SEVERAL, overview, uncovered_needs, uncovered_needs_all
from backend.overview.results import Overview
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.site.charts import Chart
from backend.site.downloads import escaped
from tests import world
from tests.demo_market import TODAY, Market

pytestmark = pytest.mark.django_db
TABLES = ("coverage", "bindings", "districts", "industries", "amounts", "kinds")


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    translations.compile_all()


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(timezone, "localdate", lambda *_args: TODAY)
    cache.clear()
    yield
    cache.clear()


def _client(who: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(who)
    return client


@pytest.fixture
def client(market: Market) -> Client:
    return _client(market.bureau)


@pytest.fixture
def chinese(market: Market) -> Client:
    return _client(market.bureau, "zh-hans")


def _words(response: Any) -> str:
    """The words of a page: tags and repeated spaces left out."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode().split('<main id="content" tabindex="-1">', 1)[1])
    return html.unescape(re.sub(r"\s+", " ", text))


def _found(market: Market, language: str = "en", **params: list[str]) -> Overview:
    return overview(market.bureau, today=TODAY, language=language, params=params)


def _numbers(chart: Chart) -> list[tuple[str, list[int | Decimal | None]]]:
    return [(row.name, [value.number for value in row.values]) for row in chart.rows]


def _sums(summary: Summary) -> list[int | Decimal]:
    return [summary.demand, summary.companies, summary.first_time, summary.first_time_unknown]


def _csv(response: Any) -> list[list[str]]:
    text = response.content.decode()
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:])))


def test_figures_are_the_services(market: Market, client: Client) -> None:
    found = _found(market)
    response = client.get("/bureau/")
    shown = {figure.key: figure for one in response.context["figures"] for figure in (one, *one.under)}
    assert {key: figure.text for key, figure in shown.items() if key != "demand"} == {
        "needs": f"{found.asked.needs:,}",
        "companies": f"{found.asked.companies:,}",
        "registered": f"{found.registered:,}",
        "first_time": f"{found.asked.first_time:,}",
        "first_time_unknown": f"{found.asked.first_time_unknown:,}",
        "products": f"{found.products:,}",
        "institutions": f"{found.institutions:,}",
    }
    assert shown["demand"].text.startswith("CNY ")
    words = _words(response)
    assert "as of 2026-11-24" in words
    for figure in shown.values():
        assert f"{figure.label} {figure.definition}" in words
        assert figure.text in words


def test_tables_are_the_services(market: Market, client: Client) -> None:
    found = _found(market)
    charts = client.get("/bureau/").context["charts"]
    assert tuple(charts) == TABLES
    for name, segments in (
        ("districts", found.by_region),
        ("industries", found.by_industry),
        ("amounts", found.by_amount),
    ):
        assert _numbers(charts[name]) == [
            (
                one.label or "Not stated",
                [one.asked.needs, one.covered, one.pending, one.uncovered, one.covered_share, *_sums(one.asked)],
            )
            for one in segments
        ]
    assert [(name, numbers[:4]) for name, numbers in _numbers(charts["bindings"])] == [
        (one.label, [one.opened, one.eligible, one.opened - one.eligible, one.demand]) for one in found.bindings
    ]
    assert [row.values[4].text for row in charts["bindings"].rows] == [
        "Yes" if one.improvable else "No" for one in found.bindings
    ]
    assert [row.drawn for row in charts["bindings"].rows] == [place < 10 for place in range(len(found.bindings))]
    assert [(name, [numbers[0], numbers[2], *numbers[3:]]) for name, numbers in _numbers(charts["kinds"])] == [
        (
            one.label,
            [one.eligible.needs, *_sums(one.eligible), one.products],
        )
        for one in found.by_kind
    ]
    parts = (found.covered, found.pending, found.uncovered)
    assert [(numbers[0], numbers[2]) for _name, numbers in _numbers(charts["coverage"])] == [
        (part.needs, part.demand) for part in parts
    ]
    assert charts["coverage"].rows[0].values[1].number == found.covered_share


def test_the_page_draws_what_the_tables_hold(client: Client) -> None:
    response = client.get("/bureau/")
    page = response.content.decode()
    for chart in response.context["charts"].values():
        for row in chart.rows:
            cells = "".join(
                f"<td>{value.text}</td>"
                if value.number is None
                else f'<td class="num" data-value="{value.number}">{value.text}</td>'
                for value in row.values
            )
            assert cells in page


def test_the_bars_have_no_gap(market: Market, client: Client) -> None:
    for whole in client.get("/bureau/").context["bars"]:
        ends = [part.start + part.width for part in whole.parts]
        assert [part.start for part in whole.parts] == [0, *ends[:-1]]
        assert abs(ends[-1] - 100) <= Decimal("0.02")


def test_a_row_narrows_and_the_links_carry_it(market: Market, client: Client) -> None:
    first = client.get("/bureau/", {"first_time": "yes", "other": "x"})
    row = first.context["charts"]["districts"].rows[0]
    code = _found(market, first_time=["yes"]).by_region[0].code
    assert row.url == f"?first_time=yes&region={code}"
    narrowed = client.get("/bureau/" + row.url)
    found = _found(market, first_time=["yes"], region=[code])
    assert narrowed.context["found"].asked == found.asked
    assert 0 < found.asked.needs < _found(market).asked.needs
    assert {link.label: link.url for link in narrowed.context["facets"]["chosen"]} == {
        row.name: "?first_time=yes",
        "Has never borrowed": f"?region={code}",
    }
    assert narrowed.context["charts"]["districts"].rows[0].url == ""
    for name, chart in narrowed.context["charts"].items():
        assert chart.download == f"/bureau/{name}.csv?region={code}&first_time=yes"
    for one in narrowed.context["charts"]["bindings"].rows:
        assert one.url.startswith(f"/bureau/uncovered/?region={code}&first_time=yes&binding=")
    chosen = {select.name: [one.value for one in select.options if one.selected] for select in first.context["selects"]}
    assert chosen == {"region": [], "industry": [], "amount": [], "first_time": ["yes"]}


def test_several_choices_of_a_filter_stay_together(market: Market, client: Client) -> None:
    response = client.get("/bureau/?first_time=no&first_time=unknown&region=&industry=")
    assert response.context["found"].asked == _found(market, first_time=["no", "unknown"]).asked
    (select,) = [one for one in response.context["selects"] if one.name == "first_time"]
    assert [(one.value, one.count) for one in select.options if one.selected] == [("no,unknown", None)]
    again = client.get("/bureau/", {"first_time": "no,unknown"})
    assert again.context["found"].asked == response.context["found"].asked


def test_kinds_lead_to_the_shelf(market: Market, client: Client) -> None:
    rows = client.get("/bureau/").context["charts"]["kinds"].rows
    assert [row.url for row in rows] == [f"/products/?kind={one.code}" for one in _found(market).by_kind]


def test_uncovered_needs_are_listed(market: Market, client: Client) -> None:
    key = _found(market).bindings[0].key
    for query in ("", f"binding={key}", f"binding={SEVERAL}", "first_time=yes"):
        params = dict(part.split("=") for part in query.split("&") if part)
        binding = params.pop("binding", "")
        expected = uncovered_needs(
            market.bureau,
            today=TODAY,
            language="en",
            params={name: [value] for name, value in params.items()},
            binding=binding,
            size=25,
        )
        response = client.get(f"/bureau/uncovered/?{query}")
        assert response.context["found"] == expected
        page, words = response.content.decode(), _words(response)
        for need in expected.results:
            assert f'href="/needs/{need.need_id}/"' in page
            assert need.company in words
            for one in need.obstacles or ():
                assert one.text in words
    several = client.get(f"/bureau/uncovered/?binding={SEVERAL}").context["selects"][-1]
    assert [(one.value, one.count) for one in several.options if one.selected] == [
        (SEVERAL, _found(market).several.needs)
    ]


def test_each_binding_opens_as_many_needs_as_it_says(market: Market, client: Client) -> None:
    for row in client.get("/bureau/").context["charts"]["bindings"].rows:
        assert client.get(row.url).context["found"].total == row.values[0].number


def test_pages_follow_each_other(market: Market, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.overview.web.LISTED", 3)
    seen: list[int] = []
    url = "/bureau/uncovered/?binding=term"
    total = client.get(url).context["found"].total
    assert total > 3
    while url:
        response = client.get(url)
        seen += [need.need_id for need in response.context["found"].results]
        url = response.context["next"] and "/bureau/uncovered/" + response.context["next"]
    everything = uncovered_needs_all(market.bureau, today=TODAY, binding="term")
    assert seen == [need.need_id for need in everything]
    assert "There are not as many pages." in _words(client.get("/bureau/uncovered/?binding=term&page=99"))


@pytest.mark.parametrize("query", ["", "?first_time=yes", "?industry=C,F"])
@pytest.mark.parametrize("name", TABLES)
def test_a_download_is_the_table(client: Client, name: str, query: str) -> None:
    chart = client.get(f"/bureau/{query}").context["charts"][name]
    response = client.get(f"/bureau/{name}.csv{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{chart.title} 2026-11-24.csv"'
    head, *rows = _csv(response)
    assert head == [chart.head, *(f"{one.name} ({one.unit})" if one.unit else one.name for one in chart.series)]
    assert rows == [
        [row.name, *(value.text if value.number is None else str(value.number) for value in row.values)]
        for row in chart.rows
    ]


def test_the_list_is_downloaded_whole(market: Market, client: Client) -> None:
    need = uncovered_needs_all(market.bureau, today=TODAY)[0]
    Need.objects.filter(pk=need.need_id).update(title="=1+1")
    Company.objects.filter(pk=need.company_id).update(name="@SUM(A1)")
    head, *rows = _csv(client.get("/bureau/uncovered.csv"))
    assert head[0] == "Financing need"
    needs = uncovered_needs_all(market.bureau, today=TODAY, language="en")
    assert [row[4] for row in rows] == [str(one.amount) for one in needs]
    assert rows[0][:2] == ["'=1+1", "'@SUM(A1)"]
    assert [row[5] for row in rows] == [one.opened_on.isoformat() if one.opened_on else "–" for one in needs]
    assert [row[7] for row in rows] == [
        "; ".join(obstacle.text for obstacle in one.obstacles) or "At least two items must change" for one in needs
    ]
    narrowed = _csv(client.get("/bureau/uncovered.csv?binding=term&first_time=yes"))
    expected = uncovered_needs_all(market.bureau, today=TODAY, params={"first_time": ["yes"]}, binding="term")
    assert len(narrowed) == 1 + len(expected)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=A1", "'=A1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("a=1", "a=1"), ("–", "–")],
)
def test_words_are_no_formulas(cell: str, written: str) -> None:
    assert escaped(cell) == written
    assert escaped(Decimal("-1.50")) == "-1.50"


ADDRESSES = ("/bureau/", "/bureau/uncovered/", "/bureau/districts.csv", "/bureau/uncovered.csv")


def _company() -> User:
    return world.person(Company.objects.order_by("pk")[0].organisation)


def _institution() -> User:
    return world.person(Product.objects.select_related("institution").order_by("pk")[0].institution.organisation)


@pytest.mark.parametrize("address", ADDRESSES)
def test_bureau_and_platform_see_it_and_nobody_else(market: Market, address: str) -> None:
    assert _client(market.bureau).get(address).status_code == 200
    assert _client(market.platform).get(address).status_code == 200
    for who in (_company(), _institution(), world.person(None)):
        refused = _client(who).get(address)
        assert refused.status_code == 403
        assert "This page is not for your account" in _words(refused)
        assert f"{Organisation.Kind.BUREAU.label}" in _words(refused)
    away = Client().get(address)
    assert (away.status_code, away["Location"]) == (302, f"/sign-in/?next={address}")
    assert _client(market.bureau).post(address).status_code == 405


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/bureau/?region=999999", 400),
        ("/bureau/districts.csv?first_time=maybe", 400),
        ("/bureau/uncovered/?binding=no_such", 400),
        ("/bureau/uncovered/?page=0", 400),
        ("/bureau/uncovered/?page=two", 400),
        ("/bureau/uncovered/?page=99999999999", 400),
        ("/bureau/nothing.csv", 404),
    ],
)
def test_what_is_wrong_is_said(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_an_empty_market_has_its_page(market: Market, client: Client) -> None:
    Need.objects.update(status="closed", version=F("version") + 1)
    assert "No open need under these filters" in _words(client.get("/bureau/"))
    assert "No uncovered need under these filters." in _words(client.get("/bureau/uncovered/"))
    assert len(_csv(client.get("/bureau/uncovered.csv"))) == 1
    assert [row[2] for row in _csv(client.get("/bureau/coverage.csv"))[1:]] == ["–"] * 3


@pytest.mark.parametrize("address", ["/bureau/", "/bureau/?first_time=yes&region=370102", "/bureau/uncovered/"])
def test_chinese_pages_are_chinese(chinese: Client, address: str) -> None:
    words = _words(chinese.get(address))
    assert set(re.findall(r"[A-Za-z]{2,}", words)) <= {"CSV", "SME"}


def test_both_languages_show_the_same_figures(market: Market, client: Client, chinese: Client) -> None:
    for name in TABLES:
        in_english, in_chinese = _csv(client.get(f"/bureau/{name}.csv")), _csv(chinese.get(f"/bureau/{name}.csv"))
        assert _figures(in_english) == _figures(in_chinese)
    labels = [row[0] for row in _csv(chinese.get("/bureau/districts.csv"))[1:]]
    regions = _found(market).by_region
    assert labels == [vocabulary().label("regions", one.code).zh for one in regions]
    assert "%E6%8C%89%E5%8C%BA%E5%8E%BF" in chinese.get("/bureau/districts.csv")["Content-Disposition"]


def _figures(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[cell for cell in row if re.fullmatch(r"[0-9.]+", cell)] for row in rows[1:]]


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/bureau/", 11), ("/bureau/uncovered/", 9), ("/bureau/kinds.csv", 11), ("/bureau/uncovered.csv", 9)],
)
def test_query_budgets(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, queries: int
) -> None:
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
