"""Reading loan files: every form that is promised, and what is said of those that cannot be read."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backend.backtest.loans import NEEDED, Loan, LoanFileError, Programme, kept, lender_key, parse_date, read_loans
from tests.backtest.cases import COLUMNS, EXCERPT, loan_file

EXPECTED = Loan(
    row=1,
    borrower="CORNER BAKERY",
    city="PROVIDENCE",
    state="RI",
    zip_code="02906",
    lender="CITIZENS BANK NATIONAL ASSOCIATION",
    lender_name="CITIZENS BANK NATL ASSOC",
    naics="722211",
    approved_on=date(1997, 2, 28),
    amount=Decimal("50000.00"),
    term_months=84,
    employees=4,
    new_business=False,
    programme=Programme.TERM_LOAN,
)


def only(folder: Path, data: bytes) -> Loan:
    path = folder / "loans.csv"
    path.write_bytes(data)
    found = read_loans(path)
    assert found.skipped == 0
    (read,) = found.loans
    return read


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(loan_file({}), id="plain"),
        pytest.param(gzip.compress(loan_file({})), id="gzip"),
        pytest.param(b"\xef\xbb\xbf" + loan_file({}), id="byte order mark"),
        pytest.param(loan_file({}, line_end="\r\n"), id="CRLF"),
        pytest.param(gzip.compress(b"\xef\xbb\xbf" + loan_file({}, line_end="\r\n")), id="gzip of both"),
        pytest.param(loan_file({}, columns=NEEDED), id="only the columns that are needed"),
        pytest.param(loan_file({}, columns=reversed(COLUMNS)), id="columns in another order"),
        pytest.param(loan_file({}).replace(b",Bank,", b", Bank ,"), id="spaces in the header"),
        pytest.param(loan_file({"ApprovalDate": "28-Feb-97"}), id="the other form of date"),
        pytest.param(loan_file({"ApprovalDate": "1997-02-28 00:00:00"}), id="date with a time"),
        pytest.param(loan_file({"GrAppv": "$50,000.00 "}), id="amount with a sign"),
        pytest.param(loan_file({"Zip": "02906-1234"}), id="long postal code"),
        pytest.param(
            loan_file({"Term": "84.0", "NewExist": "1.0", "NAICS": "722211.0"}), id="numbers of a spreadsheet"
        ),
    ],
)
def test_one_loan_in_every_form_of_the_file(tmp_path: Path, data: bytes) -> None:
    assert only(tmp_path, data) == EXPECTED


def test_the_documented_excerpt_is_read_whole() -> None:
    found = read_loans(EXCERPT)
    assert (len(found.loans), found.skipped) == (306, 0)
    assert {loan.state for loan in found.loans} == {"RI", "VT"}


@pytest.mark.parametrize(
    ("column", "text", "field", "value"),
    [
        ("State", "ZZ", "state", "ZZ"),
        ("State", "99", "state", ""),
        ("State", "", "state", ""),
        ("Zip", "abc", "zip_code", ""),
        ("Zip", "999999", "zip_code", ""),
        ("NAICS", "0", "naics", ""),
        ("NAICS", "999999", "naics", "999999"),
        ("Term", "0", "term_months", None),
        ("Term", "601", "term_months", None),
        ("NoEmp", "-1", "employees", None),
        ("NoEmp", "0", "employees", 0),
        ("NewExist", "0", "new_business", None),
        ("NewExist", "2", "new_business", True),
        ("RevLineCr", "Y", "programme", Programme.REVOLVING),
        ("RevLineCr", "T", "programme", None),
        ("RevLineCr", "", "programme", None),
        ("LowDoc", "Y", "programme", Programme.LOW_DOC),
        ("Name", "", "borrower", ""),
    ],
)
def test_noise_is_unknown_and_the_loan_stays(tmp_path: Path, column: str, text: str, field: str, value: object) -> None:
    assert getattr(only(tmp_path, loan_file({column: text})), field) == value


@pytest.mark.parametrize(
    "bad",
    [
        {"ApprovalDate": "31-31-1997"},
        {"ApprovalDate": ""},
        {"Bank": ""},
        {"Bank": " . "},
        {"Bank": "The"},
        {"GrAppv": "0"},
        {"GrAppv": "$0.00 "},
        {"GrAppv": "-5"},
        {"GrAppv": "NaN"},
        {"GrAppv": "1E15"},
        {"GrAppv": "many"},
    ],
)
def test_a_row_without_date_lender_or_amount_is_counted_and_left_out(tmp_path: Path, bad: dict[str, str]) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(loan_file({}, bad, {}))
    found = read_loans(path)
    assert found.skipped == 1
    assert [loan.row for loan in found.loans] == [1, 3]


def test_a_row_that_ends_early_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(loan_file({}) + b"1000,SHORT ROW\n")
    found = read_loans(path)
    assert (len(found.loans), found.skipped) == (1, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2/28/1997", date(1997, 2, 28)),
        (" 1997-02-28 ", date(1997, 2, 28)),
        ("28-Feb-97", date(1997, 2, 28)),
        ("2/28/97", date(1997, 2, 28)),
        ("7-Apr-66", date(1966, 4, 7)),
        ("7-Apr-05", date(2005, 4, 7)),
        ("1997-02-28T10:30:00Z", date(1997, 2, 28)),
        ("2/28/1997 12:00:00 AM", date(1997, 2, 28)),
        ("2/30/1997", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("BANK OF AMERICA NATL ASSOC", "BANK AMERICA NATIONAL ASSOCIATION"),
        ("Bank of America, N.A.", "BANK AMERICA NATIONAL ASSOCIATION"),
        ("1ST NATL BK", "FIRST NATIONAL BANK"),
        ("The First National Bank", "FIRST NATIONAL BANK"),
        ("PEOPLE'S SAVINGS BK & TR CO, INC.", "PEOPLES SAVINGS BANK TRUST COMPANY"),
        ("WASHINGTON MUTUAL F.S.B.", "WASHINGTON MUTUAL"),
        ("中国银行", "中国银行"),
        ("CAISSE D'ÉPARGNE", "CAISSE DÉPARGNE"),
        ("...", ""),
    ],
)
def test_one_spelling_for_a_lender(name: str, key: str) -> None:
    assert lender_key(name) == key


def folder_instead(path: Path) -> None:
    path.mkdir()


def nothing(path: Path) -> None:
    assert not path.exists()


def write(data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


HALF = gzip.compress(loan_file(*[{"Name": f"{number * 7919}"} for number in range(500)]))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(nothing, ["cannot be read", "No such file", "plain CSV or gzip"], id="absent"),
        pytest.param(folder_instead, ["cannot be read", "directory", "plain CSV or gzip"], id="folder"),
        pytest.param(write(HALF[: len(HALF) // 2]), ["cannot be read", "a whole file"], id="gzip cut off"),
        pytest.param(write(b"\x1f\x8bno gzip at all"), ["cannot be read", "plain CSV or gzip"], id="gzip broken"),
        pytest.param(write(b""), ["no column Name, City", "first line", "docs/backtest.md"], id="empty"),
        pytest.param(write(b"PK\x03\x04\x00\xff"), ["no column Name", "docs/backtest.md"], id="another format"),
        pytest.param(
            write(loan_file({}, columns=[name for name in COLUMNS if name != "GrAppv"])),
            ["no column GrAppv", "first line", "docs/backtest.md"],
            id="column missing",
        ),
        pytest.param(
            write(loan_file({"ApprovalDate": "soon"}, {"GrAppv": ""})),
            ["none of its 2 rows", "ApprovalDate", "Bank", "GrAppv", "docs/backtest.md"],
            id="no usable row",
        ),
        pytest.param(
            write(loan_file({}, {"Name": "x" * 200_000})), ["row 2 is not CSV", "docs/backtest.md"], id="endless field"
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_where_and_remedy(
    tmp_path: Path, make: Callable[[Path], None], says: list[str]
) -> None:
    path = tmp_path / "loans.csv"
    make(path)
    with pytest.raises(LoanFileError) as refused:
        read_loans(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert [part for part in says if part not in message] == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_another_encoding_is_named(tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(pack(("\ufeff" + loan_file({}).decode()).encode(encoding)))
    with pytest.raises(LoanFileError, match="is in UTF-16; save it as CSV in UTF-8"):
        read_loans(path)


def test_what_a_pipe_gives_can_be_read_more_than_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(EXCERPT.read_bytes(),))
    writer.start()
    with kept(pipe) as copy:
        writer.join()
        assert read_loans(copy) == read_loans(copy) == read_loans(EXCERPT)
    assert not copy.exists()
    with kept(EXCERPT) as same:
        assert same == EXCERPT
