"""Which single change would help: for many rows at once, the state that a rule would reach if one attribute alone had
the value that suits it best.

A rule tells values of an attribute apart by its conditions on it and by nothing else. So every way in which these can
hold together (found by exact sets of values) is tried once for all rows, and no value is tried for a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from backend.eligibility.attributes import Attribute
from backend.eligibility.columns import MET, UNMET, Columns, States, condition_states, fold
from backend.eligibility.domains import Domain, admitted, meet, universe
from backend.eligibility.nodes import Condition, Rule, conditions
from backend.eligibility.vocabulary import Vocabulary

MOST_WAYS = 256
"""Ways tried for one attribute of one rule. Rules of the market have fewer than ten. Beyond, a lever may be missed; one
that is named always helps."""


def levers(rule: Rule, columns: Columns, vocabulary: Vocabulary) -> dict[str, States]:
    """Attribute key, in the rule's order → for every row the best state that any value of this attribute gives, all
    else being as it is; at least the state that the row has."""
    size = columns.size
    known: dict[Condition, States] = {}
    by_attribute: dict[Attribute, list[Condition]] = {}
    for _path, condition in conditions(rule):
        if condition not in known:
            known[condition] = condition_states(condition, columns, vocabulary)
            by_attribute.setdefault(condition.attribute, []).append(condition)
    now = fold(rule, size, known.__getitem__)
    constant = {True: np.full(size, MET), False: np.full(size, UNMET)}
    found = {}
    for attribute, asked in by_attribute.items():
        best = now.copy()
        for truths in ways(attribute, asked, vocabulary):
            changed = known | {condition: constant[truth] for condition, truth in zip(asked, truths, strict=True)}
            np.maximum(best, fold(rule, size, changed.__getitem__), out=best)
        found[attribute.key] = best
    return found


def ways(attribute: Attribute, asked: Sequence[Condition], vocabulary: Vocabulary) -> Iterator[tuple[bool, ...]]:
    """Which of the conditions `asked` of the attribute can hold together while the others do not; at most MOST_WAYS."""
    given = 0
    stack: list[tuple[tuple[bool, ...], tuple[Domain, ...]]] = [((), (universe(attribute, vocabulary, None),))]
    while stack and given < MOST_WAYS:
        truths, left = stack.pop()
        if len(truths) == len(asked):
            given += 1
            yield truths
            continue
        for truth in (False, True):
            sets = admitted(asked[len(truths)], vocabulary, truth)
            met = [meet(one, other) for one in left for other in sets]
            narrowed = tuple(dict.fromkeys(domain for domain in met if not domain.empty))[:MOST_WAYS]
            if narrowed:
                stack.append(((*truths, truth), narrowed))
