"""Settings refuse an unsafe start, and logs keep secrets to themselves. Each case is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from backend.config.logging import HIDDEN, hide_secrets
from backend.operations.parts import REPOSITORY

LONG = "k" * 25 + "0123456789abcdefghijklmno"


def start(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "backend.config.settings", **environment}
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); from django.conf import settings as s\n{program}"],
        cwd=REPOSITORY,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({}, "RONGQIAO_SECRET_KEY is not set"),
        ({"RONGQIAO_SECRET_KEY": ""}, "RONGQIAO_SECRET_KEY is not set"),
        ({"RONGQIAO_SECRET_KEY": "short"}, "RONGQIAO_SECRET_KEY has fewer than 50 characters"),
        (
            {"RONGQIAO_SECRET_KEY": "demo-only-secret-key-never-used-outside-the-demo-0123456789"},
            "RONGQIAO_SECRET_KEY is the demo's",
        ),
    ],
)
def test_production_refuses_to_start_without_a_secret_of_its_own(environment: dict[str, str], fault: str) -> None:
    done = start("print('started')", **environment)
    assert done.returncode == 1
    assert "started" not in done.stdout
    assert f"ImproperlyConfigured: {fault}" in done.stderr


def test_the_demo_starts_without_a_secret() -> None:
    done = start("print(s.DEBUG, s.SECURE_SSL_REDIRECT, s.CELERY_TASK_ALWAYS_EAGER)", RONGQIAO_DEMO="1")
    assert (done.returncode, done.stdout) == (0, "False False True\n"), done.stderr


def test_production_asks_for_tls_and_trusts_no_forwarded_header() -> None:
    show = "print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.SECURE_PROXY_SSL_HEADER)"
    assert start(show, RONGQIAO_SECRET_KEY=LONG).stdout == "True True None\n"
    behind_proxy = start(show, RONGQIAO_SECRET_KEY=LONG, RONGQIAO_PROXY="1")
    assert behind_proxy.stdout == "True True ('HTTP_X_FORWARDED_PROTO', 'https')\n"


def test_a_broker_takes_tasks_out_of_the_process() -> None:
    show = "print(s.CELERY_TASK_ALWAYS_EAGER, s.CELERY_BROKER_URL, s.CACHES['default']['BACKEND'])"
    done = start(show, RONGQIAO_DEMO="1", REDIS_URL="redis://127.0.0.1:1/0")
    assert done.stdout == "False redis://127.0.0.1:1/0 django.core.cache.backends.redis.RedisCache\n"


def test_production_logs_one_json_object_a_line_without_secrets() -> None:
    program = (
        "import structlog, logging\n"
        "structlog.get_logger('rongqiao.test').warning('signed in', password='hunter2', user=7)\n"
        "logging.getLogger('django.request').error('fault at %s', '/x')\n"
    )
    lines = [json.loads(line) for line in start(program, RONGQIAO_SECRET_KEY=LONG).stderr.splitlines()]
    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("signed in", "warning", "rongqiao.test"),
        ("fault at /x", "error", "django.request"),
    ]
    assert (lines[0]["password"], lines[0]["user"]) == ("[hidden]", 7)


def test_every_secret_name_is_hidden_whatever_its_case() -> None:
    event = {name.upper(): "value" for name in HIDDEN} | {"event": "kept"}
    assert set(hide_secrets(None, "info", dict(event)).values()) == {"[hidden]", "kept"}
