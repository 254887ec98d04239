"""`./dev up`: prepare everything and start the site, embedded or in the production shape, on this machine alone."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from backend.operations import packages, parts, servers, translations

COMPANIES = 2000
_LOOK_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; the demo's passwords are public")
    parser.add_argument("--port", type=int, default=8000, help="port of the site (%(default)s)")
    parser.add_argument("--companies", type=int, default=COMPANIES, help="size of the demo market (%(default)s)")
    parser.add_argument("--prepare-only", action="store_true", help="do everything but start the site")
    shape = parser.add_argument_group("production shape")
    shape.add_argument("--production-like", action="store_true", help="PostgreSQL, Redis, Celery and Elasticsearch")
    shape.add_argument("--web-workers", type=int, default=2, help="processes that serve pages (%(default)s)")
    shape.add_argument("--postgresql-port", type=int, help="a free one where not given, as for the next two")
    shape.add_argument("--redis-port", type=int)
    shape.add_argument("--elasticsearch-port", type=int)


def run(options: argparse.Namespace) -> int:
    if not options.prepare_only and not _port_is_free(options.host, options.port):
        print(f"port {options.port} of {options.host} is taken: choose another with --port", file=sys.stderr)
        return 1
    translations.compile_all()
    packages.install()
    parts.install(parts.PDF_LIBRARIES)
    return _production_like(options) if options.production_like else _embedded(options)


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _hosts(options: argparse.Namespace) -> str:
    return ",".join(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", options.host]))


def _prepare(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Migrate, load the city pack and the demo market, build the index, print accounts and proof."""
    shown_host = f"[{options.host}]" if ":" in options.host else options.host
    command = [
        sys.executable, "manage.py", "prepare",
        "--companies", str(options.companies), "--address", f"http://{shown_host}:{options.port}/",
    ]  # fmt: skip
    return subprocess.run(command, cwd=parts.REPOSITORY, env=dict(environment), check=False).returncode


def _granian(options: argparse.Namespace, *, workers: int) -> list[str]:
    return [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi",
        "--host", options.host, "--port", str(options.port),
        "--workers", str(workers), "--blocking-threads", "8", "--respawn-failed-workers",
        "--workers-kill-timeout", "10", "backend.config.wsgi:application",
    ]  # fmt: skip


def _embedded(options: argparse.Namespace) -> int:
    """Everything in one process: SQLite, tantivy, tasks in process. The web server takes this process's place."""
    environment = {**os.environ, "RONGQIAO_DEMO": "1", "RONGQIAO_HOSTS": _hosts(options), "PYTHONUNBUFFERED": "1"}
    status = _prepare(options, environment)
    if status == 0 and not options.prepare_only:
        _become_web_server(options, environment)
    return status


def _become_web_server(options: argparse.Namespace, environment: Mapping[str, str]) -> NoReturn:
    os.chdir(parts.REPOSITORY)
    command = _granian(options, workers=1)
    os.execve(command[0], command, environment)  # noqa: S606  a list of our own words, no shell


def secret_key(folder: Path) -> str:
    """A key made once for this folder and readable by its owner alone."""
    file = folder / "secret-key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(64))
    return file.read_text(encoding="ascii")


def _production_like(options: argparse.Namespace) -> int:
    parts.install([parts.POSTGRESQL, parts.REDIS, parts.JAVA])
    folder = servers.data_folder("production-like")
    stores = (
        servers.postgresql(folder / "postgresql", port=options.postgresql_port, durable=True),
        servers.redis(folder / "redis", port=options.redis_port, durable=True),
        servers.elasticsearch(folder / "elasticsearch", port=options.elasticsearch_port, heap="1g"),
    )
    print("starting PostgreSQL, Redis and Elasticsearch …", flush=True)
    with servers.running(*stores) as (database_url, redis_url, elasticsearch_url):
        environment = {
            **os.environ,
            "PYTHONPATH": str(parts.REPOSITORY),
            "PYTHONUNBUFFERED": "1",
            "RONGQIAO_DEMO": "0",
            "RONGQIAO_TLS": "0",  # loopback; a real one stands behind a proxy that ends TLS
            "RONGQIAO_SECRET_KEY": secret_key(folder),
            "RONGQIAO_HOSTS": _hosts(options),
            "RONGQIAO_VAR": str(folder / "site"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SEARCH_ENGINES": "elastic,embedded",
            "ELASTICSEARCH_URL": elasticsearch_url,
        }
        status = _prepare(options, environment)
        if status != 0 or options.prepare_only:
            return status
        processes = _processes(options, folder, environment)
        with servers.running(*processes):
            for server in (*stores, *processes):
                print(f"  {server.name}: pid {server.pid}, log {server.log}")
            print("running; Ctrl-C stops all of it", flush=True)
            return _watch((*stores, *processes))


def _logged(folder: Path, text: str) -> bool:
    file = folder / "server.log"
    return file.is_file() and text in file.read_text(encoding="utf-8", errors="replace")


def _processes(
    options: argparse.Namespace, folder: Path, environment: Mapping[str, str]
) -> tuple[servers.Server, servers.Server, servers.Server]:
    """The worker, the schedule and the web server. The worker is one process with threads, because the embedded
    engine that stands by has one writer."""
    celery = [sys.executable, "-m", "celery", "-A", "workers.app"]
    worker = servers.Server(
        name="Celery worker",
        url="",
        folder=folder / "worker",
        command=[*celery, "worker", "--pool=threads", "--concurrency=2", "--loglevel=INFO", "--without-gossip"],
        answers=lambda: _logged(folder / "worker", " ready."),
        environment=environment,
        stop_limit_seconds=60.0,
    )
    beat = servers.Server(
        name="Celery beat",
        url="",
        folder=folder / "beat",
        command=[*celery, "beat", "--scheduler=celery.beat:Scheduler", "--pidfile=", "--loglevel=INFO"],
        answers=lambda: _logged(folder / "beat", "beat: Starting"),
        environment=environment,
    )
    web = servers.Server(
        name="web",
        url=f"http://127.0.0.1:{options.port}/",
        folder=folder / "web",
        command=_granian(options, workers=options.web_workers),
        answers=lambda: servers.get(options.port, "/health/ready")[0] == 200,
        environment=environment,
    )
    return worker, beat, web


def _watch(running: tuple[servers.Server, ...]) -> int:
    """Wait until one of them ends by itself, which is a fault."""
    while True:
        for server in running:
            if not server.alive:
                print(f"{server.name} ended by itself; the end of its log:\n{server.log_end()}", file=sys.stderr)
                return 1
        time.sleep(_LOOK_SECONDS)
