"""Where and in which trade a loan was made, as codes of the pack; and the pack with the places of a file. Pure.

The pack's own regions end with the states. The areas of a postal code (first two digits, first three, all five) are
added from the file, as a city would load its street list: they are facts of the borrowers, not of the lenders.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from backend.backtest.loans import Loan

COUNTRY = "US"
_AREA_DIGITS = (2, 3, 5)


def region_code(loan: Loan) -> str:
    """The postal area, or the state where the postal code is unknown, or "" without a state."""
    if not loan.state or not loan.zip_code:
        return loan.state
    return f"{loan.state}-{loan.zip_code}"


def industry_code(loan: Loan, known: Collection[str]) -> str:
    """The subsector (three digits), else the sector (two), else "" where the code is unknown or unheard of."""
    return next((loan.naics[:digits] for digits in (3, 2) if loan.naics[:digits] in known), "")


def region_rows(loans: Iterable[Loan], known: Collection[str]) -> list[tuple[str, str, str]]:
    """(code, parent, name) of the regions that `known` lacks, parents first."""
    rows: dict[str, tuple[str, str, str]] = {}
    for loan in loans:
        if not loan.state:
            continue
        if loan.state not in known:
            rows.setdefault(loan.state, (loan.state, COUNTRY, loan.state))
        parent = loan.state
        for digits in _AREA_DIGITS if loan.zip_code else ():
            code = f"{loan.state}-{loan.zip_code[:digits]}"
            rows.setdefault(code, (code, parent, f"{loan.state} {loan.zip_code[:digits]}"))
            parent = code
    return sorted(rows.values(), key=lambda row: (len(row[0]), row[0]))


def pack_with_places(pack: Path, target: Path, loans: Iterable[Loan]) -> None:
    """Copy the folder `pack` to `target`, with the regions of `loans` added to its vocabulary."""
    shutil.copytree(pack, target)
    regions = target / "vocabularies" / "regions.csv"
    known = codes(regions)
    with regions.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        for code, parent, name in region_rows(loans, known):
            rows.writerow((code, parent, name, name))


def codes(vocabulary: Path) -> frozenset[str]:
    with vocabulary.open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))
