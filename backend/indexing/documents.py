"""Search documents of needs and products, built from the database in batches: one query a kind, none per row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from backend.accounts.audience import need_tokens, product_tokens
from backend.common.size_class import SizeTable
from backend.companies.facts import facts_of
from backend.eligibility.attributes import ATTRIBUTES, Attribute, Facts, Label, Value
from backend.eligibility.envelope import document_fields, envelope
from backend.eligibility.facts import value_to_json
from backend.eligibility.query import EMPTY_SET, flag_token, need_document_part
from backend.eligibility.vocabulary import Vocabulary
from backend.indexing.models import Copy
from backend.matching.coarse import cost_ticks
from backend.matching.product_cost import product_reference_cost
from backend.needs.models import Need
from backend.packs.queries import size_table, vocabulary
from backend.products.models import Institution, Product
from backend.products.rules import effective_rule
from search.schema import Document, FieldValue

EPOCH = date(1970, 1, 1)
RATE_SCALE = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """What a document depends on besides its rows: the day and the pack."""

    today: date
    vocabulary: Vocabulary
    size_table: SizeTable | None


@dataclass(frozen=True, slots=True)
class Unbuildable:
    """Why a row gives no document: its stored data is broken."""

    reason: str


Built = Document | Unbuildable


def setting(today: date) -> Setting:
    return Setting(today, vocabulary(), size_table(today))


def documents(kind: str, ids: Sequence[int], where: Setting) -> dict[int, Built]:
    """The documents of those of `ids` that exist. A row that cannot be built does not stop the others."""
    return dict(_BUILDERS[kind](ids, where))


def ids_after(kind: str, after: int, limit: int) -> list[int]:
    """Ids of existing rows above `after`, ascending."""
    rows = _MODELS[kind].objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return [int(id) for id in rows[:limit]]


def count(kind: str) -> int:
    return int(_MODELS[kind].objects.count())


def without_row(kind: str, copies: QuerySet[Copy]) -> QuerySet[Copy]:
    """Those of `copies` whose row was deleted."""
    row = _MODELS[kind].objects.filter(pk=OuterRef("object_id"))
    return copies.filter(~Exists(row), kind=kind)


def _needs(ids: Sequence[int], where: Setting) -> Iterator[tuple[int, Built]]:
    for need in Need.objects.filter(pk__in=ids).select_related("company__organisation"):
        yield need.pk, _attempt(lambda need=need: need_document(need, where))  # type: ignore[misc]


def _products(ids: Sequence[int], where: Setting) -> Iterator[tuple[int, Built]]:
    for product in Product.objects.filter(pk__in=ids).select_related("institution__organisation"):
        yield product.pk, _attempt(lambda product=product: product_document(product, where))  # type: ignore[misc]


def _attempt(build: Callable[[], Document]) -> Built:
    try:
        return build()
    except Exception as error:  # a row that was broken by hand may fail anywhere; the outbox records why
        return Unbuildable(f"{type(error).__name__}: {error}")


_BUILDERS: Mapping[str, Callable[[Sequence[int], Setting], Iterator[tuple[int, Built]]]] = {
    "need": _needs,
    "product": _products,
}
_MODELS: Mapping[str, type[Need] | type[Product]] = {"need": Need, "product": Product}


def need_document(need: Need, where: Setting) -> Document:
    """Raises FactError where stored facts are broken."""
    company, terms = need.company, where.vocabulary
    facts = facts_of(company, need, today=where.today, vocabulary=terms, size_table=where.size_table)
    words = list(_words(facts, terms))
    industry = facts.get("industry")
    opened = timezone.localdate(need.opened_at) if need.opened_at else None
    part: dict[str, FieldValue] = dict(need_document_part(facts, terms))
    part |= {
        "audience": need_tokens(organisation=company.organisation, status=need.status, regions=_regions(facts, terms)),
        "status": need.status,
        "industry_section": terms.path("industries", industry)[-1] if isinstance(industry, str) else None,
        "suggestions": sorted({need.title, *_suggested(facts, terms)} - {""}),
        "opened_on": None if opened is None else days(opened),
        "company_id": company.pk,
        "organisation_id": company.organisation_id,
        "title": need.title,
        "body": "\n".join([need.description, *words]),
        "facts": _json(facts_to_json(facts)),
        "stored": _json(
            {
                "title": need.title,
                "description": need.description,
                "status": need.status,
                "opened_on": None if opened is None else opened.isoformat(),
                "version": need.version,
                "company_id": company.pk,
            }
        ),
    }
    return part


def product_document(product: Product, where: Setting) -> Document:
    """Raises RuleError where the stored rule is broken."""
    terms, institution = where.vocabulary, product.institution
    limits = envelope(effective_rule(product), terms)
    kinds = terms.path("product_kinds", product.kind)
    institution_kind = terms.label("institution_kinds", institution.kind)
    labels = [terms.label("product_kinds", code) for code in kinds] + [institution_kind]
    for scheme, codes in (
        ("purposes", product.purposes),
        ("themes", product.themes),
        ("stages", product.stages),
        ("collateral", product.collateral),
    ):
        labels += [terms.label(scheme, code) for code in codes]
    names = [product.name_zh, product.name_en, institution.name_zh, institution.name_en]
    part: dict[str, FieldValue] = dict(document_fields(limits))
    part |= {
        "audience": product_tokens(organisation=institution.organisation, status=product.status),
        "status": product.status,
        "code": product.code,
        "kind": product.kind,
        "kind_path": list(kinds),
        "institution": institution.code,
        "institution_kind": institution.kind,
        "institution_region_path": list(terms.path("regions", institution.region)) if institution.region else None,
        "serves_purposes": list(product.purposes),
        "serves_themes": list(product.themes),
        "serves_stages": list(product.stages),
        "takes_collateral": list(product.collateral) or [EMPTY_SET],
        "first_loan_friendly": flag_token(product.first_loan_friendly),
        "suggestions": names,
        "confirmed_on": days(product.last_confirmed_on) if product.last_confirmed_on else None,
        "institution_id": institution.pk,
        "organisation_id": institution.organisation_id,
        "rate_min": _ticks(product.rate_min, RATE_SCALE),
        "rate_max": _ticks(product.rate_max, RATE_SCALE),
        "amount_limit": _ticks(product.amount_max, 2),
        "answer_days": _ticks(institution.answer_days, 1),
        "annual_cost": cost_ticks(product_reference_cost(product)),
        "name_zh": f"{product.name_zh} {institution.name_zh}",
        "name_en": f"{product.name_en} {institution.name_en}",
        "body": "\n".join([product.summary_zh, product.summary_en, *_both(labels)]),
        "stored": _json(_columns(product) | {"of": _columns(institution)}),
    }
    return part


def offer_from(stored: str) -> Product:
    """The product, with its institution, that a document's `stored` was made from. Not attached to the database."""
    columns: dict[str, Any] = json.loads(stored)
    institution = _record(Institution, columns.pop("of"))
    product: Product = _record(Product, columns)
    product.institution = institution
    return product


