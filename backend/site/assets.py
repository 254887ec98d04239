"""The files of npm packages that pages ask for, found for collectstatic under names of our own.

A package brings hundreds of files; only those named here are served.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage

FONT = "@fontsource-variable/noto-sans-sc"
FILES = {
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts.min.js": "echarts/dist/echarts.common.min.js",
    "vendor/noto-sans-sc/font.css": f"{FONT}/wght.css",
}
"""Name under the static address → file in node_modules."""
FOLDERS = {"vendor/noto-sans-sc/files": f"{FONT}/files"}
"""The same for whole folders: the style sheet of the font names its slices beside itself."""


class PackageFinder(BaseFinder):
    def check(self, **_options: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_options: Any) -> str | list[str]:  # type: ignore[override]
        found = self._files().get(path)
        if found is None or not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Raises ImproperlyConfigured where the packages are not installed."""
        for name, file in self._files().items():
            if not file.is_file():
                raise ImproperlyConfigured(f"{file} is missing: ./dev up installs the packages, or npm ci by hand")
            yield name, _Renamed(name, file)

    def _files(self) -> dict[str, Path]:
        packages = Path(settings.PACKAGES_DIR)
        files = {name: packages / source for name, source in FILES.items()}
        for name, source in FOLDERS.items():
            files |= {f"{name}/{file.name}": file for file in sorted((packages / source).glob("*"))}
        return files


class _Renamed(FileSystemStorage):
    """One file, under a name that is not its own."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(location=file.parent)
        self.prefix = None
        self._renamed = name
        self._file = file

    def path(self, name: str) -> str:
        return str(self._file) if name == self._renamed else super().path(name)
