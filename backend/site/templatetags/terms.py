"""The words of the field with their explanation at hand: `{% term "first_loan" %}`."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django import template
from django.utils.translation import get_language

from backend.packs.queries import note, vocabulary

register = template.Library()

SCHEME = "terms"


@register.inclusion_tag("components/term.html", takes_context=True)
def term(context: Any, code: str, text: str = "") -> dict[str, object]:
    """The word (or `text`), which opens its explanation. A pack without this term gives the bare word."""
    language = get_language() or "zh-hans"
    explained = note(SCHEME, code)
    request = context.get("request")
    place = getattr(request, "terms_shown", 0) + 1
    if request is not None:
        request.terms_shown = place
    path = request.get_full_path() if request is not None else ""
    return {
        "code": code,
        # Parts of a page may come from several requests: the id holds the address that brought it.
        "id": f"term-{code}-{crc32(path.encode()):08x}-{place}",
        "word": text or vocabulary().label(SCHEME, code).in_language(language),
        "name": vocabulary().label(SCHEME, code).in_language(language),
        "explanation": explained.in_language(language) if explained else "",
    }
