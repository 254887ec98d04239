"""docker-compose.yml: every service is there, watched, and takes its secrets from the environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from backend.operations.parts import REPOSITORY

FILE = REPOSITORY / "docker-compose.yml"
SECRETS = ("RONGQIAO_SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ELASTIC_PASSWORD")
LONG_RUNNING = {"web", "worker", "beat", "postgres", "redis", "elasticsearch"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def client() -> list[str] | None:
    """The command of a compose client on this machine."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False, timeout=30)
        if asked.returncode == 0:
            return ["docker", "compose"]
    return None


def test_the_services_of_the_production_shape(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == LONG_RUNNING | {"prepare"}


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_each_service_restarts_and_is_watched(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("prepare", "site"),
        ("web", "site"),
        ("worker", "site"),
        ("postgres", "postgres"),
        ("redis", "redis"),
        ("elasticsearch",) * 2,
    ],
)
def test_data_lies_in_named_volumes(compose: dict[str, Any], name: str, volume: str) -> None:
    assert [mount.split(":")[0] for mount in compose["services"][name]["volumes"]] == [volume]
    assert volume in compose["volumes"]


def test_only_the_site_is_published_and_only_on_loopback_unless_asked(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"web": ["${RONGQIAO_BIND:-127.0.0.1}:${RONGQIAO_PORT:-8000}:8000"]}


def test_no_secret_is_written_down_and_none_has_a_default() -> None:
    text = FILE.read_text(encoding="utf-8")
    for name in SECRETS:
        assert set(re.findall(rf"(?<!\$)\${{{name}(:.)", text)) == {":?"}, name
    # Whatever stands behind a colon after a word that names a secret is a reference to the environment.
    written = re.findall(r"(?im)^\s*\w*(?:password|secret)\w*:\s*(\S+)", text)
    assert written
    assert [value for value in written if not value.startswith("${")] == []


@pytest.mark.parametrize("missing", [None, *SECRETS])
def test_a_compose_client_accepts_it_and_refuses_a_missing_secret(missing: str | None) -> None:
    command = client()
    if command is None:
        pytest.skip("no docker-compose client on this machine")
    given = {name: f"value-of-{name.lower()}" for name in SECRETS if name != missing}
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "RONGQIAO_HOSTS": "rongqiao.example", **given}
    done = subprocess.run(
        [*command, "-f", str(FILE), "config"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    if missing is None:
        assert done.returncode == 0, done.stderr
        assert set(yaml.safe_load(done.stdout)["services"]) == LONG_RUNNING | {"prepare"}
    else:
        assert done.returncode != 0
        assert f"set {missing}" in done.stderr


def test_the_image_installs_with_hashes_and_runs_without_root() -> None:
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"(?m)^USER rongqiao$", text)
    command = re.search(r"(?m)^CMD (\[.*\])$", text)
    assert command is not None
    assert json.loads(command[1])[0] == "granian"
