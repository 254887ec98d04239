"""Real servers on loopback for tests and for `./dev up --production-like`: PostgreSQL, Redis, Elasticsearch.

Each runs in a folder of its own, on a free or given port, never as root, and is stopped by its own process group when
its context ends. The kernel tells it to stop should this process be killed.

    with running(postgresql(folder / "pg"), redis(folder / "redis")) as (database_url, redis_url): ...
"""

from __future__ import annotations

import ctypes
import http.client
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from backend.operations import parts

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_HEALTH_TIMEOUT_SECONDS = 2.0


class ServerFailed(RuntimeError):
    """A server did not start or did not answer in time. The message holds the end of its log."""


def data_folder(name: str) -> Path:
    """Where data of that purpose lies, under var/, reachable for the servers' accounts."""
    folder = parts.home() / "var" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _account(*names: str) -> pwd.struct_passwd | None:
    """The first of these accounts that exists; None where this process is not root and runs servers as itself."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in (*names, "nobody"):
        if name in known:
            return known[name]
    raise ServerFailed(f"none of the accounts {', '.join(names)}, nobody exists to run the server under")


def _own_folder(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make the folder, the account's own and closed to others; every folder above stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)


def _group_lives(group: int) -> bool:
    """Whether a process of the group is running; those that only wait to be reaped do not count."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False


