"""The forms of a product's page together: as stored, as sent, what the service takes, and each fault at its field.

A row of fees or subsidies with nothing in it is no row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from backend.common.errors import InvalidInput
from backend.eligibility.facts import canonical
from backend.products.forms import ROWS, TERM_FIELDS, WAN, Offered, ProductForm, Row
from backend.products.models import Product
from backend.products.services import ProductInput

MOST_ROWS = 30
FORM_TERMS = (*TERM_FIELDS, "subsidies")
"""The keys of `Product.terms` that the form holds; it keeps the others as they are."""
_LISTS = ("purposes", "stages", "themes", "collateral", "documents")
_PATH = re.compile(r"(?:terms\.)?(?P<rows>fees|subsidies)\[(?P<row>[0-9]+)\](?:\.(?P<key>\w+))?")


@dataclass(slots=True)
class ProductForms:
    """The whole page: the product's own form and its rows."""

    product: ProductForm
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def valid(self) -> bool:
        """Every part is asked, so that all faults are shown at once."""
        parts = [self.product, *(row for rows in self.rows.values() for row in rows)]
        faulty = [part for part in parts if not part.is_valid()]
        return not faulty

    def refused(self, error: InvalidInput) -> None:
        """Put the service's fault at its field, or at the head of the form where it has none."""
        path = error.field or ""
        row = _PATH.match(path)
        if row is not None:
            rows = self.rows[row["rows"]]
            place = int(row["row"])
            if place < len(rows):
                name = rows[place].field_of(row["key"] or "")
                rows[place].add_error(name if name in rows[place].fields else None, error.message)
                return
        name = path.removeprefix("terms.").partition("[")[0].partition(".")[0]
        self.product.add_error(name if name in self.product.fields else None, error.message)

    def input(self, stored: Product | None) -> ProductInput:
        """What the service takes; the rule and the terms that are not in the form stay as they are."""
        given = self.product.cleaned_data
        terms = {key: value for key, value in (stored.terms if stored else {}).items() if key not in FORM_TERMS}
        for name in ("deposit", "loan_rate_cap", "residual"):
            if given[name] is not None:
                terms[name] = canonical(given[name])
        if given["repayment"]:
            terms["repayment"] = given["repayment"]
        if self.rows["subsidies"]:
            terms["subsidies"] = [row.json for row in self.rows["subsidies"]]
        names = ("name_zh", "name_en", "kind", "summary_zh", "summary_en", "first_loan_friendly")
        return ProductInput(
            **{name: given[name] for name in (*names, "rate_min", "rate_max", *_LISTS)},
            code=given["code"].strip(),
            amount_min=(given["amount_min"] or Decimal(0)) * WAN,
            amount_max=(given["amount_max"] or Decimal(0)) * WAN,
            term_min=int(given["term_min"] or 0),
            term_max=int(given["term_max"] or 0),
            terms=terms,
            fees=[row.json for row in self.rows["fees"]],
            rule=stored.rule if stored else {},
        )


def forms_of(product: Product | None, offered: Offered) -> ProductForms:
    """The forms as they stand before anything is typed."""
    if product is None:
        return ProductForms(ProductForm(offered=offered), {name: [] for name in ROWS})
    first: dict[str, object] = {
        name: getattr(product, name)
        for name in ProductForm.base_fields
        if name in {one.name for one in Product._meta.get_fields()}
    }
    first |= {name: getattr(product, name) for name in _LISTS}
    first |= {name: _plain(getattr(product, name), WAN) for name in ("amount_min", "amount_max")}
    first |= {name: getattr(product, name) or "" for name in ("term_min", "term_max")}
    first |= {name: _plain(getattr(product, name)) for name in ("rate_min", "rate_max")}
    first |= {name: product.terms.get(name) for name in TERM_FIELDS}
    stored = {"fees": product.fees, "subsidies": product.terms.get("subsidies") or []}
    return ProductForms(
        ProductForm(offered=offered, stored=product, initial=first),
        {
            name: [
                kind(offered=offered, initial=kind.typed(row), prefix=f"{name}-{number}")
                for number, row in enumerate(stored[name])
            ]
            for name, kind in ROWS.items()
        },
    )


def forms_from(data: QueryDict, product: Product | None, offered: Offered, *, checked: bool) -> ProductForms:
    """The forms as they were sent; with `checked` they say what is wrong, else they only hold what was typed."""
    rows: dict[str, list[Row]] = {}
    for name, kind in ROWS.items():
        filled = [number for number in row_numbers(data, name) if not checked or _has_content(data, name, number)]
        rows[name] = [_held(kind, data, checked, offered=offered, prefix=f"{name}-{number}") for number in filled]
    return ProductForms(_held(ProductForm, data, checked, offered=offered, stored=product), rows)


def row_numbers(data: QueryDict, name: str) -> list[int]:
    """The numbers of the rows that were sent, in order."""
    found = re.compile(rf"{name}-([0-9]{{1,3}})-kind")
    return sorted(int(match[1]) for key in data if (match := found.fullmatch(key)))[:MOST_ROWS]


def _has_content(data: QueryDict, name: str, number: int) -> bool:
    """Choices that a row begins with say nothing."""
    prefix = f"{name}-{number}-"
    begun = (f"{prefix}basis", f"{prefix}when")
    return any(data.get(key, "").strip() for key in data if key.startswith(prefix) and key not in begun)


def _held(kind: type[Any], data: QueryDict, checked: bool, **more: Any) -> Any:
    """A form over what was sent. Without checking, that is what it shows first."""
    if checked:
        return kind(data, **more)
    blank = kind(**more)
    typed = {
        name: one.widget.value_from_datadict(data, {}, blank.add_prefix(name)) for name, one in blank.fields.items()
    }
    return kind(initial=typed, **more)


def _plain(value: Decimal | None, unit: Decimal = Decimal(1)) -> str:
    """A stored number as it is typed; a limit of 0 is none."""
    return "" if value is None or (not value and unit != 1) else canonical(value / unit)
