"""Compile the message catalogues under backend/locale, only those that changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from backend.operations import parts

LOCALE = parts.REPOSITORY / "backend" / "locale"


def outdated(folder: Path = LOCALE) -> list[Path]:
    """Catalogues whose compiled form is absent or older."""
    found = []
    for catalogue in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        compiled = catalogue.with_suffix(".mo")
        if not compiled.is_file() or compiled.stat().st_mtime < catalogue.stat().st_mtime:
            found.append(catalogue)
    return found


def check(catalogue: Path, output: Path) -> str:
    """Compile one catalogue strictly. Returns msgfmt's complaint, empty where there is none."""
    done = subprocess.run(
        ["msgfmt", "--check-format", "--check-header", "-o", str(output), str(catalogue)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stderr.strip() or "msgfmt failed" if done.returncode != 0 else ""


def compile_all(folder: Path = LOCALE) -> int:
    """Compile what is outdated; returns how many. Installs gettext where it must. Raises ValueError on a bad one."""
    todo = outdated(folder)
    if todo:
        parts.install([parts.GETTEXT])
    for catalogue in todo:
        complaint = check(catalogue, catalogue.with_suffix(".mo"))
        if complaint:
            raise ValueError(complaint)
    return len(todo)
