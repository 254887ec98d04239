"""Filling a database with a made-up market, through the services that the site uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.accounts.models import User
from backend.common.size_class import SizeTable
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_create
from backend.eligibility.attributes import ATTRIBUTES, Facts, Value
from backend.eligibility.facts import value_to_json, years_in_business
from backend.eligibility.rule import Rule
from backend.eligibility.verdict import State
from backend.eligibility.vocabulary import Vocabulary
from backend.market.calibration import Calibration
from backend.market.generator import CompanyDraft, NeedDraft, companies
from backend.market.history import OTHER, SECURED, UNSECURED, CaseDraft, Offer, past_cases
from backend.matching.compiled import Compiled
from backend.matching.context import ranking_settings
from backend.needs.services import NeedInput, need_create
from backend.packs.queries import current_pack, parameter, size_table, vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.records.models import PastCase
from backend.records.services import past_cases_add

_BATCH = 200
_USUAL_ANSWER_DAYS = Decimal(7)
Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""


@dataclass(frozen=True, slots=True)
class MarketMade:
    companies: int
    needs: int
    past_cases: int


def calibration(on: date) -> Calibration:
    return Calibration.from_content(parameter("market", on))


def completed(draft: CompanyDraft, on: date, table: SizeTable | None, terms: Vocabulary) -> dict[str, Value]:
    """The facts of a draft with the computed ones, as `companies.facts.facts_of` would give them."""
    facts = dict(draft.facts)
    facts["years_in_business"] = years_in_business(draft.founded_on, on)
    industry = facts.get("industry")
    if table is not None and isinstance(industry, str):
        figures = {key: value for key, value in facts.items() if isinstance(value, Decimal)}
        size = table.classify(terms.path("industries", industry), figures)
        if size is not None:
            facts["size_class"] = size
    return facts


def market_make(*, actor: User, count: int, seed: int, today: date, progress: Progress) -> MarketMade:
    """Make `count` companies with their needs, and three past cases for each company.

    `actor` acts for the platform. Each batch is one transaction; a company that is there already (same seed and
    number) is passed over, so that a broken run can be taken up again.
    """
    made = calibration(today)
    cases = history_make(made, count=3 * count, seed=seed, today=today, progress=progress)
    zone = ZoneInfo(current_pack().time_zone)
    filed = needs = 0
    for start in range(0, count, _BATCH):
        drafts = list(companies(made, seed=seed, count=min(_BATCH, count - start), start=start, today=today))
        there = set(
            Company.objects.filter(credit_code__in=[draft.credit_code for draft in drafts]).values_list(
                "credit_code", flat=True
            )
        )
        with transaction.atomic():
            for draft in drafts:
                if draft.credit_code not in there:
                    needs += _file(actor, draft, today, zone)
                    filed += 1
        progress("companies", start + len(drafts), count)
    return MarketMade(filed, needs, cases)


def company_input(draft: CompanyDraft, on: date) -> CompanyInput:
    return CompanyInput(
        name=draft.name,
        credit_code=draft.credit_code,
        founded_on=draft.founded_on,
        facts=stored(draft.facts, on),
    )


def stored(facts: Facts, on: date) -> dict[str, object]:
    """Facts as an import hands them in: each with the source that its attribute names."""
    return {
        key: {
            "value": value_to_json(ATTRIBUTES[key], value),
            "source": ATTRIBUTES[key].source.value,
            "as_of": on.isoformat(),
        }
        for key, value in facts.items()
    }


def _file(actor: User, draft: CompanyDraft, today: date, zone: ZoneInfo) -> int:
    company = company_create(actor=actor, today=today, data=company_input(draft, today))
    for need in draft.needs:
        opened_on = today - timedelta(days=need.opened_days_ago)
        need_create(
            actor=actor,
            company_id=company.pk,
            data=need_input(need, today),
            opened_at=datetime.combine(opened_on, time(9), zone),
            today=today,
        )
    return len(draft.needs)


def need_input(need: NeedDraft, on: date) -> NeedInput:
    return NeedInput(
        title=need.title,
        description=need.description,
        amount=need.amount,
        term_months=need.term_months,
        purpose=need.purpose,
        facts=stored(need.facts, on),
    )


def history_make(made: Calibration, *, count: int, seed: int, today: date, progress: Progress) -> int:
    if PastCase.objects.exists():
        return 0
    terms, table = vocabulary(), size_table(today)
    drafts: list[CaseDraft] = []
    for draft in past_cases(
        made,
        _offers(terms, ranking_settings(today).supplements),
        lambda company, on: completed(company, on, table, terms),
        lambda industry: terms.path("industries", industry)[-1],
        seed=seed,
        count=count,
        today=today,
    ):
        drafts.append(draft)
        progress("past cases", len(drafts), count)
    past_cases_add(_case(draft) for draft in drafts)
    return len(drafts)


def _offers(terms: Vocabulary, supplements: frozenset[str]) -> list[Offer]:
    """What pays out: whoever financed a company did so by one of these."""
    products = Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution").order_by("pk")
    return [
        Offer(
            product_id=product.pk,
            institution_id=product.institution_id,
            institution_code=product.institution.code,
            answer_days=product.institution.answer_days or _USUAL_ANSWER_DAYS,
            amount_max=product.amount_max or Decimal(10) ** 12,
            admits=_admits(effective_rule(product), terms),
            channel=_channel(product, terms),
        )
        for product in products
        if supplements.isdisjoint(terms.path("product_kinds", product.kind))
    ]


def _channel(product: Product, terms: Vocabulary) -> str:
    """The loan leg of a linked product is a bank's, with the equity or the warrant as its security."""
    match terms.path("product_kinds", product.kind)[-1]:
        case "loan" if not product.collateral:
            return UNSECURED
        case "loan" | "linked":
            return SECURED
    return OTHER


def _admits(rule: Rule, terms: Vocabulary) -> Callable[[Facts], bool]:
    compiled = Compiled(rule, terms)
    return lambda facts: compiled.read(facts)[0] is not State.UNMET


def _text(facts: Facts, key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def _case(draft: CaseDraft) -> PastCase:
    term, employees = draft.facts.get("term"), draft.facts.get("employees")
    return PastCase(
        institution_id=draft.offer.institution_id,
        product_id=draft.offer.product_id,
        decided_on=draft.decided_on,
        funded=draft.funded,
        first_loan=draft.first_loan,
        answer_days=draft.answer_days,
        region=_text(draft.facts, "region"),
        industry=_text(draft.facts, "industry"),
        size_class=_text(draft.facts, "size_class"),
        stage=_text(draft.facts, "stage"),
        purpose=_text(draft.facts, "purpose"),
        amount=draft.amount,
        term_months=int(term) if isinstance(term, Decimal) else None,
        employees=int(employees) if isinstance(employees, Decimal) else None,
    )
