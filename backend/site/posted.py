"""What every form of the site sends beside its own fields."""

from __future__ import annotations

from django.http import HttpRequest


def version_of(request: HttpRequest, name: str = "version") -> int:
    """The version that the page showed; one that cannot be is nobody's."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
