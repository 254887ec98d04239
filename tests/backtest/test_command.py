"""`./dev backtest`: one object, figures that stay, faults by exit status, and nothing of the deployment touched."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backend.backtest.loans import read_loans
from tests.backtest.cases import EXCERPT, REAL, REPOSITORY, loan_file
from tests.backtest.market import empty_deployment

KEYS = [
    "needs", "products", "hit_at_1", "hit_at_3", "hit_at_5", "hit_at_10", "mrr", "uncovered", "needs_per_second",
    "baselines",
]  # fmt: skip


def run_here(loans: Path, *arguments: str) -> str:
    """The command in this process, on the test's database and an index of its own."""
    out = StringIO()
    with empty_deployment(read_loans(loans).loans) as pack:
        call_command(
            "backtest", "--loans", str(loans), "--scratch", str(pack.parent), *arguments, stdout=out, stderr=StringIO()
        )
    return out.getvalue()


def one_object(printed: str) -> dict[str, Any]:
    """The only thing printed, less the one figure that depends on the machine."""
    found = json.loads(printed)
    assert list(found) == KEYS
    assert found.pop("needs_per_second") > 0
    assert isinstance(found, dict)
    return found


def figures(*values: float) -> dict[str, float]:
    return dict(zip(("hit_at_1", "hit_at_3", "hit_at_5", "hit_at_10", "mrr"), values, strict=True))


@pytest.mark.django_db(transaction=True)
def test_the_excerpt_as_documented() -> None:
    assert one_object(run_here(EXCERPT, "--json")) == {
        "needs": 31,
        "products": 57,
        **figures(0.6452, 0.7742, 0.9355, 1.0, 0.7495),
        "uncovered": 0.0,
        "baselines": {
            "popular_in_state": figures(0.7419, 0.8387, 0.8387, 1.0, 0.8011),
            "naive_bayes": figures(0.5806, 0.871, 0.9355, 1.0, 0.7406),
            "text": figures(0.0645, 0.4194, 0.6774, 0.9355, 0.3124),
        },
    }


@pytest.mark.django_db(transaction=True)
def test_the_table_says_the_same() -> None:
    *lines, last = run_here(EXCERPT, "--cutoff", "2005-01-21").splitlines()
    assert lines == [
        "                     hit_at_1   hit_at_3   hit_at_5  hit_at_10        mrr",
        "matcher                0.9091     1.0000     1.0000     1.0000     0.9394",
        "popular_in_state       0.9091     0.9091     0.9091     1.0000     0.9242",
        "naive_bayes            0.7273     1.0000     1.0000     1.0000     0.8636",
        "text                   0.2727     0.3636     0.9091     1.0000     0.4659",
    ]
    assert last.rpartition(", ")[0] == (
        "11 needs from 2005-01-21 on, 57 products from 295 earlier loans, 0.00% of needs without a product, 0.00% of "
        "them funded by a lender without an earlier loan"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not REAL.is_file(), reason="the full file of loans is not beside this checkout (../shared)")
def test_the_full_file_with_a_late_cut_off() -> None:
    assert one_object(run_here(REAL, "--cutoff", "2005-01-24", "--json")) == {
        "needs": 8,
        "products": 1475,
        **figures(0.625, 0.875, 1.0, 1.0, 0.7542),
        "uncovered": 0.0,
        "baselines": {
            "popular_in_state": figures(0.125, 0.75, 0.875, 0.875, 0.436),
            "naive_bayes": figures(0.75, 0.875, 0.875, 1.0, 0.8281),
            "text": figures(0.125, 0.125, 0.375, 0.5, 0.2098),
        },
    }


