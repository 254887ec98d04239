"""npm fetches what the lock names, once for each lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from backend.operations import packages, parts


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A repository with a lock, and a program `npm` that writes down how it was called and ends as the file says."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "status").write_text("0")
    programs = tmp_path / "bin"
    programs.mkdir()
    npm = programs / "npm"
    npm.write_text(
        '#!/bin/sh\necho "$@" >> calls\nmkdir -p node_modules\necho "the registry is away" >&2\nexit $(cat status)\n'
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setattr(parts, "REPOSITORY", tmp_path)
    monkeypatch.setattr(packages, "FOLDER", tmp_path / "node_modules")
    monkeypatch.setattr(packages, "LOCK", tmp_path / "package-lock.json")
    monkeypatch.setattr(packages, "STAMP", tmp_path / "node_modules" / ".rongqiao.sha256")
    return tmp_path


def test_the_same_lock_is_installed_once(place: Path) -> None:
    assert packages.install() is True
    assert (place / "calls").read_text() == "ci --ignore-scripts --no-audit --no-fund\n"
    assert packages.STAMP.read_text() == hashlib.sha256(b"{}").hexdigest()
    assert packages.install() is False
    (place / "package-lock.json").write_text('{"other": 1}')
    assert packages.install() is True
    assert len((place / "calls").read_text().splitlines()) == 2


def test_what_npm_says_is_shown_and_the_next_run_tries_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "status").write_text("1")
    with pytest.raises(parts.PartMissing, match="by hand: npm ci"):
        packages.install()
    assert "the registry is away" in capsys.readouterr().err
    assert not packages.STAMP.exists()
