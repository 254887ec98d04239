"""Reading the public loan-level records of the US Small Business Administration. Pure.

The form is that of `loans.csv.gz` (docs/backtest.md names the columns): one row a loan, header first, plain or gzip.
Marks that mean nothing there are unknown here; a row without date, lender or amount cannot be used and is counted.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

NEEDED = (
    "Name", "City", "State", "Zip", "Bank", "NAICS", "ApprovalDate", "Term", "NoEmp", "NewExist", "RevLineCr",
    "LowDoc", "GrAppv",
)  # fmt: skip
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DATES = ("%m/%d/%Y", "%Y-%m-%d", "%d-%b-%y", "%m/%d/%y")
_TIME = re.compile(r"[T ][0-9:.]+(Z| ?[AP]M)?$")
_LARGEST = Decimal(10) ** 12
LONGEST_TERM = 600
_SPELLINGS = {
    "1ST": "FIRST", "BK": "BANK", "BKS": "BANKS", "NATL": "NATIONAL", "ASSOC": "ASSOCIATION", "ASSN": "ASSOCIATION",
    "NA": "NATIONAL ASSOCIATION", "TR": "TRUST", "CO": "COMPANY", "SVGS": "SAVINGS", "SAV": "SAVINGS", "ST": "STATE",
    "COMM": "COMMUNITY", "COMMUN": "COMMUNITY", "CAP": "CAPITAL", "BUS": "BUSINESS", "DEVEL": "DEVELOPMENT",
    "FINAN": "FINANCIAL", "FIN": "FINANCIAL", "CORP": "CORPORATION", "FCU": "FEDERAL CREDIT UNION",
    "CU": "CREDIT UNION", "AMER": "AMERICAN", "FED": "FEDERAL", "CERT": "CERTIFIED", "CENT": "CENTRAL",
    "CIT": "CITIZENS", "INVEST": "INVESTMENT", "REP": "REPUBLIC", "CNTY": "COUNTY",
}  # fmt: skip
_SILENT = frozenset({"THE", "OF", "AND", "INC", "LLC", "LTD", "FSB", "SSB"})


class LoanFileError(ValueError):
    """The file cannot be read as loans; the message says what is wrong and what to do."""


class Programme(StrEnum):
    TERM_LOAN = "term_loan"
    REVOLVING = "revolving"
    LOW_DOC = "low_doc"


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan. `row` is its line among the rows, from 1. Empty text and None are unknown. `lender` is the name in one
    spelling, `lender_name` as written; `state` two letters, `zip_code` five digits, `naics` digits; amount in US$."""

    row: int
    borrower: str
    city: str
    state: str
    zip_code: str
    lender: str
    lender_name: str
    naics: str
    approved_on: date
    amount: Decimal
    term_months: int | None
    employees: int | None
    new_business: bool | None
    programme: Programme | None


@dataclass(frozen=True, slots=True)
class Loans:
    """`skipped`: rows that could not be used."""

    loans: tuple[Loan, ...]
    skipped: int


@contextmanager
def kept(path: Path) -> Iterator[Path]:
    """`path`, or a copy of what a pipe gives, which can be read only once. Raises LoanFileError."""
    try:
        piped = path.is_fifo()
    except OSError as error:
        raise LoanFileError(f"{path}: cannot be read: {error}") from error
    if not piped:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="rongqiao-loans-") as folder:
        copy = Path(folder) / "loans"
        with path.open("rb") as given, copy.open("wb") as out:
            shutil.copyfileobj(given, out)
        yield copy


