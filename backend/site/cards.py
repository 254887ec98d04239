"""Matches and needs as the pages show them: costs by part, facts with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.companies.chief_facts import LEAD_FACTS
from backend.eligibility.attributes import ATTRIBUTES, Facts
from backend.eligibility.phrases import value_text
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.cost_parts import CostPart
from backend.matching.product_cost import part_names, product_cost_parts
from backend.matching.results import Finding, Lead, Match
from backend.needs.models import Need


@dataclass(frozen=True, slots=True)
class Fact:
    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class CostRow:
    """Money over the whole term at the lowest and the highest rate; below zero for what the company receives."""

    label: str
    payee: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class MatchCard:
    """`met` of `asked` conditions: those on which something depends."""

    match: Match
    cost_rows: tuple[CostRow, ...]
    met: int
    asked: int

    @property
    def cost_total(self) -> CostRow:
        return cost_total(self.cost_rows)


@dataclass(frozen=True, slots=True)
class LeadCard:
    """`met` and `asked` as in MatchCard."""

    lead: Lead
    facts: tuple[Fact, ...]
    met: int
    asked: int


def facts_shown(facts: Facts, keys: Sequence[str], language: str, vocabulary: Vocabulary) -> tuple[Fact, ...]:
    """Those of `keys` that are known, in that order."""
    return tuple(
        Fact(
            key,
            ATTRIBUTES[key].label.in_language(language),
            value_text(ATTRIBUTES[key], facts[key], language, vocabulary),
        )
        for key in keys
        if key in facts
    )


def match_cards(matches: Sequence[Match], need: Need, language: str, vocabulary: Vocabulary) -> tuple[MatchCard, ...]:
    return tuple(
        MatchCard(
            match,
            cost_rows(product_cost_parts(match.product, need.amount, need.term_months), language, vocabulary),
            *_met_of(match.findings),
        )
        for match in matches
    )


def cost_rows(parts: Sequence[CostPart], language: str, vocabulary: Vocabulary) -> tuple[CostRow, ...]:
    return tuple(_row(part, language, vocabulary) for part in parts)


def cost_total(rows: Sequence[CostRow]) -> CostRow:
    low, high = (sum(sums, Decimal(0)) for sums in ((row.low for row in rows), (row.high for row in rows)))
    return CostRow("", "", low, high)


def lead_cards(leads: Sequence[Lead], language: str, vocabulary: Vocabulary) -> tuple[LeadCard, ...]:
    return tuple(
        LeadCard(lead, facts_shown(lead.facts, LEAD_FACTS, language, vocabulary), *_met_of(lead.findings))
        for lead in leads
    )


def _met_of(findings: Sequence[Finding]) -> tuple[int, int]:
    counting = [finding for finding in findings if not finding.settled]
    return sum(finding.state == "met" for finding in counting), len(counting)


def _row(part: CostPart, language: str, vocabulary: Vocabulary) -> CostRow:
    return CostRow(*part_names(part, language, vocabulary), part.low, part.high)
