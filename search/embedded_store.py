"""The embedded engine's folder: one subfolder per versioned index, one pointer file per schema, one lock per schema.

The pointer names the live index and the one being built. It is replaced atomically, so a reader sees the old state
or the new one. Whoever changes an index or the pointer holds the lock, across threads and processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import tantivy

from search.embedded_query import tantivy_schema
from search.port import IndexMissing, SearchUnavailable
from search.schema import Schema

_LOCK_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Pointer:
    live: str | None = None
    building: str | None = None


class Store:
    def __init__(self, folder: Path, prefix: str, lock_seconds: float) -> None:
        self._folder = folder
        self._prefix = prefix
        self._lock_seconds = lock_seconds

    def check_writable(self) -> None:
        """Raises OSError where the folder cannot be made or written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{self._folder} is not writable")

    def path(self, name: str) -> Path:
        return self._folder / name

    def pointer(self, schema: Schema) -> Pointer:
        try:
            return Pointer(**json.loads(self._pointer_path(schema).read_bytes()))
        except FileNotFoundError:
            return Pointer()

    def point(self, schema: Schema, pointer: Pointer) -> None:
        """Replace the pointer in one step and remove the schema's folders that it no longer names."""
        path = self._pointer_path(schema)
        fresh = path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump({"live": pointer.live, "building": pointer.building}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        for folder in self._folder.glob(f"{self._prefix}-{schema.name}-*-*"):
            ours = folder.name.rsplit("-", 2)[0] == f"{self._prefix}-{schema.name}"
            if ours and folder.name not in (pointer.live, pointer.building):
                shutil.rmtree(folder, ignore_errors=True)

    def stamp(self, schema: Schema, name: str) -> tuple[int, ...]:
        """Changes whenever a commit or a swap changes what searches see. Raises FileNotFoundError where none is."""
        pointer = self._pointer_path(schema).stat()
        commit = (self.path(name) / "meta.json").stat()
        return (pointer.st_ino, pointer.st_mtime_ns, commit.st_ino, commit.st_mtime_ns, commit.st_size)

    def create(self, schema: Schema) -> str:
        """A new empty index folder, named by the mapping and the time. Call it under the lock."""
        name = f"{self._prefix}-{schema.name}-{schema.fingerprint}-{datetime.now(UTC):%Y%m%dt%H%M%S%f}"
        self.path(name).mkdir(parents=True)
        tantivy.Index(tantivy_schema(schema), str(self.path(name)))
        return name

    def open(self, name: str) -> tantivy.Index:
        """Raises IndexMissing where the folder is gone or was written by an incompatible release of tantivy."""
        try:
            index = tantivy.Index.open(str(self.path(name)))
            index.config_reader("manual")
        except (OSError, ValueError) as reason:
            raise IndexMissing(f"index {name} cannot be opened ({reason}); run: manage.py search rebuild") from reason
        return index

    def fields(self, name: str) -> frozenset[str]:
        """The tantivy fields that the index was made with."""
        meta = json.loads((self.path(name) / "meta.json").read_bytes())
        return frozenset(field["name"] for field in meta["schema"])

    def drop(self, schema: Schema) -> None:
        self.point(schema, Pointer())
        self._pointer_path(schema).unlink()

    @contextmanager
    def lock(self, schema: Schema) -> Iterator[None]:
        """Whoever waits for it holds the turn: a busy writer cannot take the lock again and again before it.
        Raises SearchUnavailable where another writer keeps the lock for too long."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._prefix}-{schema.name}.lock"
        deadline = time.monotonic() + self._lock_seconds
        with path.open("w") as lock:
            with path.with_suffix(".turn").open("w") as turn:
                self._take(turn, deadline)
                self._take(lock, deadline)
            yield

    def _take(self, file: TextIO, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as reason:
                if time.monotonic() > deadline:
                    message = f"another process has held {file.name} for {self._lock_seconds:g} s"
                    raise SearchUnavailable(message) from reason
                time.sleep(_LOCK_PAUSE_SECONDS)

    def _pointer_path(self, schema: Schema) -> Path:
        return self._folder / f"{self._prefix}-{schema.name}.json"


def fingerprint_of(name: str) -> str:
    """The fingerprint in an index name."""
    return name.rsplit("-", 2)[1]
