"""A pack's folder into the tables, without the service's checks of who may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from backend.accounts.models import Organisation
from backend.packs.checks import check_pack
from backend.packs.faults import Faults
from backend.packs.models import Pack, Parameter, Term
from backend.products.models import Institution, Product
from backend.products.windows import Window


def load_pack(folder: Path) -> None:
    faults = Faults()
    pack = check_pack(folder, faults)
    assert pack is not None, faults.found()
    heading = pack.heading
    Pack.objects.create(
        key=heading.key,
        name_zh=heading.name.zh,
        name_en=heading.name.en,
        currency=heading.currency,
        time_zone=heading.time_zone,
        home_region=heading.home_region,
        words=list(pack.words),
        digest=pack.digest,
    )
    Term.objects.bulk_create(
        Term(
            scheme=row.scheme,
            code=row.code,
            parent=row.parent,
            label_zh=row.label.zh,
            label_en=row.label.en,
            note_zh=row.note.zh,
            note_en=row.note.en,
            explains=list(row.explains),
            position=row.position,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in pack.terms
    )
    for entry in pack.parameters:
        Parameter.objects.create(
            name=entry.name, version=entry.version, effective_from=entry.effective_from, content=entry.content
        )
    institutions = {}
    for found in pack.institutions:
        institutions[found.code] = Institution.objects.create(
            organisation=Organisation.objects.create(kind="institution", name=found.name.zh),
            code=found.code,
            kind=found.kind,
            name_zh=found.name.zh,
            name_en=found.name.en,
            region=found.region,
            answer_days=found.answer_days,
        )
    for product in pack.products:
        status = Product.Status.RETIRED if product.retired else Product.Status.PUBLISHED
        Product.objects.create(
            institution=institutions[product.institution],
            code=product.code,
            status=status,
            last_confirmed_on=product.last_confirmed_on,
            **product.values,
        )


def on_offer_on(today: date) -> list[Product]:
    """The published products that a company can have on that day."""
    found = []
    for product in Product.objects.filter(status="published"):
        window = Window.of(product.terms)
        spent = Decimal(str(product.terms.get("budget_left", 1))) <= 0
        for_lenders = product.kind == "public_money.risk_compensation"
        if not for_lenders and not spent and (window is None or window.is_open(today)):
            found.append(product)
    return found
