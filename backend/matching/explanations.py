"""Verdicts and shortfalls in words: what was asked and found, what is missing and where to get it, what the gap is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from backend.eligibility.attributes import Facts, Label
from backend.eligibility.nodes import Condition, Rule
from backend.eligibility.shortfall import Change, phrase_change
from backend.eligibility.verdict import State, Verdict, judge, phrase
from backend.matching.readings import Voice
from backend.matching.results import Finding, Gap, Missing

Note = Callable[[str, str], Label | None]
"""(scheme, code) → the vocabulary's explanation."""


def findings(rule: Rule, facts: Facts, voice: Voice) -> tuple[Finding, ...]:
    """Every condition with its finding: what stands in the way first, then what is unknown, what is met, and what
    does not matter because an alternative to it does better; each in the rule's order."""
    found = list(_leaves(judge(rule, facts, voice.vocabulary), State.UNMET))
    found.sort(key=lambda pair: (pair[1], pair[0].effective))
    return tuple(_finding(leaf, settled, voice) for leaf, settled in found)


def _finding(leaf: Verdict, settled: bool, voice: Voice) -> Finding:
    text = phrase(leaf, voice.language, voice.vocabulary)
    return Finding(leaf.path, leaf.attribute.key, leaf.effective.key, text, settled)


def _leaves(verdict: Verdict, best: State) -> Iterator[tuple[Verdict, bool]]:
    """Leaves, and whether some group above did better. `best`: of the groups above, as the rule sees them."""
    if isinstance(verdict.node, Condition):
        yield verdict, verdict.effective < best
    for child in verdict.children:
        yield from _leaves(child, max(best, verdict.effective))


def missing(changes: Iterable[Change], voice: Voice, note: Note) -> tuple[Missing, ...]:
    """Data to give. Where to get each is the vocabulary `sources`, whose codes are attributes."""
    found = []
    for change in changes:
        key = change.attribute.key
        known = key in voice.vocabulary.terms("sources")
        how = note("sources", key)
        found.append(
            Missing(
                key,
                change.attribute.label.in_language(voice.language),
                voice.name("sources", key) if known else "",
                how.in_language(voice.language) if how else "",
            )
        )
    return tuple(found)


def gaps(changes: Iterable[Change], voice: Voice) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            change.attribute.key,
            change.attribute.label.in_language(voice.language),
            phrase_change(change, voice.language, voice.vocabulary),
            change.gap,
            change.attribute.unit,
            change.improvable,
            change.earliest,
        )
        for change in changes
    )


def within_reach(changes: Iterable[Change]) -> bool:
    """Can the company, or time alone, make each of these changes?"""
    return all(change.improvable or change.earliest is not None for change in changes)
