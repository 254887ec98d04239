"""A need's matches turned into a snapshot. Reads only what the matcher answered and the pack's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.companies.chief_facts import COMPANY_FACTS, TERMS_ASKED
from backend.companies.facts import facts_of
from backend.eligibility.attributes import ATTRIBUTES, Facts
from backend.eligibility.phrases import value_text
from backend.eligibility.vocabulary import Vocabulary
from backend.matching.cost_parts import CostPart
from backend.matching.product_cost import part_names, product_cost_parts
from backend.matching.results import Finding, Match, Matches
from backend.needs.models import Need
from backend.packs.queries import current_pack, size_table, vocabulary
from backend.reports import snapshot as parts
from backend.reports.snapshot import Snapshot

_SCORE_STEP = Decimal("0.000001")


def snapshot_of(need: Need, matches: Matches, *, today: date, language: str) -> Snapshot:
    """Raises InvalidInput for a draft without an amount, PackMissing, and FactError where the need's stored data is
    broken."""
    if need.amount is None:
        raise InvalidInput(
            _("Say how much the need asks for: the report works out what each product costs for it."),
            code="required",
            field="amount",
        )
    words, pack = vocabulary(), current_pack()
    facts = facts_of(need.company, need, today=today, vocabulary=words, size_table=size_table(today))
    writer = _Writer(need, language, words)
    groups = {
        name: parts.Group(matches.counts[name], tuple(writer.offer(match) for match in found))
        for name, found in (
            ("eligible", matches.eligible),
            ("missing", matches.missing),
            ("almost", matches.almost),
        )
    }
    return Snapshot(
        format=parts.FORMAT,
        language=language,
        day=today,
        city=pack.name_zh if language.startswith("zh") else pack.name_en,
        currency=pack.currency,
        company=need.company.name,
        credit_code=need.company.credit_code,
        need=need.pk,
        need_version=need.version,
        title=need.title,
        amount=need.amount,
        term_months=need.term_months,
        need_facts=writer.facts(facts, TERMS_ASKED),
        company_facts=writer.facts(facts, COMPANY_FACTS),
        **groups,
        considered=matches.considered,
        total=matches.total,
    )


class _Writer:
    """Writes in one language with one vocabulary."""

    def __init__(self, need: Need, language: str, words: Vocabulary) -> None:
        self._need = need
        self._language = language
        self._words = words

    def facts(self, facts: Facts, keys: Sequence[str]) -> tuple[parts.Fact, ...]:
        """Those of `keys` that are known, in that order."""
        return tuple(
            parts.Fact(
                key,
                ATTRIBUTES[key].label.in_language(self._language),
                value_text(ATTRIBUTES[key], facts[key], self._language, self._words),
            )
            for key in keys
            if key in facts
        )

    def offer(self, match: Match) -> parts.Offer:
        product, institution = match.product, match.product.institution
        chinese = self._language.startswith("zh")
        counting = [finding for finding in match.findings if not finding.settled]
        return parts.Offer(
            code=product.code,
            version=product.version,
            name=product.name_zh if chinese else product.name_en,
            institution=institution.name_zh if chinese else institution.name_en,
            kind=self._coded("product_kinds", product.kind),
            amount_min=product.amount_min,
            amount_max=product.amount_max,
            term_min=product.term_min,
            term_max=product.term_max,
            rate_min=product.rate_min,
            rate_max=product.rate_max,
            answer_days=institution.answer_days,
            last_confirmed_on=product.last_confirmed_on,
            score=Decimal(str(match.score)).quantize(_SCORE_STEP),
            met=_met(counting),
            asked=len(counting),
            cost=parts.Range(match.cost.low, match.cost.high) if match.cost else None,
            cost_lines=tuple(
                self._cost_line(part) for part in product_cost_parts(product, self._need.amount, self._need.term_months)
            ),
            reasons=tuple(parts.Reason(reason.key, reason.text, reason.favourable) for reason in match.reasons),
            documents=tuple(self._coded("document_kinds", code) for code in product.documents),
            missing=tuple(parts.Datum(one.attribute, one.label, one.source, one.how) for one in match.missing),
            changes=tuple(parts.Change(one.attribute, one.text, one.improvable, one.earliest) for one in match.gaps),
        )

    def _cost_line(self, part: CostPart) -> parts.CostLine:
        payment, payee = part_names(part, self._language, self._words)
        return parts.CostLine(
            parts.Coded(part.kind, payment), parts.Coded(part.payee, payee) if part.payee else None, part.low, part.high
        )

    def _coded(self, scheme: str, code: str) -> parts.Coded:
        return parts.Coded(code, self._words.label(scheme, code).in_language(self._language))


def _met(findings: Iterable[Finding]) -> int:
    return sum(finding.state == "met" for finding in findings)