UGLY = [
    {"ApprovalDate": "28-Feb-97", "GrAppv": "$60,000.00 ", "Bank": "中国银行", "Name": ""},
    {"ApprovalDate": "3/1/1997", "State": "XQ", "Zip": "00000", "NAICS": "999999", "Name": "x" * 500},
    {"ApprovalDate": "1997-03-02", "State": "", "Zip": "", "NAICS": "", "Bank": "BANK OF " + "Z" * 300},
    {"ApprovalDate": "3/3/1997", "GrAppv": "999999999999", "NoEmp": "1000000", "Term": "600"},
    {"ApprovalDate": "3/4/1997", "GrAppv": "0.01", "NoEmp": "", "Term": "", "NewExist": "", "RevLineCr": ","},
    {"ApprovalDate": "3/5/1997", "Bank": ""},
    {"ApprovalDate": "3/5/1997", "GrAppv": "0"},
    {"ApprovalDate": "3/6/1997", "State": "YY", "Bank": "NEWCOMER BANK", "City": "é\tß", "LowDoc": "Y"},
    {"ApprovalDate": "07-Mar-97", "State": "XQ", "Zip": "99999-1234", "Bank": "中国银行", "NAICS": "ABC"},
]


@pytest.mark.django_db(transaction=True)
def test_a_file_full_of_unknowns(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(b"\xef\xbb\xbf" + loan_file(*UGLY, line_end="\r\n"))
    # Three lenders had lent before, each ranked third where it lent again; one later lender is new. Two needs are
    # uncovered: an amount far above all earlier ones, and a state that nobody served.
    same = figures(0.0, 0.75, 0.75, 0.75, 0.25)
    assert one_object(run_here(path, "--cutoff", "3/3/1997", "--json")) == {
        "needs": 4,
        "products": 3,
        **same,
        "uncovered": 0.5,
        "baselines": dict.fromkeys(("popular_in_state", "naive_bayes", "text"), same),
    }


def run_apart(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """As `./dev backtest` runs it, in a deployment whose data lie in `folder`."""
    environment = {
        "PATH": os.environ["PATH"],
        "RONGQIAO_DEMO": "1",
        "RONGQIAO_VAR": str(folder),
        "TMPDIR": str(folder.parent),
        "DJANGO_SETTINGS_MODULE": "backend.config.settings",
    }
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), "backtest", *arguments],
        env=environment,
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_deployment_is_not_touched_and_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    (folder / "index").mkdir(parents=True)
    (folder / "rongqiao.sqlite3").write_bytes(b"somebody's work")
    (folder / "index" / "segment").write_bytes(b"somebody's index")
    before = contents(tmp_path)
    arguments = ["--cutoff", "2004-01-01", "--until", "2005-01-21", "--sample", "7", "--json"]
    done = run_apart(["--loans", str(EXCERPT), *arguments], folder)
    assert (done.returncode, one_object(done.stdout)["needs"]) == (0, 7)
    assert contents(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]


def test_it_runs_before_anything_was_set_up(tmp_path: Path) -> None:
    path = tmp_path / "loans.csv"
    path.write_bytes(loan_file({}, {"ApprovalDate": "3/1/1997"}))
    done = run_apart(["--loans", "loans.csv", "--json"], tmp_path / "var")
    assert done.returncode == 0, done.stderr
    assert one_object(done.stdout) == {
        "needs": 1,
        "products": 1,
        **figures(1, 1, 1, 1, 1),
        "uncovered": 0.0,
        "baselines": dict.fromkeys(("popular_in_state", "naive_bayes", "text"), figures(1, 1, 1, 1, 1)),
    }
    assert list((tmp_path / "var").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--loans", "absent.csv"], "absent.csv: cannot be read: [Errno 2] No such file"),
        (["--loans", str(EXCERPT), "--cutoff", "1900-01-01"], "no loan was approved before the cut-off 1900-01-01"),
        (
            ["--loans", str(EXCERPT), "--cutoff", "2030-01-01"],
            "no loan was approved on or after the cut-off 2030-01-01",
        ),
        (
            ["--loans", str(EXCERPT), "--until", "31.12.2004"],
            "--until '31.12.2004' is not a day; write it like 2004-12-28",
        ),
        (["--loans", str(EXCERPT), "--cutoff", "soon"], "--cutoff 'soon' is not a day; write it like 2004-12-28"),
    ],
)
def test_bad_input_is_exit_status_two(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("backtest", *arguments, "--json", stderr=err)
    assert ended.value.code == 2
    assert err.getvalue().startswith(f"backtest: {says}")
    assert capsys.readouterr().out == ""
