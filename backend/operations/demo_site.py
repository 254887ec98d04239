"""The demo in a process of its own, as a visitor meets it: a made-up market in a folder, static files, a free port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from backend.operations import packages, parts, servers, translations

PREPARE_LIMIT_SECONDS = 600
_FOREIGN = ("DJANGO_", "TEST_", "RONGQIAO_", "DATABASE_", "REDIS_", "CELERY_", "SEARCH_", "ELASTICSEARCH_")


@contextmanager
def demo_site(folder: Path, *, companies: int, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the site while it runs. `environment` names another database, engine or prefix than the embedded
    ones. Raises ServerFailed with the end of its log where it cannot be prepared or does not start."""
    translations.compile_all()
    packages.install()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    variables = {
        **kept,
        "RONGQIAO_DEMO": "1",
        "RONGQIAO_VAR": str(folder),
        "PYTHONPATH": str(parts.REPOSITORY),
        **(environment or {}),
    }
    command = [sys.executable, "manage.py", "prepare", "--companies", str(companies)]
    done = subprocess.run(
        command, cwd=parts.REPOSITORY, env=variables, capture_output=True, text=True, check=False,
        timeout=PREPARE_LIMIT_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        raise servers.ServerFailed(f"the demo could not be prepared:\n{done.stderr[-3000:]}")
    port = servers.free_port()
    web = servers.Server(
        name="web",
        url=f"http://127.0.0.1:{port}",
        folder=folder / "web",
        command=[
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(port), "--workers", "1", "--blocking-threads", "4", "backend.config.wsgi:application",
        ],
        answers=lambda: servers.get(port, "/health/ready")[0] == 200,
        environment=variables,
    )  # fmt: skip
    with servers.running(web) as (url,):
        yield url
