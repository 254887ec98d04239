"""docs/reference/commands.md and settings.md: the commands with their options, the variables with their defaults."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from backend.operations.__main__ import EPILOG
from backend.operations.__main__ import parser as dev_parser
from backend.operations.parts import REPOSITORY
from backend.operations.reference_tables import code, codes, table

_SETTINGS = REPOSITORY / "backend" / "config" / "settings.py"

VARIABLES: Mapping[str, str] = {
    "RONGQIAO_VAR": "folder for the SQLite database, the embedded index, static files",
    "RONGQIAO_DEMO": "demo: public accounts, a built-in secret, readable logs, no TLS; for one machine alone",
    "RONGQIAO_SECRET_KEY": "signs sessions and cursors; at least 50 characters, or only the demo starts",
    "RONGQIAO_HOSTS": "names that the site is reached under",
    "RONGQIAO_ORIGINS": "origins, with scheme, that unsafe requests may come from besides the site's own",
    "RONGQIAO_PACKS": "folder of the packs",
    "RONGQIAO_PACK": "folder name of the pack to load; empty: the one named in the file `DEFAULT`",
    "DATABASE_URL": "`postgresql://user:password@host:port/name`, or SQLite",
    "DATABASE_CONN_MAX_AGE": "seconds that a connection to PostgreSQL is kept",
    "REDIS_URL": "cache shared by all processes, and the broker; empty: a cache per process, tasks in process",
    "SEARCH_ENGINES": "`elastic`, `embedded`, in this order: the first that is well answers, all are kept up to date",
    "SEARCH_PREFIX": "begins the name of every index",
    "SEARCH_FOLDER": "folder of the embedded engine; one process writes to it at a time",
    "ELASTICSEARCH_URL": "may hold user and password",
    "ELASTICSEARCH_API_KEY": "instead of user and password",
    "ELASTICSEARCH_TIMEOUT_SECONDS": "after that long without an answer Elasticsearch counts as away",
    "ELASTICSEARCH_SHARDS": "primary shards of indexes made from now on",
    "ELASTICSEARCH_REPLICAS": "copies of each shard of indexes made from now on",
    "CELERY_BROKER_URL": "where tasks are queued; empty: they run in the process that asks for them",
    "OUTBOX_BATCH": "documents copied to an engine in one step",
    "CLOCK_EVERY_SECONDS": "how often the schedule looks for what is due by its time alone: needs that expire, "
    "products that nobody confirmed",
    "OUTBOX_EVERY_SECONDS": "how often the schedule wakes the worker, beside each write that does",
    "INVITATION_DAYS": "days that an invitation to an organisation may be accepted in",
    "EMAIL_URL": "the post office, `smtp+tls://user:password@host:587`; e-mails go to the log unless one is named",
    "EMAIL_FROM": "sender of the e-mails",
    "RONGQIAO_FILES": "folder of the files that people hand in; all web processes and workers share it",
    "RONGQIAO_LOG_LEVEL": "`DEBUG`, `INFO`, `WARNING` or `ERROR`",
    "RONGQIAO_PACKAGES": "folder of the packages that npm brings: fonts, htmx, charts",
    "RONGQIAO_FONTS": "folder of Noto Sans SC, with `400Regular/` and `700Bold/`: the font of the PDFs",
    "RONGQIAO_STATIC": "folder of the collected static files",
    "RONGQIAO_TLS": "redirect to https, send HSTS, cookies over TLS alone",
    "RONGQIAO_PROXY": "a proxy of yours ends TLS and sets `X-Forwarded-Proto`; on only behind one",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the settings read. `default` is the expression in the source."""

    name: str
    kind: str
    default: str


