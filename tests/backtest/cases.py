"""Loan files for the tests, and the market that is made of one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from backend.backtest.loans import Loan, Programme, lender_key

REPOSITORY = Path(__file__).resolve().parents[2]
PACK = REPOSITORY / "fixtures" / "sba"
EXCERPT = PACK / "excerpt.csv"
REAL = REPOSITORY.parent / "shared" / "data" / "sba" / "loans.csv.gz"

COLUMNS = (
    "LoanNr_ChkDgt", "Name", "City", "State", "Zip", "Bank", "BankState", "NAICS", "ApprovalDate", "ApprovalFY", "Term",
    "NoEmp", "NewExist", "CreateJob", "RetainedJob", "FranchiseCode", "UrbanRural", "RevLineCr", "LowDoc", "ChgOffDate",
    "DisbursementDate", "DisbursementGross", "MIS_Status", "ChgOffPrinGr", "GrAppv", "SBA_Appv",
)  # fmt: skip

PLAIN = {
    "Name": "CORNER BAKERY",
    "City": "PROVIDENCE",
    "State": "RI",
    "Zip": "2906",
    "Bank": "CITIZENS BANK NATL ASSOC",
    "NAICS": "722211",
    "ApprovalDate": "2/28/1997",
    "Term": "84",
    "NoEmp": "4",
    "NewExist": "1",
    "RevLineCr": "N",
    "LowDoc": "N",
    "GrAppv": "50000",
}


def loan_file(*rows: Mapping[str, str], columns: Iterable[str] = COLUMNS, line_end: str = "\n") -> bytes:
    """A file in the form of the records; each row is PLAIN but for what it says itself."""
    names = list(columns)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator=line_end)
    writer.writeheader()
    writer.writerows({**PLAIN, **row} for row in rows)
    return text.getvalue().encode()


def loan(row: int = 1, **values: Any) -> Loan:
    given: dict[str, Any] = {
        "row": row,
        "borrower": f"BORROWER {row}",
        "city": "PROVIDENCE",
        "state": "RI",
        "zip_code": "02906",
        "lender_name": "FIRST BANK",
        "naics": "722211",
        "approved_on": date(1997, 2, 28),
        "amount": Decimal(50_000),
        "term_months": 84,
        "employees": 4,
        "new_business": False,
        "programme": Programme.TERM_LOAN,
    } | values
    return Loan(**({"lender": lender_key(given["lender_name"])} | given))


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
