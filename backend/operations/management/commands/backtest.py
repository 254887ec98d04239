"""`./dev backtest --loans FILE`: match real past loans as the site would have, beside three baselines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from backend.backtest.loans import LoanFileError, Loans, kept, parse_date, read_loans
from backend.backtest.places import pack_with_places
from backend.backtest.run import Result, backtest
from backend.backtest.split import Split, split

PACK = "sba"
BAD_INPUT = 2


class Command(BaseCommand):
    help = "Match real past loans against what their lenders offered before, and compare with three baselines."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loans", required=True, type=Path, help="loan records, plain or gzip (docs/backtest.md)")
        parser.add_argument("--cutoff", help="first day of the later loans (year-month-day); default: newest tenth")
        parser.add_argument("--until", help="leave out the loans from this day on")
        parser.add_argument("--sample", type=_positive, metavar="N", help="match only N later loans, evenly spread")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        parser.add_argument("--scratch", type=Path, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        with kept(options["loans"]) as loans:
            self._run({**options, "loans": loans})

    def _run(self, options: dict[str, Any]) -> None:
        try:
            found = read_loans(options["loans"])
            cutoff, until = (_day(name, options[name]) for name in ("cutoff", "until"))
            parts = split(found.loans, cutoff, until=until, sample=options["sample"])
        except LoanFileError as reason:
            self.stderr.write(f"backtest: {reason}")
            sys.exit(BAD_INPUT)
        if options["scratch"] is None:
            sys.exit(_run_apart(options, found))
        result = self._backtest(parts)
        self.stdout.write(json.dumps(result.as_json()) if options["json"] else table(result))

    def _backtest(self, parts: Split) -> Result:
        call_command("migrate", verbosity=0, interactive=False)
        return backtest(parts, pack=settings.PACKS_DIR / PACK, progress=self._progress)

    def _progress(self, what: str, done: int, total: int) -> None:
        self.stderr.write(f"{what}: {done:,} of {total:,}")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{number} is not a number of loans; give 1 or more")
    return number


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    day = parse_date(text)
    if day is None:
        raise LoanFileError(f"--{option} {text!r} is not a day; write it like 2004-12-28")
    return day


def _run_apart(options: dict[str, Any], found: Loans) -> int:
    """The backtest in a process of its own, on a database and an index that vanish with it: whatever this deployment
    holds is neither read nor touched. Returns the exit status."""
    if found.skipped:
        print(f"{found.skipped:,} rows without a date, a lender or an amount are left out", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="rongqiao-backtest-") as folder:
        scratch = Path(folder)
        pack_with_places(settings.BASE_DIR / "fixtures" / PACK, scratch / "packs" / PACK, found.loans)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backtest", "--scratch", folder]
        command += ["--loans", str(options["loans"].resolve())]
        for name in ("cutoff", "until", "sample"):
            command += [f"--{name}", str(options[name])] if options[name] else []
        command += ["--json"] if options["json"] else []
        return subprocess.run(command, env=_environment(scratch), check=False).returncode


def _environment(scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        "RONGQIAO_VAR": str(scratch),
        "RONGQIAO_PACKS": str(scratch / "packs"),
        "RONGQIAO_PACK": PACK,
        "RONGQIAO_DEMO": "1",
        "DATABASE_URL": f"sqlite:///{scratch / 'backtest.sqlite3'}",
        "SEARCH_ENGINES": "embedded",
        "SEARCH_FOLDER": str(scratch / "index"),
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "",
    }


def table(result: Result) -> str:
    """The same figures for a person."""
    data = result.as_json()
    rows: dict[str, Any] = {"matcher": data, **{name: found.as_json() for name, found in result.baselines.items()}}
    columns = ("hit_at_1", "hit_at_3", "hit_at_5", "hit_at_10", "mrr")
    lines = [f"{'':18}" + "".join(f"{column:>11}" for column in columns)]
    lines += [f"{name:18}" + "".join(f"{row[column]:>11.4f}" for column in columns) for name, row in rows.items()]
    lines.append(
        f"{len(result.ranks):,} needs from {result.cutoff} on, {result.products:,} products from "
        f"{result.earlier:,} earlier loans, {result.uncovered:.2%} of needs without a product, "
        f"{result.unknown_lenders:.2%} of them funded by a lender without an earlier loan, "
        f"{result.needs_per_second:.1f} needs a second"
    )
    return "\n".join(lines)
