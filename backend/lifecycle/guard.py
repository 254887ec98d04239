"""The database's own guard: triggers that refuse what a life cycle does not know, and any change of what must stay.

A check constraint sees one row and not the row before it; a trigger sees both. A model says `life_cycle`, a LifeCycle
over its column `status`, or `stays = True`: its rows are written once. `install` puts the triggers in place after every
`migrate`, so that they follow the tables in the code and survive SQLite's way of altering a table, which is to make a
new one. Where they refuse, the database's IntegrityError says `illegal state of TABLE` or `TABLE keeps what was
written`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from backend.lifecycle.table import LifeCycle

FIELD = "status"


def guarded() -> Iterator[tuple[type[models.Model], LifeCycle]]:
    for model in apps.get_models():
        cycle = getattr(model, "life_cycle", None)
        if isinstance(cycle, LifeCycle):
            yield model, cycle


def staying() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if getattr(model, "stays", False) is True)


def install(connection: BaseDatabaseWrapper) -> None:
    """Replace every trigger by that which the code's tables ask for. Models without a table yet are left out."""
    there = set(connection.introspection.table_names())
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for model, cycle in guarded():
            table = model._meta.db_table
            if table in there:
                for statement in (*_dropped(connection, table, "born", "moved"), *_guard(connection, table, cycle)):
                    cursor.execute(statement)
        for model in staying():
            table = model._meta.db_table
            if table in there:
                for statement in (*_dropped(connection, table, "update", "delete"), *_stay(connection, table)):
                    cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take away what refuses deletion: before the whole database is emptied, and for nothing else."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in staying():
            if model._meta.db_table in there:
                for statement in _dropped(connection, model._meta.db_table, "update", "delete"):
                    cursor.execute(statement)


def _guard(connection: BaseDatabaseWrapper, table: str, cycle: LifeCycle) -> Iterator[str]:
    born = f"NEW.{FIELD} NOT IN ({', '.join(map(_quoted, sorted(cycle.starts)))})"
    ways = [
        f"(OLD.{FIELD} = {_quoted(old)} AND NEW.{FIELD} = {_quoted(new)})"
        for old, new in sorted(cycle.pairs)
        if old != new
    ]
    moved = f"OLD.{FIELD} <> NEW.{FIELD} AND NOT ({' OR '.join(ways) or 'FALSE'})"
    words = f"illegal state of {table}"
    yield from _trigger(connection, table, "born", "INSERT", born, words)
    yield from _trigger(connection, table, "moved", f"UPDATE OF {FIELD}", moved, words)


def _stay(connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
    words = f"{table} keeps what was written"
    for event in ("update", "delete"):
        yield from _trigger(connection, table, event, event.upper(), "TRUE", words)


def _trigger(
    connection: BaseDatabaseWrapper, table: str, name: str, event: str, when: str, words: str
) -> Iterator[str]:
    name = f"guard_{table}_{name}"
    if connection.vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation'; END $$"
        )
        yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
    else:
        yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _dropped(connection: BaseDatabaseWrapper, table: str, *names: str) -> Iterator[str]:
    for name in names:
        if connection.vendor == "postgresql":
            yield f"DROP TRIGGER IF EXISTS guard_{table}_{name} ON {table}"
        else:
            yield f"DROP TRIGGER IF EXISTS guard_{table}_{name}"


def _quoted(state: str) -> str:
    if not state.replace("_", "").isalnum():
        raise ValueError(f"{state!r} is no name of a state")
    return f"'{state}'"
