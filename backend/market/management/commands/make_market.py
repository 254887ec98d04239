"""`manage.py make_market`: fill the database with a made-up market."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backend.accounts.services import platform_account
from backend.common.errors import DomainError
from backend.companies.models import Company
from backend.market.services import market_make


class Command(BaseCommand):
    help = "Make a seeded market of companies, needs and past cases for the loaded city pack."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--companies", type=int, default=2000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--today", type=date.fromisoformat, help="the market's day, by default today")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where companies are filed already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Company.objects.exists():
            self.stdout.write("The market is there already.")
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bars:
            tasks: dict[str, Any] = {}

            def progress(what: str, done: int, of: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=of)
                bars.update(tasks[what], completed=done)

            try:
                made = market_make(
                    actor=platform_account(),
                    count=options["companies"],
                    seed=options["seed"],
                    today=options["today"] or timezone.localdate(),
                    progress=progress,
                )
            except DomainError as error:
                raise CommandError(error.message) from error
        self.stdout.write(f"{made.companies} companies, {made.needs} needs, {made.past_cases} past cases.")