def variables() -> Iterator[Variable]:
    """In the order of the source."""
    tree = ast.parse(_SETTINGS.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if not isinstance(node.func, ast.Attribute):
            continue
        name = node.args[0] if node.args else None
        if ast.unparse(node.func.value) == "env" and isinstance(name, ast.Constant):
            default = next(keyword.value for keyword in node.keywords if keyword.arg == "default")
            yield Variable(str(name.value), node.func.attr, _readable(default))


def _readable(default: ast.expr) -> str:
    """A constant as it is written in the environment; anything else as in the source, paths shortened."""
    if isinstance(default, ast.Constant):
        return {True: "1", False: "0", "": "empty"}.get(default.value, str(default.value))
    if isinstance(default, ast.List):
        return ",".join(str(ast.literal_eval(item)) for item in default.elts) or "empty"
    return _EXPRESSIONS[ast.unparse(default)]


_EXPRESSIONS = {
    "str(BASE_DIR / 'var')": "var",
    "str(BASE_DIR / 'fixtures')": "fixtures",
    "str(BASE_DIR / 'node_modules')": "node_modules",
    "str(PACKAGES_DIR / '@expo-google-fonts/noto-sans-sc')": "@expo-google-fonts/noto-sans-sc in RONGQIAO_PACKAGES",
    "DEMO_SECRET if DEMO else ''": "empty",
    "f\"sqlite:///{VAR_DIR / 'rongqiao.sqlite3'}\"": "rongqiao.sqlite3 in RONGQIAO_VAR",
    "str(VAR_DIR / 'index')": "index in RONGQIAO_VAR",
    "str(VAR_DIR / 'static')": "static in RONGQIAO_VAR",
    "str(VAR_DIR / 'files')": "files in RONGQIAO_VAR",
    "REDIS_URL": "REDIS_URL",
    "not DEMO": "1, in the demo 0",
}


def settings() -> str:
    """Raises KeyError for a variable that is not described, ValueError for a description of none."""
    found = list(variables())
    if extra := VARIABLES.keys() - {variable.name for variable in found}:
        raise ValueError(f"the settings read no {', '.join(sorted(extra))}")
    rows = ([code(variable.name), _default(variable), VARIABLES[variable.name]] for variable in found)
    return table(("variable", "default", "what it does"), rows)


def _default(variable: Variable) -> str:
    kind = {"bool": "0 or 1", "list": "with commas"}.get(variable.kind)
    return variable.default + (f" ({kind})" if kind else "")


def dev() -> str:
    """The commands of `./dev`, also those that the script answers itself."""
    inner = _subparsers(dev_parser())
    rows = [[code(f"./dev {action.dest}"), action.help or ""] for action in inner._choices_actions]
    for line in EPILOG.splitlines()[1:]:
        name, _, text = line.strip().partition("  ")
        rows.append([code(f"./dev {name}"), text.strip()])
    return table(("command", "what it does"), rows)


def dev_options() -> str:
    inner = _subparsers(dev_parser())
    rows = [
        [code(f"./dev {name}"), *row] for name, parser in inner.choices.items() for row in _options(parser, frozenset())
    ]
    return table(("command", "option", "default", "what it does"), rows)


def manage() -> str:
    """The project's own commands. Django's own are left out."""
    common = frozenset(action.dest for action in BaseCommand().create_parser("manage.py", "any")._actions)
    rows: list[list[str]] = []
    for name, application in sorted(get_commands().items()):
        if isinstance(application, str) and application.startswith("backend."):
            command = load_command_class(application, name)
            parser = command.create_parser("manage.py", name)
            rows += [[code(name), "", "", _one_line(command.help)]]
            rows += [[code(name), *row] for row in _options(parser, common)]
    return table(("command", "option", "default", "what it does"), rows)


def _subparsers(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _options(parser: argparse.ArgumentParser, left_out: frozenset[str]) -> Iterator[list[str]]:
    """Option, default and help; a command within the command comes as its name, then with its options."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action._choices_actions:
                yield [code(inner.dest), "", inner.help or ""]
                for option, default, text in _options(action.choices[inner.dest], left_out):
                    yield [f"{code(inner.dest)} {option}", default, text]
        elif action.dest not in left_out | {"help"} and action.help is not argparse.SUPPRESS:
            text = (action.help or "") % vars(action)
            yield [_option(action), _given(action), _one_line(text)]


def _option(action: argparse.Action) -> str:
    name = action.option_strings[-1]
    if action.choices:
        return f"{code(name)} {codes(action.choices)}"
    return code(name) if action.nargs == 0 else code(f"{name} {action.metavar or action.dest.upper()}")


def _given(action: argparse.Action) -> str:
    if action.required:
        return "must be given"
    if action.default in (None, False, ""):
        return ""
    return codes(action.default) if isinstance(action.default, list | tuple) else code(action.default)


def _one_line(text: str) -> str:
    return " ".join(text.split())
