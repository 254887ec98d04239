"""Loading a city pack: checked as a whole first, then written in one transaction, and a second time without effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.common.errors import Conflict, DomainError
from backend.packs.checks import CheckedPack, check_pack
from backend.packs.faults import Fault, Faults
from backend.packs.folder import ParameterEntry, TermRow
from backend.packs.models import Pack, Parameter, Term
from backend.packs.offers import InstitutionEntry, ProductEntry
from backend.products.models import Institution, Product
from backend.products.services import (
    InstitutionInput,
    ProductInput,
    institution_create,
    institution_update,
    product_import,
    product_update,
)
from backend.products.shelving import product_restock, product_retire, product_withdraw

Progress = Callable[[str, int, int], None]
"""(what, done, of how many)"""


class PackRefused(DomainError):
    """The folder has faults; nothing was written. `faults` names each with its place and remedy."""

    code = "pack_refused"
    status = 400
    title = _("The pack has faults")

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class PackReport:
    """`changed` is False where the database held this folder's content already."""

    key: str
    changed: bool
    terms: int
    institutions: int
    products: int


def pack_load(folder: Path, *, actor: User, progress: Progress, today: date | None = None) -> PackReport:
    """Bring the database to what the folder says. `actor` acts for the platform.

    Codes that have left the folder end the day before `today`; they are never deleted. A product that changed in the
    folder is updated; one that its institution changed on the site since stays as the institution has it. Raises
    PackRefused for a folder with faults, Conflict where the database serves another city.
    """
    faults = Faults()
    checked = check_pack(folder, faults)
    if checked is None:
        raise PackRefused(faults.found())
    day = today or timezone.localdate()
    with transaction.atomic():
        other = Pack.objects.exclude(key=checked.heading.key).first()
        if other is not None:
            raise Conflict(
                _("This database serves %(key)s. Another city needs a database of its own.") % {"key": other.key},
                code="another_pack",
            )
        report = PackReport(
            checked.heading.key, True, len(checked.terms), len(checked.institutions), len(checked.products)
        )
        before = Pack.objects.filter(key=checked.heading.key).first()
        if before is not None and before.digest == checked.digest:
            return PackReport(report.key, False, report.terms, report.institutions, report.products)
        _write_terms(checked.terms, day)
        _write_parameters(checked.parameters)
        loaded = dict(before.loaded_products) if before else {}
        # The heading comes before the offers: their checks read the vocabularies through it.
        pack = _write_heading(checked, loaded)
        institutions = _write_institutions(checked.institutions, actor)
        for number, entry in enumerate(checked.products, start=1):
            loaded[entry.code] = _write_product(entry, institutions, loaded.get(entry.code), actor, day)
            progress("products", number, len(checked.products))
        pack.loaded_products = loaded
        pack.save()
    return report


def _write_heading(checked: CheckedPack, loaded: Mapping[str, str]) -> Pack:
    heading = checked.heading
    pack, _created = Pack.objects.update_or_create(
        key=heading.key,
        defaults={
            "name_zh": heading.name.zh,
            "name_en": heading.name.en,
            "currency": heading.currency,
            "time_zone": heading.time_zone,
            "home_region": heading.home_region,
            "words": list(checked.words),
            "loaded_products": dict(loaded),
            "digest": checked.digest,
        },
    )
    return pack


def _write_terms(rows: Iterable[TermRow], today: date) -> None:
    given = {(row.scheme, row.code): row for row in rows}
    Term.objects.bulk_create(
        [
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
            for row in given.values()
        ],
        update_conflicts=True,
        unique_fields=["scheme", "code"],
        update_fields=[
            "parent", "label_zh", "label_en", "note_zh", "note_en", "explains", "position", "valid_from",
            "valid_to",
        ],
        batch_size=500,
    )  # fmt: skip
    for term in Term.objects.filter(valid_to__isnull=True):
        if (term.scheme, term.code) not in given:
            term.valid_to = max(today - timedelta(days=1), term.valid_from)
            term.explains = []
            term.save(update_fields=["valid_to", "explains"])


def _write_parameters(entries: Iterable[ParameterEntry]) -> None:
    for entry in entries:
        Parameter.objects.update_or_create(
            name=entry.name,
            version=entry.version,
            defaults={"effective_from": entry.effective_from, "content": entry.content},
        )


def _write_institutions(entries: Iterable[InstitutionEntry], actor: User) -> dict[str, Institution]:
    there = {institution.code: institution for institution in Institution.objects.all()}
    for entry in entries:
        given = InstitutionInput(
            code=entry.code,
            kind=entry.kind,
            name_zh=entry.name.zh,
            name_en=entry.name.en,
            region=entry.region,
            answer_days=entry.answer_days,
        )
        known = there.get(entry.code)
        if known is None:
            there[entry.code] = institution_create(actor=actor, data=given)
        elif given != InstitutionInput(**{name: getattr(known, name) for name in InstitutionInput.__slots__}):
            there[entry.code] = institution_update(actor=actor, institution_id=known.pk, data=given)
    return there


def _digest(entry: ProductEntry) -> str:
    content = [entry.institution, entry.retired, str(entry.last_confirmed_on), dict(entry.values)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _write_product(
    entry: ProductEntry, institutions: Mapping[str, Institution], loaded: str | None, actor: User, today: date
) -> str:
    """Returns the digest of the entry that is now in the database."""
    digest = _digest(entry)
    if digest == loaded:
        return digest
    given = ProductInput(code=entry.code, **entry.values)
    confirmed = min(entry.last_confirmed_on or today, today)
    product = Product.objects.filter(code=entry.code).first()
    if product is None:
        institution = institutions[entry.institution]
        product_import(
            actor=actor, data=given, institution_id=institution.pk, confirmed_on=confirmed, retired=entry.retired
        )
        return digest
    if product.status == Product.Status.REVIEW:
        product = product_withdraw(actor=actor, product_id=product.pk, expected_version=product.version)
    if product.status != Product.Status.RETIRED:
        product = product_update(actor=actor, product_id=product.pk, data=given, expected_version=product.version)
    if not entry.retired:
        product_restock(actor=actor, product_id=product.pk, confirmed_on=confirmed)
    elif product.status in (Product.Status.PUBLISHED, Product.Status.SUSPENDED):
        product_retire(actor=actor, product_id=product.pk, expected_version=product.version)
    return digest
