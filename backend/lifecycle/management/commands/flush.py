"""Django's `flush`, in a database whose events refuse to be deleted."""

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connections

from backend.lifecycle.guard import install, lift


class Command(Flush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        lift(connection)
        try:
            super().handle(**options)
        finally:
            install(connection)
