"""The two kinds of search document: needs, and products with the envelopes of what they ask.

Fields named like attributes come from the registry; the others are listed here. Numbers are whole: ticks of an
attribute, fen, ten-thousandths of a per cent (rates), days since 1970-01-01 (`*_on`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from backend.eligibility.query import need_fields, product_fields
from search.schema import FieldKind, Schema, SearchField

NEED = Schema(
    "need",
    (
        *need_fields(),
        SearchField("audience", FieldKind.KEYWORD, many=True),
        SearchField("status", FieldKind.KEYWORD),
        SearchField("industry_section", FieldKind.KEYWORD),
        SearchField("suggestions", FieldKind.NAMES),
        SearchField("opened_on", FieldKind.INTEGER),
        SearchField("company_id", FieldKind.INTEGER),
        SearchField("organisation_id", FieldKind.INTEGER),
        SearchField("title", FieldKind.TEXT),
        SearchField("body", FieldKind.TEXT),
        SearchField("facts", FieldKind.STORED),
        SearchField("stored", FieldKind.STORED),
    ),
)
"""`facts`: JSON of everything known on the day of the copy, computed facts included. `stored`: JSON of what a lead's
card shows. Neither names the company, and nor does anything that can be searched: a lead is anonymous."""

PRODUCT = Schema(
    "product",
    (
        *product_fields(),
        SearchField("audience", FieldKind.KEYWORD, many=True),
        SearchField("status", FieldKind.KEYWORD),
        SearchField("code", FieldKind.KEYWORD),
        SearchField("kind", FieldKind.KEYWORD),
        SearchField("kind_path", FieldKind.KEYWORD, many=True),
        SearchField("institution", FieldKind.KEYWORD),
        SearchField("institution_kind", FieldKind.KEYWORD),
        SearchField("institution_region_path", FieldKind.KEYWORD, many=True),
        SearchField("serves_purposes", FieldKind.KEYWORD, many=True),
        SearchField("serves_themes", FieldKind.KEYWORD, many=True),
        SearchField("serves_stages", FieldKind.KEYWORD, many=True),
        SearchField("takes_collateral", FieldKind.KEYWORD, many=True),
        SearchField("first_loan_friendly", FieldKind.KEYWORD),
        SearchField("suggestions", FieldKind.NAMES),
        SearchField("confirmed_on", FieldKind.INTEGER),
        SearchField("institution_id", FieldKind.INTEGER),
        SearchField("organisation_id", FieldKind.INTEGER),
        SearchField("rate_min", FieldKind.INTEGER),
        SearchField("rate_max", FieldKind.INTEGER),
        SearchField("amount_limit", FieldKind.INTEGER),
        SearchField("answer_days", FieldKind.INTEGER),
        SearchField("annual_cost", FieldKind.INTEGER),
        SearchField("name_zh", FieldKind.TEXT),
        SearchField("name_en", FieldKind.TEXT),
        SearchField("body", FieldKind.TEXT),
        SearchField("stored", FieldKind.STORED),
    ),
)
"""`annual_cost`: the middle all-in cost at a reference amount and term, hundredths of a per cent. `takes_collateral`:
`-` where none is asked. `answer_days` in tenths of a working day, `amount_limit` the greatest amount in fen. `stored`:
the product's columns as JSON, from which `documents.offer_from` makes the record that the matcher judges."""

SCHEMAS = {schema.name: schema for schema in (NEED, PRODUCT)}
KINDS = tuple(SCHEMAS)


@cache
def schema(kind: str, revision: str) -> Schema:
    """The schema of `kind` as today's pack and segmentation shape it; see `engines.revision`."""
    return replace(SCHEMAS[kind], revision=revision)
