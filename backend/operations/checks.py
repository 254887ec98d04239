"""What `./dev lint` and the first half of `./dev test` run: every check that executes no test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from backend.operations import parts, translations

BIN = Path(sys.executable).parent
SOURCES = ("backend", "search", "workers", "tests", "manage.py")
_LIMIT_SECONDS = 900
_DEMO = {"RONGQIAO_DEMO": "1"}
# The deployment checks look at what production would run with; the key is of the right length and opens nothing.
_PRODUCTION = {
    "RONGQIAO_DEMO": "0",
    "RONGQIAO_SECRET_KEY": "".join(chr(33 + n * 7 % 90) for n in range(64)),
    "RONGQIAO_HOSTS": "rongqiao.example",
    "RONGQIAO_PROXY": "1",
}


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    passed: bool
    seconds: float
    output: str

    @property
    def line(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'}  {self.name} ({self.seconds:.1f} s)"


def all_checks() -> list[Check]:
    """The slowest first, so that two at a time finish soonest."""
    manage = [sys.executable, "manage.py"]
    checks = [
        Check("types (mypy)", [str(BIN / "mypy"), *SOURCES], _DEMO),
        Check("import contracts", [str(BIN / "lint-imports")], _DEMO),
        Check("security (bandit)", [str(BIN / "bandit"), "-q", "-ll", "-c", "pyproject.toml", "-r", *SOURCES[:3]]),
        Check("ruff", [str(BIN / "ruff"), "check", *SOURCES]),
        Check("formatting", [str(BIN / "ruff"), "format", "--check", *SOURCES]),
        Check(
            "migrations complete", [*manage, "makemigrations", "--check", "--dry-run", "--settings", "tests.settings"]
        ),
        Check("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], _PRODUCTION),
    ]
    if any((parts.REPOSITORY / "templates").rglob("*.html")):
        checks.append(Check("templates (curlylint)", [str(BIN / "curlylint"), "--quiet", "templates"]))
    for catalogue in sorted(translations.LOCALE.glob("*/LC_MESSAGES/*.po")):
        name = f"translations ({catalogue.parents[1].name})"
        checks.append(Check(name, ["msgfmt", "--check-format", "--check-header", "-o", "/dev/null", str(catalogue)]))
    return checks


def _run_one(check: Check) -> Outcome:
    began = time.monotonic()
    try:
        done = subprocess.run(
            list(check.command),
            cwd=parts.REPOSITORY,
            env={**os.environ, **check.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )
        passed, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        passed, output = False, f"no result in {_LIMIT_SECONDS} s"
    return Outcome(check.name, passed, time.monotonic() - began, output.strip())


def run(checks: Sequence[Check]) -> list[Outcome]:
    """Run them two at a time; the output of each that fails is printed when it ends."""
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(_run_one, checks):
            if not outcome.passed:
                print(f"--- {outcome.name}\n{outcome.output}\n", flush=True)
            outcomes.append(outcome)
    return outcomes


def report(outcomes: Sequence[Outcome]) -> int:
    """Print one line a check; status 1 where one failed."""
    for outcome in outcomes:
        print(outcome.line)
    return 0 if all(outcome.passed for outcome in outcomes) else 1
