"""`./dev bench`: the market at several sizes, the matcher against the bare engine and the API against the matcher."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.bench.report import aims, growth, tables
from backend.bench.run import QUESTIONS, Plan, run
from backend.operations import static_files
from backend.packs.management.commands.load_pack import default_folder

SIZES = [10_000, 100_000, 1_000_000]
ENGINES = ("elastic", "embedded")
_REPORT_SECONDS = 10.0


class Command(BaseCommand):
    help = "Make the market at several sizes on each engine, and measure answers and writes as ratios in one run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--needs", type=int, action="append", help="size of the market; may be given repeatedly")
        parser.add_argument("--json", type=Path, help="write all figures to this file")
        parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
        parser.add_argument("--questions", type=int, default=QUESTIONS, help="of each kind, at each size")
        parser.add_argument("--workers", type=int, default=2, help="processes that make rows and documents")
        parser.add_argument("--scratch", type=Path, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = options["needs"] or SIZES
        if options["scratch"] is not None:
            self._one(sizes[0], options)
            return
        found: list[dict[str, Any]] = []
        for needs in sizes:
            status = _run_apart(needs, options, found)
            if status:
                sys.exit(status)
            result = _result(found)
            if options["json"] is not None:
                options["json"].write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        self.stdout.write(tables(result))

    def _one(self, needs: int, options: Mapping[str, Any]) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        plan = Plan(
            needs=needs,
            engines=options["engines"],
            pack=default_folder(),
            today=timezone.localdate(),
            questions=options["questions"],
            workers=options["workers"],
        )
        static_files.collect()  # pages name them
        found = run(plan, self._progress)
        (options["scratch"] / "found.json").write_text(json.dumps(found), encoding="utf-8")

    _said: tuple[str, float] = ("", 0.0)

    def _progress(self, what: str, done: int, total: int) -> None:
        """A line for each thing done, and now and then one on the way."""
        now = time.monotonic()
        if done == total or what != self._said[0] or now - self._said[1] > _REPORT_SECONDS:
            self._said = (what, now)
            self.stderr.write(f"  {what}: {done:,} of {total:,}")


def _run_apart(needs: int, options: Mapping[str, Any], found: list[dict[str, Any]]) -> int:
    """One size in a process of its own, on a database and indexes that vanish with it: whatever this deployment holds
    is neither read nor touched. Returns the exit status."""
    print(f"{needs:,} needs", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="rongqiao-bench-") as folder:
        (Path(folder) / "static").mkdir()
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench", "--scratch", folder]
        command += ["--needs", str(needs), "--engines", *options["engines"]]
        command += ["--questions", str(options["questions"]), "--workers", str(options["workers"])]
        status = subprocess.run(command, env=_environment(Path(folder), needs), check=False).returncode
        if status == 0:
            found.append(json.loads((Path(folder) / "found.json").read_text(encoding="utf-8")))
    return status


def _environment(scratch: Path, needs: int) -> dict[str, str]:
    return {
        **os.environ,
        "RONGQIAO_VAR": str(scratch),
        "RONGQIAO_DEMO": "1",
        "RONGQIAO_LOG_LEVEL": "WARNING",
        "DATABASE_URL": f"sqlite:///{scratch / 'bench.sqlite3'}",
        "SEARCH_FOLDER": str(scratch / "index"),
        "SEARCH_PREFIX": f"bench-{needs}",
        "ELASTICSEARCH_TIMEOUT_SECONDS": "60",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "",
    }


def _result(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "machine": {
            "cores": os.cpu_count(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "python": platform.python_version(),
        },
        "day": timezone.localdate().isoformat(),
        "sizes": sizes,
        "growth": growth(sizes),
        "aims": aims(sizes),
    }
