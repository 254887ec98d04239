"""Whether anybody can meet a rule, and where the fault lies if not."""

from __future__ import annotations

from dataclasses import dataclass

from backend.eligibility.attributes import Attribute
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule, child_path
from backend.eligibility.solutions import Search, Solution, formula_of
from backend.eligibility.vocabulary import Vocabulary

BUDGET = 4_000
"""Boxes tried before a rule is called too complex. Rules of the market need fewer than twenty."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The node at `path` can never be met, together with those before it in its `all`. `attribute` is the one that
    is left without a value, where it is one. `too_complex`: the search gave up before it could tell."""

    path: str
    attribute: Attribute | None = None
    too_complex: bool = False


def witness(rule: Rule, vocabulary: Vocabulary) -> Solution | None:
    """Some facts that meet the rule; None where there are none, or the search gave up. `parse` accepts no rule
    without one."""
    return _search(rule, vocabulary).best


def find_contradiction(rule: Rule, vocabulary: Vocabulary) -> Contradiction | None:
    """The first part of the rule, inner parts first, that nobody can meet. Exact but for `too_complex`."""
    inner = _inner(rule, vocabulary, "")
    if inner is not None:
        return inner
    search = _search(rule, vocabulary)
    return Contradiction("", too_complex=True) if search.best is None and not search.complete else None


def _inner(rule: Rule, vocabulary: Vocabulary, path: str) -> Contradiction | None:
    match rule:
        case Condition():
            return None
        case NotOf(node):
            deeper = _inner(node, vocabulary, child_path(path, "not"))
        case AllOf(nodes) | AnyOf(nodes):
            name = "all" if isinstance(rule, AllOf) else "any"
            parts = (_inner(node, vocabulary, child_path(path, name, index)) for index, node in enumerate(nodes))
            deeper = next((part for part in parts if part is not None), None)
    if deeper is not None or _possible(rule, vocabulary):
        return deeper
    if isinstance(rule, AllOf):
        ends = (end for end in range(len(rule.nodes)) if not _possible(AllOf(rule.nodes[: end + 1]), vocabulary))
        end = next(ends)
        return Contradiction(child_path(path, "all", end), _blocked(AllOf(rule.nodes[: end + 1]), vocabulary))
    return Contradiction(path, _blocked(rule, vocabulary))


def _possible(rule: Rule, vocabulary: Vocabulary) -> bool:
    """False only where the rule surely has no solution."""
    search = _search(rule, vocabulary)
    return search.best is not None or not search.complete


def _blocked(rule: Rule, vocabulary: Vocabulary) -> Attribute | None:
    return _search(rule, vocabulary).blocked


def _search(rule: Rule, vocabulary: Vocabulary) -> Search:
    search = Search({}, vocabulary, BUDGET, first_only=True)
    search.run(formula_of(rule, vocabulary))
    return search
