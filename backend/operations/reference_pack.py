"""docs/reference/pack.md: the files of a pack, from the tables that its loader checks them against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from backend.eligibility.attributes import ATTRIBUTES
from backend.operations.reference_tables import code, codes, table
from backend.packs.checks import CODES_OF_THE_CODE, ONLY_CODES, PRODUCT_ROOTS, REQUIRED_SCHEMES, TREES
from backend.packs.folder import COLUMNS, Heading
from backend.packs.offers import (
    BASES,
    FEE_FIELDS,
    INSTITUTION_FIELDS,
    LONGEST_TERM,
    PRODUCT_FIELDS,
    STATUSES,
    SUBSIDY_FIELDS,
    TIMES,
)
from backend.products.term_keys import DESCRIBING

Meanings = Mapping[str, tuple[str, str]]
"""name → (whether it must be there, what it says)"""

YES, NO = "yes", ""
NAME = '`{"zh": …, "en": …}`'

FILES: Meanings = {
    "pack.json": (YES, "what the pack is called and where it lies"),
    "institutions.json": (YES, "a list of institutions; `[]` for none"),
    "dictionary.txt": (NO, "words that the segmentation keeps whole, one a line; `#` begins a comment"),
    "vocabularies/*.csv": (YES, "one table of codes each; the file's name is the scheme's"),
    "parameters/*.json": (YES, "figures and rules of the place, in versions; the file's name is the parameter's"),
    "products/*.json": (NO, "lists of products; how they are spread over files does not matter"),
}  # fmt: skip

HEADING: Meanings = {
    "key": (YES, "the pack's name in the database; a database serves one"),
    "name": (YES, NAME),
    "currency": (YES, "three capital letters, like `CNY`"),
    "time_zone": (YES, "like `Asia/Shanghai`"),
    "home_region": (YES, "a code of `regions`"),
    "valid_from": (YES, "day from which a code holds that states no other"),
}

TERM_COLUMNS: Meanings = {
    "code": (YES, "at most 40 characters"),
    "parent": (YES, "the code above it; empty in a scheme without levels and at a root"),
    "zh": (YES, "label"),
    "en": (YES, "label"),
    "note_zh": (NO, "more about it"),
    "note_en": (NO, ""),
    "explains": (NO, "of `terms` only: references, separated by spaces, to what the word explains"),
    "valid_from": (NO, "day; else that of `pack.json`"),
    "valid_to": (NO, "last day; empty: no end"),
}

SCHEMES: Mapping[str, str] = {
    "institution_kinds": "kinds of institutions",
    "product_kinds": "kinds of products",
    "repayment": "how a loan is repaid",
    "fee_kinds": "kinds of fees and payments of a cost sheet",
    "payees": "who is paid",
    "subsidy_kinds": "kinds of subsidies",
    "document_kinds": "documents that a product asks for",
}

PARAMETERS: Mapping[str, tuple[str, str]] = {
    "ranking": ("to match", "weights and figures of the [ranking](ranking.md)"),
    "size_classes": ("for `size_class`", "lower bounds by trade, each industry's trade; without it sizes stay unknown"),
    "calendar": (NO, "weekend, holidays and make-up days; without it nothing that is due in working days has a day"),
    "lifecycles": (NO, "how long [states](life-cycles.md) may last; without it nothing runs out"),
    "verification": ("to verify", "papers that a company or an institution hands in, their size, days to the decision"),
    "application_deadlines": ("to apply", "what is due when in a [case](applications.md), in working or calendar days"),
    "application_limits": ("to apply", "cases of a need at once, validity of offers, sizes of files"),
    "application_consent": ("to apply", "the text that a company consents to; its version is kept with every consent"),
    "refusal_reasons": ("to apply", "how a case ends with each refusal code, and what repairs it"),
    "market": ("for the demo market", "shares and sizes of made-up companies, needs and past cases"),
}  # fmt: skip

INSTITUTIONS: Meanings = {
    "code": (YES, "at most 50 letters, digits, hyphens, underscores"),
    "kind": (YES, "code of `institution_kinds`"),
    "name": (YES, NAME),
    "region": (NO, "code of `regions`"),
    "answer_days": (NO, 'usual working days to an answer, `"4.0"`'),
    "logins": (NO, "user names, each once; checked and not used yet"),
}

PRODUCTS: Meanings = {
    "code": (YES, "as an institution's; it stays when the name changes"),
    "institution": (YES, "code of an institution of the pack"),
    "kind": (YES, "code of `product_kinds`"),
    "name": (YES, NAME),
    "summary": (YES, f"{NAME}, at most 2,000 characters each"),
    "amount_min": (YES, "money as a decimal string"),
    "amount_max": (YES, '`"0"` sets no limit to the amount, `amount_min` included'),
    "term_min": (YES, "months"),
    "term_max": (YES, f"months, at most {LONGEST_TERM}; 0 sets no limit to the term, `term_min` included"),
    "rate_min": (NO, 'per cent a year, `"3.85"`; both rates or neither'),
    "rate_max": (NO, ""),
    "first_loan_friendly": (NO, "`true`: meant for companies that never borrowed"),
    "purposes": (NO, "codes of `purposes`; for the ranking: only `rule` refuses"),
    "themes": (NO, "codes of `themes`, for the ranking"),
    "stages": (NO, "codes of `stages`, for the ranking"),
    "collateral": (NO, "codes of `collateral` of which one is asked, for the ranking"),
    "terms": (NO, "an object, below"),
    "fees": (NO, "a list, below"),
    "documents": (NO, "codes of `document_kinds`"),
    "rule": (NO, "[rule](rules.md); without one everybody is admitted within amounts and terms"),
    "status": (NO, f"{' or '.join(map(code, STATUSES))}; `{STATUSES[0]}` where absent"),
    "last_confirmed_on": (NO, "day; else the day of loading"),
}  # fmt: skip

FEES: Meanings = {
    "kind": (YES, "code of `fee_kinds`"),
    "payee": (YES, "code of `payees`"),
    "basis": (YES, f"{codes(BASES)}: a share of the principal, a sum, a share a year"),
    "rate": ("unless `fixed`", "per cent"),
    "amount": ("if `fixed`", "money"),
    "when": (YES, f"{codes(TIMES)}"),
}

SUBSIDIES: Meanings = {
    "kind": (YES, "code of `subsidy_kinds`"),
    "rate": (YES, "per cent a year"),
    "months": (YES, "how long"),
    "cap": (NO, "money in all"),
}


def _table(head: str, names: Sequence[str], meanings: Meanings) -> str:
    """Raises KeyError for a name without a meaning, ValueError for a meaning without a name."""
    if extra := meanings.keys() - set(names):
        raise ValueError(f"there is no {', '.join(sorted(extra))} among the {head}s")
    return table((head, "needed", "what it is"), ([code(name), *meanings[name]] for name in names))


def files() -> str:
    return _table("file", tuple(FILES), FILES)


def heading() -> str:
    return _table("key", tuple(field.name for field in fields(Heading)), HEADING)


def term_columns() -> str:
    return _table("column", COLUMNS, TERM_COLUMNS)


def vocabularies() -> str:
    rows = []
    for scheme in REQUIRED_SCHEMES:
        asked = [attribute.key for attribute in ATTRIBUTES.values() if attribute.scheme == scheme]
        used = f"attribute {codes(asked)}" if asked else SCHEMES[scheme]
        rows.append([code(scheme), used, "yes" if scheme in TREES else "", _codes(scheme)])
    return table(("scheme", "used for", "has levels", "codes"), rows)


def _codes(scheme: str) -> str:
    if scheme == "product_kinds":
        return f"roots {codes(sorted(PRODUCT_ROOTS))}, below them `<root>.<kind>`"
    if scheme in ONLY_CODES:
        return f"only {codes(sorted(ONLY_CODES[scheme]))}" + (", all of them" if scheme in CODES_OF_THE_CODE else "")
    if scheme in CODES_OF_THE_CODE:
        return f"at least {codes(sorted(CODES_OF_THE_CODE[scheme]))}"
    return "any"


def parameters() -> str:
    return table(
        ("parameter", "needed", "what it is"), ([code(name), *meaning] for name, meaning in PARAMETERS.items())
    )


def institutions() -> str:
    return _table("key", INSTITUTION_FIELDS, INSTITUTIONS)


def products() -> str:
    return _table("key", PRODUCT_FIELDS, PRODUCTS)


def fees() -> str:
    return _table("key", FEE_FIELDS, FEES)


def term_keys() -> str:
    """What a product's terms may hold beside the keys of its cost."""
    return table(("root of the kind", "keys"), ([code(root), codes(keys)] for root, keys in DESCRIBING.items()))


def subsidies() -> str:
    return _table("key", SUBSIDY_FIELDS, SUBSIDIES)
