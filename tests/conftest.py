"""The test strategy, cheapest first; a test sits on the lowest step that can fail for its reason.

1. Unit: pure functions, no database. Most of eligibility, ranking, cost, search.query. `tests/property/` generates
   the cases.
2. SQLite and tantivy in a folder of the test's own: services, queries, views, commands. The default.
3. Real servers, marked `servers`: the contract suite on Elasticsearch, Celery on Redis, faults. Tests that rest on
   the database's own guarantees (constraints, locks, races) are marked `database`: they run on SQLite with the rest
   and once more on PostgreSQL.
4. Chromium, marked `browser`: what only a browser can show.

`./dev test` starts each server once and hands it to every worker by TEST_DATABASE_URL, TEST_REDIS_URL,
TEST_ELASTICSEARCH_URL and, where a Java runtime is new enough, TEST_ELASTICSEARCH9_URL. Plain `pytest tests/…` in one
process starts what a test asks for by itself. `--fast` leaves steps 3 and 4 out. Nothing is ever skipped because a
server is absent: the test fails and says what to do. Sockets reach loopback only.

Tests share servers, never data: every index name, folder and key begins with `search_prefix` or lies in `tmp_path`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.operations import parts, servers

pytest_plugins = ["tests.demo_market"]

FIXTURES_OF_SERVERS = {"postgresql_url", "redis_url", "elasticsearch_url", "elasticsearch9_url", "elastic_engine"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out the tests that need a server or a browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if FIXTURES_OF_SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)
    if config.getoption("--fast"):
        slow = [item for item in items if item.get_closest_marker("servers") or item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What `./dev test` ran besides pytest, just above pytest's own last line."""
    if os.environ.get("TEST_SUMMARY"):
        terminalreporter.section("checks")
        terminalreporter.write_line(os.environ["TEST_SUMMARY"])


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the servers' accounts can reach."""
    folder = Path(tempfile.mkdtemp(prefix="rongqiao-servers-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _url(variable: str, start: Callable[[], servers.Server]) -> Iterator[str]:
    """The server named by the variable; else, in a run of one process, one of this session's own."""
    if os.environ.get(variable):
        yield os.environ[variable]
        return
    if os.environ.get("PYTEST_XDIST_WORKER"):
        pytest.fail(f"{variable} is not set: run ./dev test, which starts the servers once for all workers")
    try:
        server = start()
    except parts.PartMissing as reason:
        pytest.fail(f"{reason}\n./dev test installs it; ./dev test --fast does without")
    with servers.running(server) as (url,):
        yield url


@pytest.fixture(scope="session")
def postgresql_url(server_folder: Path) -> Iterator[str]:
    yield from _url("TEST_DATABASE_URL", lambda: servers.postgresql(server_folder / "postgresql"))


@pytest.fixture(scope="session")
def redis_url(server_folder: Path) -> Iterator[str]:
    yield from _url("TEST_REDIS_URL", lambda: servers.redis(server_folder / "redis"))


@pytest.fixture(scope="session")
def elasticsearch_url(server_folder: Path) -> Iterator[str]:
    yield from _url("TEST_ELASTICSEARCH_URL", lambda: servers.elasticsearch(server_folder / "elasticsearch"))


@pytest.fixture(scope="session")
def elasticsearch9_url(server_folder: Path) -> Iterator[str]:
    """Elasticsearch 9. Its tests are skipped, by this rule alone, where no Java runtime is new enough for it."""
    if not os.environ.get("TEST_ELASTICSEARCH9_URL") and parts.java_for(parts.ELASTICSEARCH_NEXT) is None:
        pytest.skip(f"Elasticsearch {parts.ELASTICSEARCH_NEXT} needs Java 21 or newer")
    yield from _url(
        "TEST_ELASTICSEARCH9_URL",
        lambda: servers.elasticsearch(server_folder / "elasticsearch9", version=parts.ELASTICSEARCH_NEXT),
    )


@pytest.fixture
def search_prefix() -> str:
    """Begins the names of this test's indexes: no other test or worker has it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"test-{worker}-{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def drop_indexes() -> Callable[[str, str], None]:
    """Removes every index and index template of an Elasticsearch whose name begins with a prefix."""

    def call(method: str, address: str) -> dict[str, object]:
        with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=30) as answer:
            found = json.loads(answer.read() or b"{}")
            return found if isinstance(found, dict) else {}

    def drop(url: str, prefix: str) -> None:
        for name in call("GET", f"{url}/_alias"):
            if name.startswith(prefix):
                call("DELETE", f"{url}/{name}")
        templates = call("GET", f"{url}/_index_template").get("index_templates", [])
        for template in templates if isinstance(templates, list) else []:
            if template["name"].startswith(prefix):
                call("DELETE", f"{url}/_index_template/{template['name']}")

    return drop
