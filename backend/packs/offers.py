"""Institutions and products of a pack's folder, read and checked against its vocabularies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.common.money import MoneyError, amount
from backend.eligibility.attributes import Label
from backend.eligibility.rule import RuleError, parse, to_json
from backend.eligibility.vocabulary import Vocabulary
from backend.packs.faults import Faults
from backend.packs.folder import date_of, label_of, only_keys, slug_of
from backend.products.term_keys import term_keys

INSTITUTION_FIELDS = ("code", "kind", "name", "region", "answer_days", "logins")
PRODUCT_FIELDS = (
    "code",
    "institution",
    "kind",
    "name",
    "summary",
    "amount_min",
    "amount_max",
    "term_min",
    "term_max",
    "rate_min",
    "rate_max",
    "first_loan_friendly",
    "purposes",
    "themes",
    "stages",
    "collateral",
    "terms",
    "fees",
    "documents",
    "rule",
    "status",
    "last_confirmed_on",
)
FEE_FIELDS = ("kind", "payee", "basis", "rate", "amount", "when")
SUBSIDY_FIELDS = ("kind", "rate", "months", "cap")
STATUSES = ("published", "retired")
BASES = ("amount", "fixed", "amount_per_year")
TIMES = ("start", "yearly")
LONGEST_TERM = 600  # months


@dataclass(frozen=True, slots=True)
class InstitutionEntry:
    code: str
    kind: str
    name: Label
    region: str
    answer_days: Decimal | None
    logins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """`values`: the columns of `products.Product`, but for the institution and what services keep."""

    code: str
    institution: str
    retired: bool
    last_confirmed_on: date | None
    values: Mapping[str, Any]
    place: str


def read_institutions(
    raw: Iterable[tuple[str, Mapping[str, object]]], vocabulary: Vocabulary, faults: Faults
) -> list[InstitutionEntry]:
    entries: list[InstitutionEntry] = []
    seen: dict[str, str] = {}
    users: dict[str, str] = {}
    for place, data in raw:
        reader = _Reader(place, data, vocabulary, faults, INSTITUTION_FIELDS)
        code = reader.own_code(seen)
        logins = reader.texts("logins")
        for login in logins:
            if login in users:
                faults.add(f"{place}.logins", f"the login {login!r} is taken by {users[login]}", "Choose another one")
            users.setdefault(login, place)
        entries.append(
            InstitutionEntry(
                code,
                reader.code("kind", "institution_kinds"),
                label_of(data.get("name"), f"{place}.name", faults),
                reader.code("region", "regions") if data.get("region") else "",
                reader.decimal("answer_days", places=1, greatest=9999) if data.get("answer_days") is not None else None,
                tuple(logins),
            )
        )
    return entries


def read_products(
    raw: Iterable[tuple[str, Mapping[str, object]]],
    institutions: Iterable[InstitutionEntry],
    vocabulary: Vocabulary,
    faults: Faults,
) -> list[ProductEntry]:
    entries: list[ProductEntry] = []
    seen: dict[str, str] = {}
    codes = [entry.code for entry in institutions]
    for place, data in raw:
        reader = _Reader(place, data, vocabulary, faults, PRODUCT_FIELDS)
        code = reader.own_code(seen)
        if data.get("institution") not in codes:
            faults.unknown(f"{place}.institution", "institution", data.get("institution"), codes)
        status = data.get("status", "published")
        if status not in STATUSES:
            faults.unknown(f"{place}.status", "status", status, STATUSES)
        confirmed = data.get("last_confirmed_on")
        entries.append(
            ProductEntry(
                code,
                str(data.get("institution")),
                status == "retired",
                date_of(confirmed, f"{place}.last_confirmed_on", faults) if confirmed else None,
                reader.product(),
                place,
            )
        )
    return entries


class _Reader:
    """Reads one object; every fault names `place` and the field."""

    def __init__(
        self, place: str, data: Mapping[str, object], vocabulary: Vocabulary, faults: Faults, fields: tuple[str, ...]
    ) -> None:
        self.place = place
        self.data = data
        self.vocabulary = vocabulary
        self.faults = faults
        only_keys(data, fields, place, faults)

    def own_code(self, seen: dict[str, str]) -> str:
        code = slug_of(self.data.get("code"), f"{self.place}.code", self.faults)
        if code in seen:
            self.faults.add(f"{self.place}.code", f"{code!r} is the code of {seen[code]} already", "Choose another one")
        elif code:
            seen[code] = self.place
        return code

    def code(self, name: str, scheme: str) -> str:
        value = self.data.get(name)
        if not isinstance(value, str) or not self.vocabulary.accepts(scheme, value):
            self.faults.unknown(f"{self.place}.{name}", f"code of {scheme}", value, self.vocabulary.terms(scheme))
            return ""
        return value

    def codes(self, name: str, scheme: str) -> list[str]:
        found = self.texts(name)
        for number, code in enumerate(found):
            if not self.vocabulary.accepts(scheme, code):
                self.faults.unknown(
                    f"{self.place}.{name}[{number}]", f"code of {scheme}", code, self.vocabulary.terms(scheme)
                )
        return found

    def texts(self, name: str) -> list[str]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.faults.add(f"{self.place}.{name}", "a list of codes is wanted", 'Write ["one", "two"], or []')
            return []
        if len(set(value)) != len(value):
            self.faults.add(f"{self.place}.{name}", "a code occurs twice", "Leave one of the two")
        return list(value)

    def money(self, name: str) -> Decimal:
        value = self.data.get(name)
        try:
            if isinstance(value, str | int):
                found = amount(value)
                if found >= 0:
                    return found
        except MoneyError:
            pass
        self.faults.add(f"{self.place}.{name}", f"{value!r} is not an amount", 'Write a decimal string, like "500000"')
        return Decimal(0)

    def decimal(self, name: str, *, places: int, greatest: int) -> Decimal:
        """A decimal string from 0 to `greatest`."""
        value = self.data.get(name)
        try:
            found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or not 0 <= found <= greatest or found != round(found, places):
            self.faults.add(
                f"{self.place}.{name}",
                f"{value!r} is not a number from 0 to {greatest} with at most {places} decimals",
                'Write a decimal string, like "3.85"',
            )
            return Decimal(0)
        return found

    def months(self, name: str) -> int:
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LONGEST_TERM:
            self.faults.add(
                f"{self.place}.{name}",
                f"{value!r} is not a number of months",
                f"Write a whole number from 0 to {LONGEST_TERM}",
            )
            return 0
        return value

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value = self.data.get(name)
        if value not in known:
            self.faults.unknown(f"{self.place}.{name}", name, value, known)
        return str(value)

    def product(self) -> dict[str, Any]:
        name = label_of(self.data.get("name"), f"{self.place}.name", self.faults)
        summary = label_of(self.data.get("summary"), f"{self.place}.summary", self.faults, longest=2000)
        least, greatest = self.money("amount_min"), self.money("amount_max")
        if greatest and least > greatest:
            self.faults.add(
                f"{self.place}.amount_max",
                f"{greatest} is below the least amount {least}",
                "Put the two in order; 0 sets no upper limit",
            )
        shortest, longest = self.months("term_min"), self.months("term_max")
        if longest and shortest > longest:
            self.faults.add(
                f"{self.place}.term_max",
                f"{longest} is below the shortest term {shortest}",
                "Put the two in order; 0 sets no upper limit",
            )
        lowest, highest = self._rates()
        friendly = self.data.get("first_loan_friendly", False)
        if not isinstance(friendly, bool):
            self.faults.add(f"{self.place}.first_loan_friendly", f"{friendly!r} is not a flag", "Write true or false")
        return {
            "kind": self.code("kind", "product_kinds"),
            "name_zh": name.zh, "name_en": name.en, "summary_zh": summary.zh, "summary_en": summary.en,
            "amount_min": least, "amount_max": greatest, "term_min": shortest, "term_max": longest,
            "rate_min": lowest, "rate_max": highest,
            "first_loan_friendly": bool(friendly),
            "purposes": self.codes("purposes", "purposes"),
            "themes": self.codes("themes", "themes"),
            "stages": self.codes("stages", "stages"),
            "collateral": self.codes("collateral", "collateral"),
            "terms": self._terms(),
            "fees": [dict(fee) for fee in self._each(self.data.get("fees", []), "fees", FEE_FIELDS, _check_fee)],
            "documents": self.codes("documents", "document_kinds"),
            "rule": self._rule(),
        }  # fmt: skip

    def _rates(self) -> tuple[Decimal | None, Decimal | None]:
        given = [name for name in ("rate_min", "rate_max") if self.data.get(name) is not None]
        if not given:
            return None, None
        if len(given) == 1:
            self.faults.add(f"{self.place}.{given[0]}", "one rate is given, the other is not", "Give both, or neither")
            return None, None
        lowest, highest = (self.decimal(name, places=4, greatest=100) for name in given)
        if lowest > highest:
            self.faults.add(
                f"{self.place}.rate_max", f"{highest} is below the lowest rate {lowest}", "Put the two in order"
            )
        return lowest, highest

    def _terms(self) -> dict[str, Any]:
        terms = self.data.get("terms", {})
        if not isinstance(terms, dict):
            self.faults.add(f"{self.place}.terms", "an object is wanted", "See docs/reference/pack.md")
            return {}
        if inexact := _path_of_decimal(terms, f"{self.place}.terms"):
            self.faults.add(inexact, "a number with a point is not exact", 'Write a decimal string, like "0.5"')
        known = term_keys(str(self.data.get("kind")))
        reader = _Reader(f"{self.place}.terms", terms, self.vocabulary, self.faults, known)
        if "repayment" in terms:
            reader.code("repayment", "repayment")
        reader._each(terms.get("subsidies", []), "subsidies", SUBSIDY_FIELDS, _check_subsidy)
        return dict(terms)

    def _each(
        self, value: object, name: str, fields: tuple[str, ...], check: Callable[[_Reader], None]
    ) -> list[Mapping[str, object]]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.faults.add(f"{self.place}.{name}", "a list of objects is wanted", "See docs/reference/pack.md")
            return []
        for number, item in enumerate(value):
            check(_Reader(f"{self.place}.{name}[{number}]", item, self.vocabulary, self.faults, fields))
        return value

    def _rule(self) -> dict[str, object]:
        try:
            return to_json(parse(self.data.get("rule", {}), self.vocabulary))
        except RuleError as error:
            path = f"{self.place}.rule" + (f".{error.path}" if error.path else "")
            remedy = f"The nearest is {error.suggestion}" if error.suggestion else "See docs/reference/rules.md"
            self.faults.add(path, error.message.en, remedy)
            return {}


def _check_fee(fee: _Reader) -> None:
    fee.code("kind", "fee_kinds")
    fee.code("payee", "payees")
    fee.choice("when", TIMES)
    if fee.choice("basis", BASES) == "fixed":
        fee.money("amount")
        unwanted = "rate"
    else:
        fee.decimal("rate", places=4, greatest=100)
        unwanted = "amount"
    if unwanted in fee.data:
        fee.faults.add(f"{fee.place}.{unwanted}", f"a fee on this basis has no {unwanted}", "Leave it out")


def _check_subsidy(subsidy: _Reader) -> None:
    subsidy.code("kind", "subsidy_kinds")
    subsidy.decimal("rate", places=4, greatest=100)
    subsidy.months("months")
    if subsidy.data.get("cap") is not None:
        subsidy.money("cap")


def _path_of_decimal(value: object, path: str) -> str | None:
    """Where the first number with a point is."""
    if isinstance(value, Decimal):
        return path
    parts: Iterable[tuple[str, object]] = ()
    if isinstance(value, dict):
        parts = ((f"{path}.{key}", item) for key, item in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{number}]", item) for number, item in enumerate(value))
    return next((found for place, item in parts if (found := _path_of_decimal(item, place))), None)
