"""What `./dev` hands over to: up, test, lint, bench, doctor, servers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from backend.operations import checks, doctor, servers, testing, up
from backend.operations.parts import PartMissing

EPILOG = """also, before Python takes over:
  manage …              Django's command line, in the demo unless RONGQIAO_SECRET_KEY is set
  backtest …            match past loans and compare with the baselines
  shots …               a picture of every page, both languages, widths and schemes
  lock                  resolve pyproject.toml into requirements.lock"""


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(
        prog="./dev", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = commands.add_subparsers(dest="command", metavar="command")
    up.add_arguments(known.add_parser("up", help="prepare everything and start the site"))
    known.add_parser("test", help="lint, types, contracts and every test", add_help=False)
    known.add_parser("lint", help="the checks of `test` that run no test")
    known.add_parser("bench", help="measure the market at several sizes", add_help=False)
    known.add_parser("servers", help="start the servers that tests use and print their addresses, until stopped")
    known.add_parser("doctor", help="name each missing system part with its remedy")
    health = known.add_parser("health", help="status 0 where the site on this machine can do its work")
    health.add_argument("--port", type=int, default=8000)
    known.add_parser("help", help="this page")
    return commands


def main(arguments: Sequence[str]) -> int:
    # What follows `test` and `bench` belongs to pytest and to the bench.
    if arguments[:1] == ["test"]:
        return testing.run(list(arguments[1:]))
    if arguments[:1] == ["bench"]:
        return testing.bench(list(arguments[1:]))
    commands = parser()
    options = commands.parse_args(arguments)
    match options.command:
        case "up":
            return up.run(options)
        case "lint":
            return checks.report(checks.run(checks.all_checks()))
        case "servers":
            return testing.hold()
        case "health":
            return doctor.health(options.port)
        case "doctor":
            return doctor.run()
        case _:
            commands.print_help()
            return 0


if __name__ == "__main__":
    try:
        with servers.stopping_on_signals():
            sys.exit(main(sys.argv[1:]))
    except (PartMissing, servers.ServerFailed) as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit(130)
