"""The launchers start real servers, hand out working addresses and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest
import redis as redis_client

from backend.operations import parts, servers


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def test_free_ports_differ() -> None:
    assert len({servers.free_port() for _ in range(5)}) == 5


def test_a_server_that_stops_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    server = servers.Server(
        name="broken",
        url="http://127.0.0.1:1",
        folder=tmp_path,
        command=[sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"],
        answers=lambda: False,
    )
    server.start()
    with pytest.raises(servers.ServerFailed, match=r"(?s)broken stopped with status 3:\nout of paper"):
        server.wait()
    server.stop()


def test_a_server_that_never_answers_is_stopped(tmp_path: Path) -> None:
    server = servers.Server(
        name="mute",
        url="http://127.0.0.1:1",
        folder=tmp_path,
        command=[sys.executable, "-c", "import time; time.sleep(60)"],
        answers=lambda: False,
        start_limit_seconds=0.3,
    )
    server.start()
    pid = server.pid
    assert pid is not None
    with pytest.raises(servers.ServerFailed, match=r"mute gave no answer in 0 s"):
        server.wait()
    server.stop()
    assert not alive(pid)


def test_a_stubborn_server_and_its_children_are_killed_after_the_limit(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, "
                                  "signal.SIG_IGN); time.sleep(60)"])
        open("child", "w").write(str(child.pid))
        time.sleep(60)
    """)
    server = servers.Server(
        name="stubborn",
        url="http://127.0.0.1:1",
        folder=tmp_path,
        command=[sys.executable, "-c", program],
        answers=lambda: (tmp_path / "child").exists() and bool((tmp_path / "child").read_text()),
        stop_limit_seconds=0.5,
    )
    with servers.running(server):
        pid = server.pid
        child = int((tmp_path / "child").read_text())
        assert pid is not None
        assert alive(pid)
        assert alive(child)
    assert not alive(pid)
    assert gone_within(child, 5)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_servers_end_with_the_process_that_started_them(tmp_path: Path, how: signal.Signals) -> None:
    program = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from backend.operations import servers
        server = servers.Server(name="sleeper", url="", folder=Path({str(tmp_path)!r}), answers=lambda: True,
                                command=[sys.executable, "-c", "import time; time.sleep(60)"])
        with servers.stopping_on_signals(), servers.running(server):
            print(server.pid, flush=True)
            time.sleep(60)
    """)
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=parts.REPOSITORY)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.send_signal(how)
    parent.wait(20)
    parent.stdout.close()
    assert gone_within(pid, 10)


@pytest.mark.servers
def test_postgresql_runs_off_the_root_account_and_keeps_its_data(server_folder: Path) -> None:
    folder = server_folder / "own-postgresql"
    server = servers.postgresql(folder)
    with servers.running(server) as (url,), psycopg.connect(url, autocommit=True) as connection:
        pid = server.pid
        assert pid is not None
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        if os.geteuid() == 0:
            assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert not alive(pid)
    with servers.running(servers.postgresql(folder)) as (url,), psycopg.connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


@pytest.mark.servers
def test_redis_asks_for_its_password(server_folder: Path) -> None:
    server = servers.redis(server_folder / "own-redis")
    with servers.running(server) as (url,):
        assert redis_client.Redis.from_url(url).ping() is True
        stranger = redis_client.Redis.from_url("redis://" + url.partition("@")[2])
        with pytest.raises(redis_client.exceptions.AuthenticationError):
            stranger.ping()


def test_elasticsearch_answers(elasticsearch_url: str) -> None:
    with urllib.request.urlopen(f"{elasticsearch_url}/_cluster/health", timeout=10) as answer:
        assert json.load(answer)["number_of_nodes"] == 1
