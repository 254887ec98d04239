"""`manage.py print_reference`: print the tables of docs/reference/ anew from the code."""

from __future__ import annotations

import argparse
import sys

from django.core.management.base import BaseCommand

from backend.operations import reference


class Command(BaseCommand):
    help = "Print the tables of docs/reference/ anew from the code; run it in the repository."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit status 1 where a page is out of date"
        )

    def handle(self, *, check: bool, **_options: object) -> None:
        found = reference.outdated()
        for path, page in found.items():
            if not check:
                path.write_text(page, encoding="utf-8")
            self.stdout.write(f"{path.name}: {'out of date' if check else 'printed'}")
        if check and found:
            sys.exit(1)
