"""`manage.py load_pack`: bring the database to what a pack's folder says."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from backend.accounts.services import platform_account
from backend.common.errors import DomainError
from backend.packs.services import pack_load


def default_folder() -> Path:
    packs = Path(settings.PACKS_DIR)
    return packs / (settings.PACK or (packs / "DEFAULT").read_text(encoding="utf-8").strip())


class Command(BaseCommand):
    help = "Load the city pack; a second time changes nothing. Exit status 1 where the folder has faults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, help="by default RONGQIAO_PACK, or the one named in DEFAULT")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task("products", total=None)

            def progress(what: str, done: int, of: int) -> None:
                bars.update(task, description=what, completed=done, total=of)

            try:
                report = pack_load(options["folder"] or default_folder(), actor=platform_account(), progress=progress)
            except DomainError as error:
                raise CommandError(error.message) from error
        state = "loaded" if report.changed else "up to date"
        self.stdout.write(
            f"Pack {report.key}: {state}, {report.terms} codes, {report.institutions} institutions, "
            f"{report.products} products."
        )
