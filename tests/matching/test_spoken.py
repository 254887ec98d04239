"""A rule said once and read often says what the reference says of each facts."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.eligibility.attributes import Value
from backend.eligibility.nodes import AllOf, Condition, Rule
from backend.eligibility.verdict import State, Verdict, judge, phrase
from backend.matching.results import Finding
from backend.matching.spoken import FoundWords, SpokenRule
from tests.matching.cases import VOCABULARY
from tests.matching.test_compiled import facts, rules


def leaves(verdict: Verdict, best: State) -> Iterator[tuple[bool, Verdict]]:
    """Leaves, and whether some group above did better. `best`: of the groups above, as the rule sees them."""
    if isinstance(verdict.node, Condition):
        yield verdict.effective < best, verdict
    for child in verdict.children:
        yield from leaves(child, max(best, verdict.effective))


def said(rule: Rule, known: dict[str, Value], language: str) -> tuple[Finding, ...]:
    found = list(leaves(judge(rule, known, VOCABULARY), State.UNMET))
    found.sort(key=lambda one: (one[0], one[1].effective))
    return tuple(
        Finding(leaf.path, leaf.attribute.key, leaf.effective.key, phrase(leaf, language, VOCABULARY), settled)
        for settled, leaf in found
    )


@settings(max_examples=300)
@given(
    st.one_of(rules, st.just(AllOf(()))), st.lists(facts, min_size=1, max_size=3), st.sampled_from(["zh-hans", "en"])
)
def test_findings_are_those_of_the_reference(rule: Rule, several: list[dict[str, Value]], language: str) -> None:
    spoken = SpokenRule(rule, language, VOCABULARY, FoundWords(language, VOCABULARY))
    for known in several:
        assert spoken.findings(known) == said(rule, known, language)