def read_loans(path: Path) -> Loans:
    """Every usable row, in the file's order. Raises LoanFileError."""
    loans: list[Loan] = []
    rows = 0
    try:
        for rows, row in enumerate(_rows(path), start=1):
            loan = _loan(rows, row)
            if loan is not None:
                loans.append(loan)
    except (OSError, EOFError, zlib.error) as error:
        raise LoanFileError(
            f"{path}: cannot be read: {error}; give a whole file of loans, plain CSV or gzip"
        ) from error
    except csv.Error as error:
        raise LoanFileError(
            f"{path}: row {rows + 1} is not CSV: {error}; see docs/backtest.md for the form of the file"
        ) from error
    if not loans:
        raise LoanFileError(
            f"{path}: none of its {rows:,} rows has a date (ApprovalDate), a lender (Bank) and an amount (GrAppv); "
            "docs/backtest.md has the form of the file"
        )
    return Loans(tuple(loans), rows - len(loans))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP
    with gzip.open(path, "rb") if zipped else path.open("rb") as raw:
        if raw.peek(2)[:2] in _UTF_16:
            raise LoanFileError(f"{path}: is in UTF-16; save it as CSV in UTF-8")
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
        reader = csv.DictReader(text, restval="")
        header = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise LoanFileError(
                f"{path}: no column {', '.join(missing)} in its first line; docs/backtest.md has the form of the file"
            )
        reader.fieldnames = header
        yield from reader


def _loan(number: int, row: dict[str, str]) -> Loan | None:
    approved_on = parse_date(row["ApprovalDate"])
    amount = _amount(row["GrAppv"])
    lender = lender_key(row["Bank"])
    if approved_on is None or amount is None or not lender:
        return None
    state = row["State"].strip().upper()
    return Loan(
        row=number,
        borrower=" ".join(row["Name"].split()),
        city=" ".join(row["City"].split()).upper(),
        state=state if re.fullmatch(r"[A-Z]{2}", state) else "",
        zip_code=_zip_code(row["Zip"]),
        lender=lender,
        lender_name=" ".join(row["Bank"].split()),
        naics=_naics(row["NAICS"]),
        approved_on=approved_on,
        amount=amount,
        term_months=_count(row["Term"], 1, LONGEST_TERM),
        employees=_count(row["NoEmp"], 0, 1_000_000),
        new_business={"1": False, "2": True}.get(row["NewExist"].strip().removesuffix(".0")),
        programme=_programme(row["RevLineCr"], row["LowDoc"]),
    )


def parse_date(text: str) -> date | None:
    """2/28/1997, 1997-02-28 or 28-Feb-97, a time of day after it left aside; a two-digit year means the century that
    puts it at or before 2060."""
    day = _TIME.sub("", text.strip())
    for form in _DATES:
        try:
            found = datetime.strptime(day, form).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
        return found.replace(year=found.year - 100) if form.endswith("%y") and found.year > 2060 else found
    return None


def _amount(text: str) -> Decimal | None:
    """Dollars; `$60,000.00 ` is read as well."""
    try:
        amount = Decimal(text.strip().removeprefix("$").replace(",", "").strip())
    except InvalidOperation:
        return None
    return round(amount, 2) if amount.is_finite() and Decimal("0.01") <= amount < _LARGEST else None


def _count(text: str, low: int, high: int) -> int | None:
    digits = text.strip().removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        return None
    return int(digits) if low <= int(digits) <= high else None


def _zip_code(text: str) -> str:
    """Five digits; leading zeros that a spreadsheet dropped are put back."""
    digits = text.strip().partition("-")[0].removesuffix(".0")
    return digits.zfill(5) if re.fullmatch(r"[0-9]{3,5}", digits) else ""


def _naics(text: str) -> str:
    digits = text.strip().removesuffix(".0")
    return digits if re.fullmatch(r"[1-9][0-9]{1,5}", digits) else ""


def _programme(revolving: str, low_doc: str) -> Programme | None:
    """Y and N mean something; every other mark (0, T, blank, …) is noise, and the programme unknown."""
    if low_doc.strip().upper() == "Y":
        return Programme.LOW_DOC
    return {"Y": Programme.REVOLVING, "N": Programme.TERM_LOAN}.get(revolving.strip().upper())


def lender_key(name: str) -> str:
    """One spelling for the several that a lender's name has: words in full, without articles, legal forms and
    punctuation. The charter (national association or not) stays: it tells banks of the same name apart."""
    text = re.sub(r"\bN\.\s?A\.?(?=$|[\s,])", " NA ", name.upper().replace("'", ""))
    text = re.sub(r"\bF\.S\.B\.?", " FSB ", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    return " ".join(_SPELLINGS.get(word, word) for word in words if word not in _SILENT)
