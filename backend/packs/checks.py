"""Everything that must hold of a pack before a word of it reaches the database. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.applications.rules import Deadlines, Limits, RulesError, consent_text, reasons
from backend.common.size_class import SizeTableError, size_table
from backend.common.working_days import CalendarError, calendar
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.vocabulary import Vocabulary
from backend.lifecycle.settings import LifeCycleSettings, LifeCycleSettingsError
from backend.matching.record_settings import RecordSettingsError
from backend.matching.settings import RankingSettings, RankingSettingsError
from backend.packs.faults import Faults
from backend.packs.folder import TERMS, Heading, ParameterEntry, TermRow, read_folder
from backend.packs.offers import InstitutionEntry, ProductEntry, read_institutions, read_products
from backend.products.term_keys import DESCRIBING, OF_EVERY_KIND
from backend.verification.terms import VerificationTermsError, verification_terms

REQUIRED_SCHEMES = tuple(
    dict.fromkeys(
        [
            *(attribute.scheme for attribute in ATTRIBUTES.values() if attribute.scheme),
            "institution_kinds", "product_kinds", "repayment", "fee_kinds", "payees", "subsidy_kinds",
            "document_kinds",
        ]
    )
)  # fmt: skip
TREES = frozenset({"regions", "industries", "product_kinds", "guarantee_types", TERMS})
CODES_OF_THE_CODE: Mapping[str, frozenset[str]] = {
    "size_classes": frozenset({"micro", "small", "medium", "large"}),
    "stages": frozenset({"seed", "startup", "growth", "mature"}),
    "zones": frozenset({"none"}),
}
"""Codes that the program itself gives or asks for: a pack must have them."""

ONLY_CODES: Mapping[str, frozenset[str]] = {
    "repayment": frozenset({"bullet", "interest_monthly", "equal_instalment", "equal_principal", "on_demand"}),
    "size_classes": CODES_OF_THE_CODE["size_classes"],
}
"""Schemes whose every code the program must understand: the cost of a loan, the size of a company."""

EXPLAINABLE: Mapping[str, frozenset[str]] = {
    "attribute": frozenset(ATTRIBUTES),
    "product_term": frozenset(OF_EVERY_KIND).union(*DESCRIBING.values()),
}
"""What a term may explain besides the codes of the vocabularies: attributes, and keys of a product's `terms`."""

PRODUCT_ROOTS = frozenset(
    {"loan", "guarantee", "equity", "linked", "insurance", "leasing", "factoring", "bridge", "public_money"}
)


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """A pack without faults."""

    digest: str
    heading: Heading
    terms: tuple[TermRow, ...]
    parameters: tuple[ParameterEntry, ...]
    words: tuple[str, ...]
    institutions: tuple[InstitutionEntry, ...]
    products: tuple[ProductEntry, ...]


def check_pack(folder: Path, faults: Faults) -> CheckedPack | None:
    """The pack in `folder`; None where `faults` has anything to say."""
    if not folder.is_dir():
        faults.add(str(folder), "there is no such folder", "Name the folder of a pack, one that holds a pack.json")
        return None
    pack = read_folder(folder, faults)
    _check_terms(pack.terms, faults)
    _check_parameters(pack.parameters, faults)
    heading = pack.heading
    if faults or heading is None:
        return None  # what follows reads codes: without sound vocabularies it would only repeat their faults
    vocabulary = pack.vocabulary()
    _check_heading(heading, vocabulary, faults)
    for entry in pack.parameters:
        _check_content(entry, vocabulary, faults)
    institutions = read_institutions(pack.institutions, vocabulary, faults)
    products = read_products(pack.products, institutions, vocabulary, faults)
    if faults:
        return None
    return CheckedPack(
        pack.digest,
        heading,
        tuple(pack.terms),
        tuple(pack.parameters),
        tuple(pack.words),
        tuple(institutions),
        tuple(products),
    )


def _check_terms(rows: Iterable[TermRow], faults: Faults) -> None:
    schemes: dict[str, dict[str, TermRow]] = {}
    for row in rows:
        terms = schemes.setdefault(row.scheme, {})
        if row.code in terms:
            faults.add(row.place, f"{row.code!r} is there already, at {terms[row.code].place}", "Leave one of the two")
        else:
            terms[row.code] = row
    for scheme in REQUIRED_SCHEMES:
        if scheme not in schemes:
            faults.add(f"vocabularies/{scheme}.csv", "the vocabulary is missing or empty", "Add it with its codes")
    for scheme, terms in schemes.items():
        place = f"vocabularies/{scheme}.csv"
        for row in terms.values():
            _check_parent(row, terms, faults)
            _check_explains(row, schemes, faults)
        for code in sorted(CODES_OF_THE_CODE.get(scheme, frozenset()) - set(terms)):
            faults.add(place, f"the code {code!r} is missing", "Add it: the program itself uses it")
        if scheme in ONLY_CODES:
            for code in terms.keys() - ONLY_CODES[scheme]:
                faults.unknown(terms[code].place, f"code of {scheme}", code, sorted(ONLY_CODES[scheme]))
    for row in schemes.get("product_kinds", {}).values():
        root = row.code.partition(".")[0]
        if root not in PRODUCT_ROOTS:
            faults.unknown(row.place, "kind of product", root, sorted(PRODUCT_ROOTS))
        elif row.parent != (root if "." in row.code else ""):
            faults.add(
                row.place,
                f"{row.code!r} has the parent {row.parent!r}",
                "A kind is a root without a parent, or <root>.<kind> below its root",
            )


