"""What one fact decides agrees with the verdict on the facts with that one changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.eligibility.attributes import ATTRIBUTES, Facts, Subject
from backend.eligibility.domains import point_of
from backend.eligibility.nodes import Rule, conditions
from backend.eligibility.single import admitting, company_part, deciding
from backend.eligibility.verdict import State, Verdict, judge, state_of
from tests.property.strategies import KEYS, VOCABULARY, facts, rules, values

OF_NEEDS = ("amount", "collateral", "annual_revenue", "high_tech", "stage")


@given(rules(), facts(), st.sampled_from(KEYS), st.data())
def test_the_values_admitted_are_those_that_make_the_rule_met(
    rule: Rule, known: Facts, key: str, data: st.DataObject
) -> None:
    attribute = ATTRIBUTES[key]
    value = data.draw(values(attribute))
    domains = admitting(rule, attribute, known, VOCABULARY)
    met = state_of(rule, {**known, key: value}, VOCABULARY) is State.MET
    assert any(point_of(attribute, value) in domain for domain in domains) is met
    assert not any(domain.empty for domain in domains)


@given(rules(), facts())
def test_what_decides_are_the_unknown_conditions_below_unknown_groups_alone(rule: Rule, known: Facts) -> None:
    def open_keys(verdict: Verdict) -> set[str]:
        if verdict.state is not State.UNKNOWN:
            return set()
        if not verdict.children:
            return {verdict.attribute.key}
        return set().union(*map(open_keys, verdict.children))

    found = deciding(rule, known, VOCABULARY)
    assert found == open_keys(judge(rule, known, VOCABULARY))
    assert bool(found) is (state_of(rule, known, VOCABULARY) is State.UNKNOWN)
    assert found.isdisjoint(known)


@given(rules(OF_NEEDS), facts(OF_NEEDS))
def test_the_company_s_part_asks_nothing_of_the_need_and_is_never_harder(rule: Rule, known: Facts) -> None:
    part = company_part(rule)
    assert all(condition.attribute.subject is Subject.COMPANY for _, condition in conditions(part))
    of_company = {key: value for key, value in known.items() if ATTRIBUTES[key].subject is Subject.COMPANY}
    assert state_of(part, known, VOCABULARY) is state_of(part, of_company, VOCABULARY)
    assert state_of(part, of_company, VOCABULARY) >= state_of(rule, known, VOCABULARY)
    if all(condition.attribute.subject is Subject.COMPANY for _, condition in conditions(rule)):
        assert state_of(part, known, VOCABULARY) is state_of(rule, known, VOCABULARY)