def facts_to_json(facts: Facts) -> dict[str, object]:
    return {key: value_to_json(ATTRIBUTES[key], value) for key, value in sorted(facts.items())}


def days(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def _words(facts: Facts, terms: Vocabulary) -> Iterator[str]:
    """What the facts say, in both languages, for free-text search."""
    for key, value in sorted(facts.items()):
        yield from _both(_labels(ATTRIBUTES[key], value, terms))


def _regions(facts: Facts, terms: Vocabulary) -> tuple[str, ...]:
    region = facts.get("region")
    return terms.path("regions", region) if isinstance(region, str) else ()


def _labels(attribute: Attribute, value: Value, terms: Vocabulary) -> list[Label]:
    scheme = attribute.scheme or ""
    match value:
        case True:
            return [attribute.label]
        case str():
            return [terms.label(scheme, code) for code in terms.path(scheme, value)]
        case frozenset():
            return [terms.label(scheme, code) for code in sorted(value)]
        case _:
            return []


def _suggested(facts: Facts, terms: Vocabulary) -> Iterator[str]:
    for key in ("industry", "purpose", "region", "themes"):
        value = facts.get(key)
        if value is not None:
            yield from _both(_labels(ATTRIBUTES[key], value, terms))


def _both(labels: Sequence[Label]) -> list[str]:
    return [text for label in labels for text in dict.fromkeys((label.zh, label.en))]


def _ticks(number: Decimal | None, scale: int) -> int | None:
    return None if number is None else int(number.scaleb(scale).to_integral_value())


def _columns(row: Product | Institution) -> dict[str, object]:
    """The row's columns in JSON's own types. Times of writing are left out: equal rows give equal documents."""
    columns: dict[str, object] = {}
    for field in row._meta.concrete_fields:
        if field.name not in ("created_at", "updated_at"):
            value = field.value_from_object(row)
            columns[field.attname] = value if isinstance(value, str | int | bool | list | dict | None) else str(value)
    return columns


def _record(model: Any, columns: Mapping[str, object]) -> Any:
    return model(**{name: model._meta.get_field(name).to_python(value) for name, value in columns.items()})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
