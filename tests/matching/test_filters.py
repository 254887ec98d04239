"""Each filter parses its own values, asks for them, and shows its facet."""

from __future__ import annotations

from datetime import date

import pytest

from backend.indexing.schemas import NEED, PRODUCT
from backend.matching.filters import (
    LEAD_FILTERS,
    PRODUCT_FILTERS,
    FacetValue,
    FilterDefinition,
    FilterError,
    facets,
    parse,
    results,
)
from search.checks import check_query
from search.query import Any, Bucket, Query, Range, Terms
from search.schema import Schema
from tests.matching.cases import VOCABULARY

TODAY = date(2026, 3, 2)
DAY = 20514  # 2026-03-02 in days since 1970-01-01
LEADS = {definition.name: definition for definition in LEAD_FILTERS}
WAN = 10_000 * 100


@pytest.mark.parametrize(
    ("name", "raw", "values"),
    [
        ("region", ["d1,d2", "d1"], ("d1", "d2")),
        ("region", [" d1 ", ","], ("d1",)),
        ("stage", [], ()),
        ("first_time", ["yes"], ("yes",)),
        ("freshness", ["older", "week"], ("older", "week")),
    ],
)
def test_values_are_parsed(name: str, raw: list[str], values: tuple[str, ...]) -> None:
    assert LEADS[name].parse(raw, VOCABULARY) == values


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [("region", ["d1,d9"], "d9"), ("first_time", ["true"], "true"), ("amount", ["50"], "50"), ("stage", ["'"], "'")],
)
def test_values_that_a_filter_lacks_are_refused(name: str, raw: list[str], value: str) -> None:
    with pytest.raises(FilterError) as refused:
        parse(LEAD_FILTERS, {name: raw}, VOCABULARY)
    assert (refused.value.name, refused.value.value) == (name, value)


def test_values_that_can_be_asked_for_are_told_from_those_that_cannot() -> None:
    assert LEADS["region"].sorted_out(["d9,d1", " 'x ", "d1"], VOCABULARY) == (("d1",), ("d9", "'x"))
    assert LEADS["stage"].sorted_out([], VOCABULARY) == ((), ())


def test_an_open_filter_takes_any_code_but_not_without_end() -> None:
    institution = next(d for d in PRODUCT_FILTERS if d.name == "institution")
    assert institution.values(VOCABULARY) is None
    assert institution.parse(["a,b"], VOCABULARY) == ("a", "b")
    for bad in (["x" * 65], [",".join(f"c{n}" for n in range(51))]):
        with pytest.raises(FilterError):
            institution.parse(bad, VOCABULARY)


@pytest.mark.parametrize(
    ("name", "values", "query"),
    [
        ("region", ("c",), Terms("region_path", ("c",))),
        ("theme", ("green", "tech"), Terms("themes", ("green", "tech"))),
        ("first_time", ("yes",), Terms("has_ever_borrowed", ("false",))),
        ("amount", ("50_to_200",), Range("amount", 50 * WAN, 200 * WAN - 1)),
        ("amount", ("from_1000", "under_50"),
         Any((Range("amount", None, 50 * WAN - 1), Range("amount", 1000 * WAN, None)))),
        ("freshness", ("week",), Range("opened_on", DAY - 7, None)),
        ("freshness", ("month",), Range("opened_on", DAY - 30, DAY - 8)),
        ("freshness", ("older",), Range("opened_on", None, DAY - 91)),
        ("stage", (), None),
    ],
)  # fmt: skip
def test_values_become_a_query(name: str, values: tuple[str, ...], query: Query | None) -> None:
    assert LEADS[name].query(values, TODAY) == query


def test_ages_leave_no_day_out_and_count_none_twice() -> None:
    buckets = LEADS["freshness"].facet((), TODAY).buckets
    assert buckets == (
        Bucket("week", DAY - 7, None), Bucket("month", DAY - 30, DAY - 7), Bucket("quarter", DAY - 90, DAY - 30),
        Bucket("older", None, DAY - 90),
    )  # fmt: skip


def test_a_facet_carries_its_filter() -> None:
    selection = {"stage": ("seed",)}
    found = {facet.name: facet for facet in facets(LEAD_FILTERS, selection, TODAY)}
    assert list(found) == [definition.name for definition in LEAD_FILTERS]
    assert found["stage"].selected == Terms("stage", ("seed",))
    assert found["region"].selected is None


def test_facets_are_shown_in_the_vocabularys_order_with_what_was_chosen() -> None:
    counts = {"stage": {"mature": 3, "seed": 2, "gone": 1}, "first_time": {"true": 5, "false": 4}}
    shown = {r.name: r for r in results(LEAD_FILTERS, counts, {"stage": ("growth",)}, "en", VOCABULARY)}
    assert shown["stage"].label == "Stage"
    assert shown["stage"].values == (
        FacetValue("seed", "SEED", 2, False), FacetValue("growth", "GROWTH", 0, True),
        FacetValue("mature", "MATURE", 3, False), FacetValue("gone", "gone", 1, False),
    )  # fmt: skip
    assert [(v.key, v.label, v.count) for v in shown["first_time"].values] == [
        ("yes", "Has never borrowed", 4),
        ("no", "Has borrowed", 5),
    ]
    assert shown["region"].values == ()


def test_collateral_lists_kinds_and_unsecured_the_rest() -> None:
    counts = {"collateral": {"-": 7, "real_estate": 3}, "unsecured": {"-": 7, "real_estate": 3}}
    shown = {r.name: r for r in results(PRODUCT_FILTERS, counts, {}, "zh-hans", VOCABULARY)}
    assert [(v.key, v.count) for v in shown["collateral"].values] == [("real_estate", 3)]
    assert [(v.key, v.label, v.count) for v in shown["unsecured"].values] == [("yes", "是", 7)]


@pytest.mark.parametrize(
    ("schema", "definition"),
    [(NEED, d) for d in LEAD_FILTERS] + [(PRODUCT, d) for d in PRODUCT_FILTERS],
    ids=lambda value: value.name,
)
def test_every_filter_asks_a_field_that_is_there(schema: Schema, definition: FilterDefinition) -> None:
    assert definition.field in schema.by_name
    values = definition.values(VOCABULARY) or ("x",)
    query = definition.query(values[:2], TODAY)
    assert query is not None
    check_query(schema, query)
