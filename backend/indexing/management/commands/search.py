"""`manage.py search`: the state of the engines, rebuilding, and comparing them with the database.

Exit codes: 0 all is well or was done · 1 a command was called wrongly · 2 a rebuild is due (status) or something
differs and was not repaired (drift) · 3 an engine is away · 4 some documents could not be copied; their outbox rows
say why.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from backend.indexing import documents, engines, outbox
from backend.indexing.drift import Drift, drift, repair
from backend.indexing.rebuild import due, rebuild
from backend.indexing.schemas import KINDS
from backend.indexing.services import drain
from search.port import IndexMissing, SearchEngine, SearchError

WELL, DIFFERS, AWAY, FAILED = 0, 2, 3, 4
SHOWN = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parsers = parser.add_subparsers(dest="action", required=True, metavar="status|rebuild|drift|drain")
        status = parsers.add_parser("status", help="indexes, documents and what is waiting to be copied")
        again = parsers.add_parser("rebuild", help="make the indexes anew from the database while the site goes on")
        again.add_argument("--if-due", action="store_true", help="only where the mapping, dictionary or pack changed")
        compare = parsers.add_parser("drift", help="compare the indexes with the database")
        compare.add_argument("--repair", action="store_true", help="copy once more whatever differs")
        rest = parsers.add_parser("drain", help="copy what is waiting")
        for one in (status, again, compare, rest):
            one.add_argument("--engine", choices=engines.names(), help="only this engine")
        for one in (status, again, compare):
            one.add_argument("--kind", choices=KINDS, help="only this kind of document")

    def handle(self, *args: Any, action: str, engine: str | None, **options: Any) -> None:
        chosen = [engine] if engine else list(engines.names())
        kinds = [options["kind"]] if options.get("kind") else list(KINDS)
        code = WELL
        for name in chosen:
            try:
                code = max(code, self._one(action, engines.engine(name), kinds, options))
            except SearchError as error:
                self.stderr.write(f"{name}: {error}")
                code = max(code, AWAY)
        if code:
            sys.exit(code)

    def _one(self, action: str, engine: SearchEngine, kinds: list[str], options: dict[str, Any]) -> int:
        match action:
            case "status":
                return self._status(engine, kinds)
            case "rebuild":
                return max(self._rebuild(engine, kind, if_due=options["if_due"]) for kind in kinds)
            case "drift":
                return max(self._drift(engine, kind, mend=options["repair"]) for kind in kinds)
            case _:
                return self._drain(engine)

    def _status(self, engine: SearchEngine, kinds: list[str]) -> int:
        health = engine.health()
        self.stdout.write(f"{engine.name}: {'well' if health.ok else 'away'} ({health.detail})")
        if not health.ok:
            return AWAY
        table = Table("kind", "index", "documents", "rows", "waiting", "failing", "rebuild")
        code = WELL
        for kind in kinds:
            status = engine.status(engines.schema(kind))
            waiting = outbox.pending(engine.name, kind)
            table.add_row(
                kind,
                status.live or "none",
                str(status.documents),
                str(documents.count(kind)),
                str(waiting.count()),
                str(waiting.filter(attempts__gt=0).count()),
                "under way" if status.building else "due" if status.due else "not due",
            )
            code = max(code, DIFFERS if status.due else WELL)
        self._print(table)
        age = engines.freshness(engine.name).oldest_pending_seconds
        if age is not None:
            self.stdout.write(f"The oldest change has waited for {age} s.")
        return code

    def _rebuild(self, engine: SearchEngine, kind: str, *, if_due: bool) -> int:
        if if_due and not due(engine, kind):
            self.stdout.write(f"{engine.name} {kind}: up to date, no rebuild due")
            return WELL
        with _bar(f"{engine.name} {kind}", documents.count(kind)) as advance:
            made = rebuild(engine, kind, progress=advance)
        self.stdout.write(f"{engine.name} {kind}: {made.loaded} documents in {made.index}")
        self._reasons(engine.name, {(kind, id): reason for id, reason in made.failed.items()})
        return FAILED if made.failed else WELL

    def _drift(self, engine: SearchEngine, kind: str, *, mend: bool) -> int:
        try:
            with _bar(f"{engine.name} {kind}", documents.count(kind)) as advance:
                found = drift(engine, kind, progress=advance)
        except IndexMissing as error:
            self.stderr.write(str(error))
            return DIFFERS
        self.stdout.write(_described(found))
        if not found.total:
            return WELL
        if not mend:
            return DIFFERS
        marked = repair(engine, found)
        done = drain(engine, refresh=True)
        self.stdout.write(f"{engine.name} {kind}: {marked} marked, {done.closed} copied")
        self._reasons(engine.name, done.failed)
        if done.away:
            return AWAY
        return FAILED if done.failed else WELL

    def _drain(self, engine: SearchEngine) -> int:
        done = drain(engine, refresh=True)
        left = outbox.pending(engine.name).count()
        self.stdout.write(f"{engine.name}: {done.closed} copied, {left} left")
        self._reasons(engine.name, done.failed)
        if done.away:
            return AWAY
        return FAILED if done.failed else WELL

    def _reasons(self, engine: str, failed: Any) -> None:
        for (kind, id), reason in sorted(failed.items())[:SHOWN]:
            self.stderr.write(f"{engine} {kind} {id}: {reason}")
        if len(failed) > SHOWN:
            self.stderr.write(f"… and {len(failed) - SHOWN} more")

    def _print(self, table: Table) -> None:
        console = Console(file=self.stdout, width=110)  # type: ignore[arg-type]
        console.print(table)


def _described(found: Drift) -> str:
    parts = [
        f"{len(ids)} {what}"
        for what, ids in (
            ("missing", found.missing),
            ("behind", found.behind),
            ("too many", found.extra),
            ("ahead", found.ahead),
            ("aged", found.aged),
        )
        if ids
    ]
    differs = ", ".join(parts) or "nothing differs"
    return f"{found.engine} {found.kind}: {found.checked} compared, {differs}, {found.pending} on their way"


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=total)
        yield lambda count: bars.advance(task, count)
