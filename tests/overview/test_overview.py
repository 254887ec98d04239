"""The overview is what the verdicts of every need and product add up to, and is for bureau and platform alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.accounts.audience import Viewer
from backend.accounts.models import User
from backend.common.errors import InvalidInput, NotAllowed
from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.verdict import State
from backend.needs.models import Need
from backend.needs.services import need_close
from backend.overview.definitions import DEFINITIONS
from backend.overview.queries import SEVERAL, overview, uncovered_needs, uncovered_needs_all
from backend.overview.results import Overview, Segment
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.products.shelving import product_retire
from tests import world
from tests.demo_market import TODAY, Market
from tests.overview.reference import Row, counted, rows, summary

pytestmark = pytest.mark.django_db
Params = Mapping[str, Sequence[str]]
Keep = Callable[[Row], bool]


def _path(row: Row, key: str, scheme: str) -> tuple[str, ...]:
    code = row.facts.get(key)
    return () if code is None else vocabulary().path(scheme, str(code))


FILTERS: list[tuple[Params, Keep]] = [
    ({}, lambda row: True),
    ({"region": ["370102"]}, lambda row: row.facts.get("region") == "370102"),
    ({"region": ["370100"]}, lambda row: "370100" in _path(row, "region", "regions")),
    ({"industry": ["C,F"]}, lambda row: bool({"C", "F"} & set(_path(row, "industry", "industries")))),
    ({"amount": ["50_to_200", "from_1000"]}, lambda row: _band(row) in ("50_to_200", "from_1000")),
    ({"first_time": ["yes"]}, lambda row: row.facts.get("has_ever_borrowed") is False),
    (
        {"first_time": ["no", "unknown"], "region": ["370102", "370103"], "page": ["2"]},
        lambda row: row.facts.get("has_ever_borrowed") is not False and row.facts.get("region") in ("370102", "370103"),
    ),
]


@pytest.fixture(scope="module")
def reference(market: Market) -> list[Row]:
    return rows(market.today)


def _segment(found: Segment, expected: list[Row]) -> None:
    assert found.asked == summary(expected)
    states = [row.state for row in expected]
    assert (found.covered, found.pending, found.uncovered) == tuple(
        states.count(state) for state in (State.MET, State.UNKNOWN, State.UNMET)
    )


def _segments(found: Sequence[Segment], expected: list[Row], of: Callable[[Row], str]) -> None:
    assert {one.code for one in found} == {of(row) for row in expected}
    assert len({one.code for one in found}) == len(found)
    for one in found:
        _segment(one, [row for row in expected if of(row) == one.code])


def _band(row: Row) -> str:
    limits = {"under_50": 50, "50_to_200": 200, "200_to_500": 500, "500_to_1000": 1000}
    return next((key for key, wan in limits.items() if (row.need.amount or 0) < wan * 10_000), "from_1000")


@pytest.mark.parametrize(("params", "keep"), FILTERS)
def test_the_overview_adds_up_the_verdicts(market: Market, reference: list[Row], params: Params, keep: Keep) -> None:
    found = overview(market.bureau, today=market.today, params=params)
    expected = [row for row in reference if keep(row)]
    assert expected
    assert found.asked == summary(expected)
    for part, state in ((found.covered, State.MET), (found.pending, State.UNKNOWN), (found.uncovered, State.UNMET)):
        assert part == summary(row for row in expected if row.state is state)
    assert found.covered_share == (Decimal(100 * found.covered.needs) / len(expected)).quantize(Decimal("0.1"))
    _segments(found.by_region, expected, lambda row: str(row.facts.get("region", "")))
    _segments(found.by_industry, expected, lambda row: (_path(row, "industry", "industries") or ("",))[-1])
    _segments(found.by_amount, expected, _band)
    _kinds(found, expected)
    _bindings(found, [row for row in expected if row.state is State.UNMET])
    published = Product.objects.filter(status="published")
    assert found.products == len(published)
    assert found.institutions == len({product.institution_id for product in published})
    filtered = bool(set(params) & {"region", "industry", "amount", "first_time"})
    assert found.registered == (None if filtered else Company.objects.count())
    assert found.definitions.keys() == DEFINITIONS.keys()
    assert all(found.definitions.values())


def _kinds(found: Overview, expected: list[Row]) -> None:
    def root(product: Product) -> str:
        return vocabulary().path("product_kinds", product.kind)[-1]

    kinds = [root(product) for product in counted(TODAY)]
    assert [one.code for one in found.by_kind] == [
        term.code for term in vocabulary().children("product_kinds") if term.code in kinds
    ]
    for one in found.by_kind:
        assert one.products == kinds.count(one.code)
        assert one.eligible == summary(row for row in expected if one.code in map(root, row.met))


def _bindings(found: Overview, uncovered: list[Row]) -> None:
    keys = {key for row in uncovered for key in row.levers}
    assert {one.key for one in found.bindings} == keys
    for one in found.bindings:
        opened = [row for row in uncovered if one.key in row.levers]
        assert one.opened == len(opened)
        assert one.eligible == len([row for row in opened if row.levers[one.key][0]])
        assert one.demand == sum(row.need.amount or 0 for row in opened)
        assert one.label == ATTRIBUTES[one.key].label.zh
        assert one.improvable is ATTRIBUTES[one.key].improvable
    order = [(-one.eligible, -one.opened) for one in found.bindings]
    assert order == sorted(order)
    assert found.several == summary(row for row in uncovered if not row.levers)


def test_the_market_of_these_tests_has_needs_of_every_kind(reference: list[Row]) -> None:
    states = [row.state for row in reference]
    assert min(states.count(state) for state in State) >= 3


def test_facets_count_what_each_choice_would_leave(market: Market, reference: list[Row]) -> None:
    found = overview(
        market.bureau, today=market.today, language="en", params={"region": ["370102"], "first_time": ["yes"]}
    )
    facets = {facet.name: facet for facet in found.filters}
    first = [row for row in reference if row.facts.get("has_ever_borrowed") is False]
    here = [row for row in reference if row.facts.get("region") == "370102"]
    assert list(facets) == ["region", "industry", "amount", "first_time"]
    both = [row for row in first if row in here]
    assert {value.key: value.count for value in facets["amount"].values} == {
        band: [_band(row) for row in both].count(band) for band in {_band(row) for row in both}
    }
    assert {value.key: value.count for value in facets["region"].values} == {
        code: len([row for row in first if row.facts.get("region") == code])
        for code in {row.facts["region"] for row in first if "region" in row.facts}
    }
    assert {value.key: value.count for value in facets["first_time"].values} == {
        key: count
        for key, count in (
            ("yes", len([row for row in here if row.facts.get("has_ever_borrowed") is False])),
            ("no", len([row for row in here if row.facts.get("has_ever_borrowed") is True])),
            ("unknown", len([row for row in here if "has_ever_borrowed" not in row.facts])),
        )
        if count or key == "yes"
    }
    assert [value.label for value in facets["region"].values if value.selected] == ["Lixia District"]


@pytest.mark.parametrize(("params", "keep"), FILTERS)
def test_uncovered_needs_are_listed_with_what_stands_in_the_way(
    market: Market, reference: list[Row], params: Params, keep: Keep
) -> None:
    expected = [row for row in reference if keep(row) and row.state is State.UNMET]
    expected.sort(key=lambda row: (-(row.need.amount or 0), row.need.pk))
    found = uncovered_needs(market.bureau, today=market.today, params=params, size=100)
    assert (found.total, found.page, found.pages, found.currency) == (len(expected), 1, 1, "CNY")
    assert [one.need_id for one in found.results] == [row.need.pk for row in expected]
    for one, row in zip(found.results, expected, strict=True):
        assert (one.title, one.amount, one.company_id) == (row.need.title, row.need.amount, row.need.company_id)
        assert one.company == row.need.company.name
        assert one.opened_on == (row.need.opened_at and timezone.localtime(row.need.opened_at).date())
        borrowed = row.facts.get("has_ever_borrowed")
        assert one.first_time == (None if borrowed is None else not borrowed)
        assert {obstacle.key: (obstacle.eligible, obstacle.opened) for obstacle in one.obstacles} == row.levers
        order = [(-obstacle.eligible, -obstacle.opened) for obstacle in one.obstacles]
        assert order == sorted(order)
        for obstacle in one.obstacles:
            assert obstacle.label == ATTRIBUTES[obstacle.key].label.zh
            assert obstacle.text.startswith(("目前", "本次", f"{obstacle.label}："))


def test_pages_follow_each_other_without_gap(market: Market) -> None:
    whole = uncovered_needs(market.platform, today=market.today, size=100)
    assert whole.total > 4
    pages = [uncovered_needs(market.platform, today=market.today, page=page, size=2) for page in range(1, 52)]
    assert [one for page in pages for one in page.results] == list(whole.results)
    assert {page.pages for page in pages} == {-(-whole.total // 2)}
    assert pages[-1].results == ()


def test_a_binding_leads_to_its_needs(market: Market) -> None:
    found = overview(market.bureau, today=market.today)
    for binding in found.bindings:
        listed = uncovered_needs(market.bureau, today=market.today, binding=binding.key, size=100)
        assert listed.total == binding.opened == len(listed.results)
        assert all(binding.key in [one.key for one in need.obstacles] for need in listed.results)
    listed = uncovered_needs(market.bureau, today=market.today, binding=SEVERAL, size=100)
    assert [need.obstacles for need in listed.results] == [()] * found.several.needs
    assert uncovered_needs(market.bureau, today=market.today, binding="registered_capital").results == ()


def test_all_pages_at_once_are_the_pages(market: Market) -> None:
    for binding in ("", SEVERAL, "term"):
        listed = uncovered_needs(market.bureau, today=market.today, binding=binding, size=100)
        assert listed.total <= 100
        assert uncovered_needs_all(market.bureau, today=market.today, binding=binding) == listed.results


def test_the_list_counts_what_each_choice_would_leave(market: Market) -> None:
    whole = overview(market.bureau, today=market.today)
    key = whole.bindings[0].key
    page = uncovered_needs(market.bureau, today=market.today, binding=key)
    assert page.bindings == whole.bindings
    assert page.several == whole.several.needs
    for facet in page.filters:
        for value in facet.values:
            narrowed = uncovered_needs(market.bureau, today=market.today, binding=key, params={facet.name: [value.key]})
            assert narrowed.total == value.count
        assert sum(value.count for value in facet.values) == page.total or facet.name != "first_time"


def test_words_are_in_the_language_asked_for(market: Market) -> None:
    found = overview(market.bureau, today=market.today, language="en", params={"region": ["370102"]})
    assert found.definitions["uncovered"] == "Needs that every such product refuses."
    assert [one.label for one in found.by_region] == ["Lixia District"]
    assert found.by_kind[0].label == vocabulary().label("product_kinds", found.by_kind[0].code).en
    page = uncovered_needs(market.bureau, today=market.today, language="en")
    obstacle = page.results[0].obstacles[0]
    assert obstacle.text.startswith(f"{ATTRIBUTES[obstacle.key].label.en}: it ")


def test_it_follows_products_and_needs(market: Market) -> None:
    before = overview(market.bureau, today=market.today)
    widest = Product.objects.filter(status="published").order_by("pk")[0]
    product_retire(actor=market.platform, product_id=widest.pk, expected_version=widest.version)
    assert overview(market.bureau, today=market.today).products == before.products - 1
    need = Need.objects.filter(status="open").order_by("pk")[0]
    need_close(actor=market.platform, need_id=need.pk, expected_version=need.version)
    after = overview(market.bureau, today=market.today)
    assert after.asked == summary(rows(market.today))
    assert after.asked.needs == before.asked.needs - 1
    found = rows(market.today)
    assert after.covered == summary(row for row in found if row.state is State.MET)
    _bindings(after, [row for row in found if row.state is State.UNMET])


def test_without_products_every_need_is_uncovered(market: Market) -> None:
    Product.objects.update(status="suspended", version=F("version") + 1)
    found = overview(market.bureau, today=market.today)
    assert found.uncovered == found.asked
    assert found.covered_share == Decimal("0.0")
    assert (found.products, found.institutions, found.by_kind, found.bindings) == (0, 0, (), ())
    assert found.several == found.asked


def test_without_needs_there_is_no_share(market: Market) -> None:
    Need.objects.update(status="closed", version=F("version") + 1)
    found = overview(market.bureau, today=market.today)
    assert found.asked.needs == 0
    assert found.covered_share is None
    assert (found.by_region, found.by_industry, found.by_amount, found.bindings) == ((), (), (), ())
    assert uncovered_needs(market.bureau, today=market.today).total == 0


def test_a_product_whose_rule_is_broken_is_left_out(market: Market) -> None:
    product = Product.objects.filter(status="published").order_by("pk")[0]
    before = overview(market.bureau, today=market.today)
    Product.objects.filter(pk=product.pk).update(rule={"all": 1}, version=F("version") + 1)
    after = overview(market.bureau, today=market.today)
    assert sum(one.products for one in after.by_kind) == sum(one.products for one in before.by_kind) - 1


def _company(market: Market) -> User:
    return world.person(Company.objects.order_by("pk")[0].organisation)


def _institution(market: Market) -> User:
    return world.person(Product.objects.select_related("institution").order_by("pk")[0].institution.organisation)


def _inactive(market: Market) -> User:
    person = world.person(market.bureau.organisation)
    person.is_active = False
    return person


@pytest.mark.parametrize(
    "who", [_company, _institution, _inactive, lambda _: AnonymousUser(), lambda _: None, lambda _: world.person(None)]
)
def test_it_is_for_bureau_and_platform_alone(market: Market, who: Callable[[Market], Viewer]) -> None:
    viewer = who(market)
    with CaptureQueriesContext(connection) as queries:
        with pytest.raises(NotAllowed):
            overview(viewer, today=market.today)
        with pytest.raises(NotAllowed):
            uncovered_needs(viewer, today=market.today)
    assert [query["sql"] for query in queries if "needs_need" in query["sql"]] == []


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({"params": {"region": ["999999"]}}, "unknown_choice", "region"),
        ({"params": {"first_time": ["maybe"]}}, "unknown_choice", "first_time"),
        ({"binding": "no_such"}, "unknown_choice", "binding"),
        ({"page": 0}, "bad_page", "page"),
        ({"size": 0}, "bad_size", "size"),
        ({"size": 101}, "bad_size", "size"),
    ],
)
def test_bad_input_is_refused(market: Market, arguments: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        uncovered_needs(market.bureau, today=market.today, **arguments)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_second_look_asks_the_database_little(market: Market) -> None:
    overview(market.bureau, today=market.today)
    with CaptureQueriesContext(connection) as queries:
        overview(market.bureau, today=market.today)
    assert len(queries) == 8
