"""What one fact decides while all others stay as they are: a reading of a rule, attribute by attribute."""

from __future__ import annotations

from backend.eligibility.attributes import Attribute, Facts, Subject
from backend.eligibility.domains import Domain, admitted, meet, universe
from backend.eligibility.nodes import AllOf, AnyOf, Condition, NotOf, Rule
from backend.eligibility.verdict import State, condition_state
from backend.eligibility.vocabulary import Vocabulary

Domains = tuple[Domain, ...]
"""The values in any of them; none of them is empty."""


def admitting(rule: Rule, attribute: Attribute, facts: Facts, vocabulary: Vocabulary) -> Domains:
    """The values of `attribute` with which `rule` is met while every other fact stays known or unknown as it is.

    Exactly those for which `judge` says met of the facts with that value, among all that the attribute can take. No
    domain: no value is enough.
    """
    whole = universe(attribute, vocabulary, None)
    return _admitting(rule, attribute, facts, vocabulary, whole, True)


def _admitting(
    rule: Rule, attribute: Attribute, facts: Facts, vocabulary: Vocabulary, whole: Domain, wanted: bool
) -> Domains:
    """The values with which `rule` is met (`wanted`) or unmet; unknown is neither."""
    match rule:
        case Condition(asked):
            if asked.key == attribute.key:
                return _both((whole,), admitted(rule, vocabulary, wanted))
            state = condition_state(rule, facts.get(asked.key), vocabulary)
            return (whole,) if state is (State.MET if wanted else State.UNMET) else ()
        case NotOf(node):
            return _admitting(node, attribute, facts, vocabulary, whole, not wanted)
        case AllOf(nodes) | AnyOf(nodes):
            parts = (_admitting(node, attribute, facts, vocabulary, whole, wanted) for node in nodes)
            if isinstance(rule, AllOf) is not wanted:
                return tuple(dict.fromkeys(domain for part in parts for domain in part))
            found: Domains = (whole,)
            for part in parts:
                found = _both(found, part)
            return found


def _both(first: Domains, second: Domains) -> Domains:
    met = dict.fromkeys(meet(mine, theirs) for mine in first for theirs in second)
    return tuple(domain for domain in met if not domain.empty)


def deciding(rule: Rule, facts: Facts, vocabulary: Vocabulary) -> frozenset[str]:
    """The unknown attributes on which the state of `rule` still depends: those of the unknown conditions that no known
    fact has settled in a group above them. Empty unless the rule is unknown."""
    return _deciding(rule, facts, vocabulary)[1]


def _deciding(rule: Rule, facts: Facts, vocabulary: Vocabulary) -> tuple[State, frozenset[str]]:
    match rule:
        case Condition(attribute):
            state = condition_state(rule, facts.get(attribute.key), vocabulary)
            return state, frozenset((attribute.key,)) if state is State.UNKNOWN else frozenset()
        case NotOf(node):
            state, keys = _deciding(node, facts, vocabulary)
            return state.negated(), keys
        case AllOf(nodes) | AnyOf(nodes):
            found = [_deciding(node, facts, vocabulary) for node in nodes]
            states = [state for state, _keys in found]
            state = min(states, default=State.MET) if isinstance(rule, AllOf) else max(states, default=State.UNMET)
            if state is not State.UNKNOWN:
                return state, frozenset()
            return state, frozenset().union(*(keys for _state, keys in found))


def company_part(rule: Rule) -> Rule:
    """What `rule` asks of the company alone, its need left out of question: a condition on a need attribute counts as
    fulfilled, since the need can still be written so."""
    return _company_part(rule, True) or AllOf(())


def _company_part(rule: Rule, wanted: bool) -> Rule | None:
    """None: nothing is asked of the company to make it met (`wanted`) or unmet."""
    match rule:
        case Condition(attribute):
            return rule if attribute.subject is Subject.COMPANY else None
        case NotOf(node):
            part = _company_part(node, not wanted)
            return None if part is None else NotOf(part)
        case AllOf(nodes) | AnyOf(nodes):
            parts = [_company_part(node, wanted) for node in nodes]
            asked = tuple(part for part in parts if part is not None)
            every = isinstance(rule, AllOf) is wanted
            if not asked or (not every and len(asked) < len(parts)):
                return None
            return AllOf(asked) if isinstance(rule, AllOf) else AnyOf(asked)
