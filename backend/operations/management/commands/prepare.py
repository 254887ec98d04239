"""Bring the database, the city pack, the demo market and the search index to what this version expects."""

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.accounts.services import platform_account
from backend.indexing.services import drain_all
from backend.market.cases import cases_make
from backend.market.lives import lives_make
from backend.market.upkeep import market_keep
from backend.operations import static_files, translations
from workers import clock

SEED = 1
"""That of `make_market`, where it is not told another."""


class Command(BaseCommand):
    help = "Prepare the site: migrations, city pack, demo market, search index, static files; then show the proof."
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--companies", type=int, default=2000, help="size of the demo market; 0 makes none")
        parser.add_argument("--address", default="", help="where the site will be found, to be printed")
        parser.add_argument("--no-static", action="store_true", help="the static files are collected already")

    def handle(self, *, companies: int, address: str, no_static: bool, **_options: object) -> None:
        translations.compile_all()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_pack")
        if companies:
            call_command("make_market", "--companies", str(companies), "--if-empty")
            if settings.DEMO:
                lives_make(actor=platform_account(), seed=SEED, now=timezone.now())
            market_keep(actor=platform_account(), now=timezone.now())
        clock.look(timezone.now())  # what fell due while nobody looked
        call_command("search", "rebuild", "--if-due")
        drain_all()  # what an earlier run could not copy any more
        if not no_static:
            static_files.collect()
        if address:
            self.stdout.write(f"\n融桥: {address}")
        if companies:
            call_command("show_proof")
            if settings.DEMO and cases_make(now=timezone.now()):
                clock.look(timezone.now())
                drain_all()
