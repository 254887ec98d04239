"""One rule, many readings, on every engine: the queries made from a rule find just what its verdict says.

Drawn rules and drawn facts with gaps go into one index of needs and one of products, and every pair is compared.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from backend.eligibility.attributes import Facts
from backend.eligibility.envelope import document_fields, envelope, need_query
from backend.eligibility.nodes import Rule
from backend.eligibility.query import met, need_document_part, need_fields, possible, product_fields, unmet
from backend.eligibility.rule import parse, to_json
from backend.eligibility.shortfall import shortfall
from backend.eligibility.verdict import State, judge
from search.port import SearchEngine, Write
from search.query import Query, Request
from search.schema import Document, Schema
from tests.property.reference import matches
from tests.property.strategies import VOCABULARY, facts, rules

NEEDS = Schema("need", need_fields(), "law")
PRODUCTS = Schema("product", product_fields(), "law")
RULES, FACTS = 200, 250
TODAY = date(2026, 11, 24)
MOST_UNMET = 2
OUT_OF_REACH = parse(
    {
        "all": [
            {"attribute": "annual_revenue", "op": "at_least", "value": "100000000"},
            {"attribute": "years_in_business", "op": "at_least", "value": "10"},
            {"attribute": "employees", "op": "at_least", "value": "500"},
        ]
    },
    VOCABULARY,
)
FAR_FROM_IT: Facts = {"annual_revenue": Decimal(1), "years_in_business": Decimal(1), "employees": Decimal(1)}
Drawn = TypeVar("Drawn")


def drawn(strategy: SearchStrategy[Drawn], count: int) -> list[Drawn]:
    """At least `count` examples, to be tried against others in one batch."""
    found: list[Drawn] = []

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(strategy)
    def collect(one: Drawn) -> None:
        found.append(one)

    while len(found) < count:
        collect()
    return found


@pytest.fixture(scope="module")
def cases() -> tuple[list[Rule], list[Facts]]:
    factor = max(1, int(os.environ.get("HYPOTHESIS_EXAMPLES", "100")) // 100)
    return drawn(rules(), RULES * factor), [{}, *drawn(facts(), FACTS * factor)]


def fill(engine: SearchEngine, schema: Schema, documents: Sequence[Document]) -> None:
    engine.ensure(schema)
    report = engine.write(schema, [Write(id, 1, one) for id, one in enumerate(documents)], refresh=True)
    assert (report.written, report.failed) == (len(documents), {})


def found(engine: SearchEngine, schema: Schema, query: Query) -> set[int]:
    return {hit.id for hit in engine.search(schema, Request(query, size=10_000)).hits}


def test_the_queries_of_a_rule_find_the_needs_of_its_verdict(
    engine: SearchEngine, cases: tuple[list[Rule], list[Facts]]
) -> None:
    every_rule, every_facts = cases
    fill(engine, NEEDS, [need_document_part(known, VOCABULARY) for known in every_facts])
    seen: Counter[State] = Counter()
    for rule in every_rule:
        by_state: dict[State, set[int]] = {state: set() for state in State}
        for number, known in enumerate(every_facts):
            by_state[judge(rule, known, VOCABULARY).state].add(number)
        assert found(engine, NEEDS, met(rule)) == by_state[State.MET], to_json(rule)
        assert found(engine, NEEDS, unmet(rule)) == by_state[State.UNMET], to_json(rule)
        assert found(engine, NEEDS, possible(rule)) == by_state[State.MET] | by_state[State.UNKNOWN], to_json(rule)
        seen.update({state: len(numbers) for state, numbers in by_state.items()})
    assert min(seen[state] for state in State) > len(every_rule)


def test_the_envelope_query_finds_every_product_that_is_possible_or_nearly_so(
    engine: SearchEngine, cases: tuple[list[Rule], list[Facts]]
) -> None:
    every_rule, every_facts = [*cases[0], OUT_OF_REACH], [*cases[1], FAR_FROM_IT]
    documents = [document_fields(envelope(rule, VOCABULARY)) for rule in every_rule]
    fill(engine, PRODUCTS, documents)
    left_out = []
    for known in every_facts:
        reach = [found(engine, PRODUCTS, need_query(known, VOCABULARY, allowed)) for allowed in range(MOST_UNMET + 1)]
        for allowed, numbers in enumerate(reach):
            query = need_query(known, VOCABULARY, allowed)
            assert numbers == {number for number, one in enumerate(documents) if matches(query, one)}, known
        for number, rule in enumerate(every_rule):
            if judge(rule, known, VOCABULARY).state is not State.UNMET:
                assert number in reach[0], (to_json(rule), known)
            elif number not in reach[MOST_UNMET]:
                left_out.append((rule, known))
                lacking = shortfall(rule, known, VOCABULARY, TODAY)
                assert lacking is not None
                assert len(lacking.unmet) > MOST_UNMET, (to_json(rule), known)
    assert (OUT_OF_REACH, FAR_FROM_IT) in left_out