def _check_parent(row: TermRow, terms: Mapping[str, TermRow], faults: Faults) -> None:
    if not row.parent:
        return
    if row.scheme not in TREES:
        faults.add(row.place, f"{row.scheme} has no levels, but {row.code!r} has a parent", "Leave the parent empty")
        return
    if row.parent not in terms:
        faults.unknown(row.place, f"code of {row.scheme} (as a parent)", row.parent, terms)
        return
    above = row.parent
    for _ in terms:
        if above == row.code:
            faults.add(row.place, f"{row.code!r} is its own ancestor", "Correct the parents on the way")
            return
        if not above or above not in terms:
            return
        above = terms[above].parent


def _check_explains(row: TermRow, schemes: Mapping[str, Mapping[str, TermRow]], faults: Faults) -> None:
    if row.explains and row.scheme != TERMS:
        faults.add(row.place, f"{row.code!r} explains something", f"Leave that to a row of vocabularies/{TERMS}.csv")
        return
    known: Mapping[str, Iterable[str]] = {**schemes, **EXPLAINABLE}
    for reference in row.explains:
        scheme, _colon, code = reference.partition(":")
        if scheme not in known:
            faults.unknown(row.place, "vocabulary, attribute or product_term", scheme, known)
        elif code not in known[scheme]:
            faults.unknown(row.place, f"code of {scheme}", code, known[scheme])


def _check_heading(heading: Heading, vocabulary: Vocabulary, faults: Faults) -> None:
    if not vocabulary.accepts("regions", heading.home_region):
        faults.unknown("pack.json.home_region", "code of regions", heading.home_region, vocabulary.terms("regions"))
    try:
        ZoneInfo(heading.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.add("pack.json.time_zone", f"{heading.time_zone!r} is not a time zone", "Use one like Asia/Shanghai")


def _check_parameters(entries: Iterable[ParameterEntry], faults: Faults) -> None:
    seen: dict[tuple[str, int], str] = {}
    for entry in entries:
        key = (entry.name, entry.version)
        if key in seen:
            faults.add(f"{entry.place}.version", f"version {entry.version} is at {seen[key]} already", "Raise it")
        seen.setdefault(key, entry.place)


def _check_content(entry: ParameterEntry, vocabulary: Vocabulary, faults: Faults) -> None:
    """The parameters that code reads are read here first, by the same functions."""
    content = entry.content
    place = f"{entry.place}.content"
    if not isinstance(content, dict):
        faults.add(place, "an object is wanted", "See docs/reference/pack.md")
        return
    try:
        if entry.name == "size_classes":
            table = size_table(content)
            for code in table.by_industry:
                if not vocabulary.accepts("industries", code):
                    faults.unknown(
                        f"{place}.by_industry.{code}", "code of industries", code, vocabulary.terms("industries")
                    )
        elif entry.name == "calendar":
            calendar(content)
        elif entry.name == "lifecycles":
            LifeCycleSettings.parse(content)
        elif entry.name == "verification":
            verification_terms(content)
        elif entry.name == "application_deadlines":
            for kind in sorted(Deadlines.parse(content).online_kinds):
                if not vocabulary.accepts("product_kinds", kind):
                    faults.unknown(
                        f"{place}.online_kinds", "code of product_kinds", kind, vocabulary.terms("product_kinds")
                    )
        elif entry.name == "application_limits":
            Limits.parse(content)
        elif entry.name == "refusal_reasons":
            for code in reasons(content):
                if not vocabulary.accepts("refusal_codes", code):
                    faults.unknown(f"{place}.{code}", "code of refusal_codes", code, vocabulary.terms("refusal_codes"))
        elif entry.name == "application_consent":
            consent_text(content)
        elif entry.name == "ranking":
            settings = RankingSettings.parse(content, version=entry.version)
            for name in ("supplements", "for_lenders"):
                for kind in sorted(getattr(settings, name)):
                    if not vocabulary.accepts("product_kinds", kind):
                        faults.unknown(
                            f"{place}.{name}", "code of product_kinds", kind, vocabulary.terms("product_kinds")
                        )
            for stage, row in settings.channels.items():
                if not vocabulary.accepts("stages", stage):
                    faults.unknown(f"{place}.channels.{stage}", "code of stages", stage, vocabulary.terms("stages"))
                for kind in row:
                    if not vocabulary.accepts("product_kinds", kind):
                        faults.unknown(
                            f"{place}.channels.{stage}.{kind}",
                            "code of product_kinds",
                            kind,
                            vocabulary.terms("product_kinds"),
                        )
    except (SizeTableError, CalendarError, LifeCycleSettingsError, VerificationTermsError, RulesError) as error:
        faults.add(f"{place}.{error.path}", error.message, "See docs/reference/pack.md")
    except (RankingSettingsError, RecordSettingsError) as error:
        faults.add(place, str(error), "See docs/reference/pack.md")
