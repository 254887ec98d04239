"""Collect the static files, only when one of them changed: compressing them takes most of a start."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def fingerprint() -> str:
    """Changes with the name, size or time of any source file, and with the storage that writes them out."""
    lines = [str(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for path, storage in finder.list([]):
            source = Path(storage.path(path)).stat()
            lines.append(f"{path} {source.st_size} {source.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def collect() -> bool:
    """Whether there was anything to do."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.sha256")
    wanted = fingerprint()
    if root.is_dir() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(wanted, encoding="ascii")
    return True
