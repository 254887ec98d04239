"""The bench's statistics, on times that are known."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from backend.bench.report import aims, growth, tables
from backend.bench.timing import in_turn, quantile, quantiles, ratios


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, 1.0), (1, 1.0), (50, 10.0), (51, 11.0), (95, 19.0), (96, 20.0), (99, 20.0), (100, 20.0)],
)
def test_a_quantile_is_a_value_of_nearest_rank(percent: int, expected: float) -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert quantile(values, percent) == expected


def test_the_quantile_of_one_value_is_that_value() -> None:
    assert [quantile([4.0], percent) for percent in (1, 50, 99)] == [4.0, 4.0, 4.0]


def test_of_nothing_there_is_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 50)


def test_quantiles_are_milliseconds() -> None:
    assert quantiles([number / 1000 for number in range(1, 101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}


def test_ratios_go_quantile_by_quantile() -> None:
    over, under = {"p50": 3.0, "p95": 10.0, "p99": 12.0}, {"p50": 2.0, "p95": 8.0, "p99": 9.0}
    assert ratios(over, under) == {"p50": 1.5, "p95": 1.25, "p99": 1.333}


class Clock:
    """Stands still until a call moves it on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[str, int]] = []

    def call(self, name: str, case: int, seconds: float) -> None:
        self.calls.append((name, case))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("backend.bench.timing.time.perf_counter", lambda: clock.now)
    return clock


def test_each_call_has_its_own_time(clock: Clock) -> None:
    costs = {"bare": [1.0, 2.0, 4.0], "service": [8.0, 16.0, 32.0]}
    found = in_turn(
        {
            name: [lambda name=name, n=n, s=s: clock.call(name, n, s) for n, s in enumerate(each)]  # type: ignore[misc]
            for name, each in costs.items()
        }
    )
    assert found == costs


def test_the_variants_of_a_case_follow_each_other_in_every_order_alike(clock: Clock) -> None:
    names, cases = ("bare", "service", "api"), 12
    in_turn(
        {name: [lambda name=name, n=n: clock.call(name, n, 1.0) for n in range(cases)] for name in names}  # type: ignore[misc]
    )
    rounds = [clock.calls[start : start + 3] for start in range(0, len(clock.calls), 3)]
    assert [{case for _, case in one} for one in rounds] == [{case} for case in range(cases)]
    orders = Counter(tuple(name for name, _ in one) for one in rounds)
    assert orders == dict.fromkeys(permutations(names), 2)


def test_every_variant_needs_a_call_for_every_case() -> None:
    with pytest.raises(ValueError, match="every case"):
        in_turn({"bare": [lambda: None], "service": []})


def answers(bare: float, service: float, api: float, page: float) -> dict[str, object]:
    found = {name: dict.fromkeys(("p50", "p95", "p99"), value) for name, value in
             (("engine_ms", bare), ("service_ms", service), ("api_ms", api), ("page_ms", page))}  # fmt: skip
    return {
        **found,
        "service_to_engine": ratios(found["service_ms"], found["engine_ms"]),
        "api_to_service": ratios(found["api_ms"], found["service_ms"]),
        "page_to_service": ratios(found["page_ms"], found["service_ms"]),
        "cpu_ms": 1.0,
    }


def size(needs: int, leads: tuple[float, ...], products: tuple[float, ...]) -> dict[str, object]:
    pair = {"p50": 1.0, "p95": 2.0}
    engine = {
        "leads": answers(*leads),
        "products": answers(*products),
        "indexing": {"bare_per_second": 9000, "adapter_per_second": 3000, "from_rows_per_second": 1000,
                     "adapter_to_bare": 0.333, "from_rows_to_bare": 0.111},
        "submit_to_visible": {"bare_ms": pair, "service_ms": pair, "service_to_bare": pair},
        "index_mib": 12.0,
    }  # fmt: skip
    made = {"companies": needs, "products": 7, "past_cases": 9, "rows_seconds": 1.0, "indexes_seconds": 2.0}
    return {"needs": needs, **made, "engines": {"embedded": engine}}


SIZES = [
    size(100, (10.0, 14.0, 30.0, 35.0), (2.0, 8.0, 10.0, 12.0)),
    size(1000, (50.0, 56.0, 60.0, 84.0), (2.0, 8.0, 10.0, 12.0)),
]


def test_growth_compares_each_size_with_the_one_before() -> None:
    assert growth(SIZES) == [
        {"from_needs": 100, "to_needs": 1000, "market": 10.0, "embedded": {"leads": 4.0, "products": 1.0}}
    ]
    assert growth(SIZES[:1]) == []


def test_aims_are_judged_at_p95() -> None:
    found = [(one["needs"], one["asked"], one["ratio"], one["found"], one["reached"]) for one in aims(SIZES)]
    assert found == [
        (100, "leads", "service_to_engine", 1.4, True),
        (100, "leads", "api_to_service", 2.143, False),
        (100, "leads", "page_to_service", 2.5, False),
        (100, "products", "service_to_engine", 4.0, False),
        (100, "products", "api_to_service", 1.25, True),
        (100, "products", "page_to_service", 1.5, True),
        (1000, "leads", "service_to_engine", 1.12, True),
        (1000, "leads", "api_to_service", 1.071, True),
        (1000, "leads", "page_to_service", 1.5, True),
        (1000, "products", "service_to_engine", 4.0, False),
        (1000, "products", "api_to_service", 1.25, True),
        (1000, "products", "page_to_service", 1.5, True),
    ]


def test_tables_are_markdown_with_a_row_for_each_size_engine_and_question() -> None:
    parts = tables({"sizes": SIZES, "growth": growth(SIZES)}).split("\n\n")
    assert [len(part.splitlines()) for part in parts] == [2 + 4, 2 + 2, 2 + 2, 2 + 1]
    for part in parts:
        assert len({line.count("|") for line in part.splitlines()}) == 1
    assert "| 1,000 | embedded | leads of a product  | 50.0 / 50.0 / 50.0  |" in parts[0]
    assert "| × 10 to 1,000 | × 4.00                       | × 1.00                        |" in parts[3]
