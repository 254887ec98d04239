"""`./dev test`: install and start what the tests need, check the code, run every test, stop what was started."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.operations import checks, packages, parts, servers, translations

_BENCH_HEAP = "3g"
_NO_TESTS = 5  # pytest's status when nothing was selected


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=parts.REPOSITORY, env={**os.environ, **environment}, check=False).returncode


@contextmanager
def servers_for_tests() -> Iterator[dict[str, str]]:
    """The servers of a test run, and the variables that hand them to the tests. Elasticsearch 9 joins where a Java
    runtime is new enough."""
    parts.install(parts.PARTS)
    with tempfile.TemporaryDirectory(prefix="rongqiao-servers-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        variables = ["TEST_ELASTICSEARCH_URL", "TEST_DATABASE_URL", "TEST_REDIS_URL"]
        wanted = [
            servers.elasticsearch(folder / "elasticsearch"),
            servers.postgresql(folder / "postgresql"),
            servers.redis(folder / "redis"),
        ]
        if parts.java_for(parts.ELASTICSEARCH_NEXT):
            variables.append("TEST_ELASTICSEARCH9_URL")
            wanted.append(servers.elasticsearch(folder / "elasticsearch9", version=parts.ELASTICSEARCH_NEXT))
        with servers.running(*wanted) as urls:
            yield dict(zip(variables, urls, strict=True))


def run(arguments: list[str]) -> int:
    """With pytest arguments: those tests alone. Without: checks, the database's tests on PostgreSQL, then every test;
    `--fast` leaves servers and the browser out. pytest's summary comes last. Returns a process status."""
    fast = "--fast" in arguments
    selected = [argument for argument in arguments if argument != "--fast"]
    translations.compile_all()
    packages.install()
    parts.install(parts.PDF_LIBRARIES)
    outcomes = [] if selected else checks.run(checks.all_checks())
    if fast:
        return _run_tests(outcomes, ["--fast", *selected], {}, selected=bool(selected))
    with servers_for_tests() as variables:
        if not selected:
            outcomes.append(_on_postgresql(variables))
        return _run_tests(outcomes, selected, variables, selected=bool(selected))


def _on_postgresql(variables: Mapping[str, str]) -> checks.Outcome:
    began = time.monotonic()
    print("--- tests marked `database`, on PostgreSQL", flush=True)
    status = _pytest(["-q", "-m", "database"], {**variables, "TEST_DATABASE": "postgresql"})
    return checks.Outcome("the database's tests on PostgreSQL", status == 0, time.monotonic() - began, "")


def _run_tests(
    outcomes: Sequence[checks.Outcome], arguments: list[str], variables: Mapping[str, str], *, selected: bool
) -> int:
    workers = [] if selected else ["-n", "2", "--dist", "loadfile"]
    summary = "\n".join(outcome.line for outcome in outcomes)
    status = _pytest([*workers, *arguments], {**variables, "TEST_SUMMARY": summary})
    if status == 0 and not all(outcome.passed for outcome in outcomes):
        return 1
    return status


def hold() -> int:
    """Start the servers, print their variables for a shell to take over, and keep them until a signal comes."""
    with servers_for_tests() as variables:
        for name, url in variables.items():
            print(f"export {name}={url}", flush=True)
        while True:
            time.sleep(3600)


def bench(arguments: list[str]) -> int:
    """Run the bench, beside an Elasticsearch of its own unless `--engines` leaves that out."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--engines", nargs="+", default=["elastic"])
    command = [sys.executable, "manage.py", "bench", *arguments]
    if "elastic" not in options.parse_known_args(arguments)[0].engines or {"-h", "--help"} & set(arguments):
        return subprocess.run(command, cwd=parts.REPOSITORY, check=False).returncode
    parts.install([parts.JAVA])
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-server-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        with servers.running(servers.elasticsearch(folder / "elasticsearch", heap=_BENCH_HEAP)) as (url,):
            environment = {**os.environ, "ELASTICSEARCH_URL": url}
            return subprocess.run(command, cwd=parts.REPOSITORY, env=environment, check=False).returncode
