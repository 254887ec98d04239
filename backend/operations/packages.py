"""The packages from npm that the pages and the PDFs use: exactly what package-lock.json says, in node_modules/."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from backend.operations import parts

FOLDER = parts.REPOSITORY / "node_modules"
LOCK = parts.REPOSITORY / "package-lock.json"
STAMP = FOLDER / ".rongqiao.sha256"
_LIMIT_SECONDS = 900


def install() -> bool:
    """Whether there was anything to do. Raises PartMissing where npm cannot be had, or fails."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted:
        return False
    parts.install([parts.NPM])
    print("fetching the pages' packages with npm …", flush=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=parts.REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=_LIMIT_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr)[-3000:])
        raise parts.PartMissing(f"npm could not fetch what package-lock.json names; by hand: {' '.join(command)}")
    STAMP.write_text(wanted, encoding="ascii")
    return True