class Server:
    """One server process. `start` returns at once, `wait` when it answers, `stop` when it is gone."""

    def __init__(
        self,
        *,
        name: str,
        url: str,
        folder: Path,
        command: Sequence[str],
        answers: Callable[[], bool],
        prepare: Callable[[], None] = lambda: None,
        account: pwd.struct_passwd | None = None,
        environment: Mapping[str, str] | None = None,
        given: str = "",
        stop_signal: signal.Signals = signal.SIGTERM,
        start_limit_seconds: float = 120.0,
        stop_limit_seconds: float = 20.0,
    ) -> None:
        self.name = name
        self.url = url
        self._folder = folder
        self._command = list(command)
        self._answers = answers
        self._prepare = prepare
        self._account = account
        self._environment = dict(environment or {})
        self._given = given.encode()
        self._stop_signal = stop_signal
        self._start_limit = start_limit_seconds
        self._stop_limit = stop_limit_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self._folder / "server.log"

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._prepare()
        account = self._account
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **self._environment},
                start_new_session=True,
                preexec_fn=self._stop_with_parent,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        if self._given and self._process.stdin:
            self._process.stdin.write(self._given)
            self._process.stdin.close()

    def wait(self) -> None:
        if self._process is None:
            raise ServerFailed(f"{self.name} was not started")
        deadline = time.monotonic() + self._start_limit
        while not self._answers():
            if self._process.poll() is not None:
                raise ServerFailed(f"{self.name} stopped with status {self._process.returncode}:\n{self.log_end()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} gave no answer in {self._start_limit:.0f} s:\n{self.log_end()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the process and its children: politely, then for good. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        deadline = time.monotonic() + self._stop_limit
        if process.poll() is None:
            process.send_signal(self._stop_signal)
            try:
                process.wait(self._stop_limit)
            except subprocess.TimeoutExpired:
                pass
        # The first process may leave before its children have put their data in order.
        while _group_lives(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process.stdin:
            process.stdin.close()

    def kill(self) -> None:
        """End it at once, as a failing machine would; for tests of what happens then."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
        self.stop()

    def _stop_with_parent(self) -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(self._stop_signal))

    def log_end(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.is_file() else "(no log)"


def postgresql(folder: Path, *, port: int | None = None, durable: bool = False) -> Server:
    """A PostgreSQL with the role and database `rongqiao`. Not durable: no fsync, for tests."""
    programs = parts.postgresql_programs()
    if programs is None:
        raise parts.PartMissing(f"PostgreSQL is not installed: {parts.POSTGRESQL.remedy}")
    port = port or free_port()
    account = _account("postgres")
    data = folder / "data"
    secret = folder / "password"
    if not secret.exists():
        folder.mkdir(parents=True, exist_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(16), encoding="ascii")
    password = secret.read_text(encoding="ascii")

    def run(command: list[str], *, given: str = "", environment: Mapping[str, str] | None = None) -> None:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **(environment or {})},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            raise ServerFailed(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")

    def prepare() -> None:
        if (data / "PG_VERSION").exists():
            return
        _own_folder(data, account)
        with tempfile.NamedTemporaryFile("w", prefix="password-") as handed:
            handed.write(password)
            handed.flush()
            if account:
                os.chown(handed.name, account.pw_uid, account.pw_gid)
            run(
                [str(programs / "initdb"), "-D", str(data), "-U", "rongqiao", "-E", "UTF8", "--locale=C.UTF-8",
                 "-A", "scram-sha-256", f"--pwfile={handed.name}", "--no-sync"],
            )  # fmt: skip

    def answers() -> bool:
        ready = subprocess.run(
            [str(programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)], check=False, timeout=10
        )
        if ready.returncode != 0:
            return False
        command = [str(programs / "psql"), "-h", LOOPBACK, "-p", str(port), "-U", "rongqiao", "-d", "postgres", "-qAt"]
        known = "SELECT FROM pg_database WHERE datname = 'rongqiao'"
        create = f"SELECT 'CREATE DATABASE rongqiao' WHERE NOT EXISTS ({known}) \\gexec\n"
        run(command, given=create, environment={"PGPASSWORD": password})
        return True

    durability = "on" if durable else "off"
    settings = {
        "port": str(port),
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "fsync": durability,
        "synchronous_commit": durability,
        "full_page_writes": durability,
        "shared_buffers": "128MB",
    }
    return Server(
        name="PostgreSQL",
        url=f"postgresql://rongqiao:{password}@{LOOPBACK}:{port}/rongqiao",
        folder=folder,
        command=[str(programs / "postgres"), "-D", str(data), *(f"--{key}={value}" for key, value in settings.items())],
        answers=answers,
        prepare=prepare,
        account=account,
        # SIGTERM would wait for every client to leave; SIGINT asks them to.
        stop_signal=signal.SIGINT,
    )


def redis(folder: Path, *, port: int | None = None, durable: bool = False) -> Server:
    """A Redis with a password of its own. Durable: an append-only file survives a restart."""
    program = parts.REDIS.find()
    if program is None:
        raise parts.PartMissing(f"Redis is not installed: {parts.REDIS.remedy}")
    port = port or free_port()
    account = _account("redis")
    data = folder / "data"
    password = secrets.token_hex(16)
    configuration = {
        "port": str(port),
        "bind": LOOPBACK,
        "dir": str(data),
        "requirepass": password,
        "save": '""',
        "appendonly": "yes" if durable else "no",
        "daemonize": "no",
    }
    # The configuration goes in by standard input, so that the password stands in no process list and no file.
    return Server(
        name="Redis",
        url=f"redis://:{password}@{LOOPBACK}:{port}/0",
        folder=folder,
        command=[str(program), "-"],
        answers=lambda: _redis_answers(port, password),
        prepare=lambda: _own_folder(data, account),
        account=account,
        given="".join(f"{key} {value}\n" for key, value in configuration.items()),
    )


def _redis_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while b"+PONG" not in answer:
                more = connection.recv(256)
                if not more:
                    return False
                answer += more
            return True
    except OSError:
        return False


def elasticsearch(
    folder: Path, *, version: str = parts.ELASTICSEARCH, port: int | None = None, heap: str = "512m"
) -> Server:
    """A single Elasticsearch node without its security layer, reachable from this machine only. Fetches the server
    where it is not unpacked yet."""
    java = parts.java_for(version)
    if java is None:
        raise parts.PartMissing(f"no Java runtime for Elasticsearch {version}: {parts.JAVA.remedy}")
    server = parts.elasticsearch_home(version)
    port = port or free_port()
    account = _account("elasticsearch")
    own = folder / "node"
    settings = {
        "cluster.name": "rongqiao",
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "network.host": LOOPBACK,
        "http.port": str(port),
        "transport.port": str(free_port()),
        "path.data": str(own / "data"),
        "path.logs": str(own / "logs"),
        # A nearly full disk must not turn indexes read-only under a test.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "action.destructive_requires_name": "true",
    }

    def prepare() -> None:
        _own_folder(own, account)
        shutil.rmtree(own / "config", ignore_errors=True)
        shutil.copytree(server / "config", own / "config")
        text = "".join(f"{key}: {value}\n" for key, value in settings.items())
        (own / "config/elasticsearch.yml").write_text(text, encoding="utf-8")
        (own / "tmp").mkdir(exist_ok=True)
        if account:
            for path in (own / "tmp", own / "config", *(own / "config").rglob("*")):
                os.chown(path, account.pw_uid, account.pw_gid)

    return Server(
        name=f"Elasticsearch {version}",
        url=f"http://{LOOPBACK}:{port}",
        folder=folder,
        command=[str(server / "bin/elasticsearch")],
        answers=lambda: _elasticsearch_answers(port),
        prepare=prepare,
        account=account,
        environment={
            "ES_PATH_CONF": str(own / "config"),
            "ES_JAVA_HOME": str(java),
            "ES_JAVA_OPTS": f"-Xms{heap} -Xmx{heap}",
            "ES_TMPDIR": str(own / "tmp"),
            "HOME": str(own),
        },
        start_limit_seconds=240.0,
        stop_limit_seconds=30.0,
    )


def _elasticsearch_answers(port: int) -> bool:
    status, body = get(port, "/_cluster/health")
    return status == 200 and b'"status":"red"' not in body


def get(port: int, path: str, *, host: str = LOOPBACK) -> tuple[int, bytes]:
    """Status and body of a GET on this machine; (0, b"") without an answer. `host` is the name that is asked for."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_HEALTH_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


@contextmanager
def running(*servers: Server) -> Iterator[tuple[str, ...]]:
    """Start all of them side by side, yield their URLs when each answers, stop what was started."""
    try:
        for server in servers:
            server.start()
        for server in servers:
            server.wait()
        yield tuple(server.url for server in servers)
    finally:
        for server in reversed(servers):
            server.stop()


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that contexts are left in order."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
