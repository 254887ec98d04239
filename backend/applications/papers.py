"""What a paper is, told by its content. Pure.

The name that somebody gave a file says nothing: its first bytes do, and for the office formats the list of its parts.
What may carry a program (macros) or is of no known kind is refused.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping

_MAGIC: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
_OFFICE: Mapping[str, str] = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "OFD.xml": "application/ofd",
}
EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    _OFFICE["word/document.xml"]: (".docx",),
    _OFFICE["xl/workbook.xml"]: (".xlsx",),
    _OFFICE["OFD.xml"]: (".ofd",),
}
"""Media type → the endings of names that go with it, the usual one first."""

LONGEST_NAME = 120
_MOST_PARTS = 5_000


def media_type_of(content: bytes) -> str | None:
    """One of EXTENSIONS, or None for anything else."""
    for magic, media_type in _MAGIC.items():
        if content.startswith(magic):
            return media_type
    return _office(content) if content.startswith(b"PK\x03\x04") else None


def named(name: str, media_type: str) -> str:
    """The name without folders and signs that a file system refuses, with the ending of what the file is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign not in '<>:"|?*' and unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    endings = EXTENSIONS[media_type]
    if not dot or f".{ending.lower()}" not in endings:
        stem, ending = kept, endings[0].removeprefix(".")
    stem = stem[: LONGEST_NAME - len(ending) - 1].strip() or "file"
    return f"{stem}.{ending}"


def _office(content: bytes) -> str | None:
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if len(parts) > _MOST_PARTS or any("vbaproject" in part.lower() for part in parts):
        return None
    return next((media_type for part, media_type in _OFFICE.items() if part in parts), None)
