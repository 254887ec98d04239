"""What a file is, by what it holds: its name and what a browser says of it are not asked. Pure."""

from __future__ import annotations

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg"}

_PNG_HEAD, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_TAIL = 1024
"""Bytes at the end in which a PDF says that it is whole."""


def content_type_of(content: bytes) -> str | None:
    """PDF, PNG or JPEG, where the file begins and ends as one; None for anything else, and for one that was cut off."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-_TAIL:]:
        return PDF
    if content.startswith(_PNG_HEAD) and content.rstrip(b"\0").endswith(_PNG_END):
        return PNG
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9"):
        return JPEG
    return None
