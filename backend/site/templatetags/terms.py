"""The words of the field with their explanation at hand: `{% term "first_loan" %}` and `{% explain "attribute" key %}`.

`request.terms_shown` lists the terms that a response has explained: by it `first` and `explain` keep a page calm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from backend.packs.folder import TERMS
from backend.packs.queries import explaining, note, vocabulary

register = template.Library()


@dataclass(frozen=True, slots=True)
class Explained:
    code: str
    name: str
    explanation: str


@register.simple_tag(takes_context=True)
def term(context: Any, code: str, text: str = "", first: bool = False) -> SafeString:
    """The word (or `text`), which opens its explanation. The bare word where the pack lacks the term and, with `first`,
    where the page has explained it already."""
    request = context.get("request")
    explained = () if first and code in _shown(request) else _explained((code,))
    word = text or vocabulary().label(TERMS, code).in_language(_language())
    return _drawn("components/term.html", explained, {"word": word, "id": _id(request, explained)})


@register.simple_tag(takes_context=True)
def explain(context: Any, scheme: str, code: str, place: str = "") -> SafeString:
    """A question mark that opens what terms of the pack say of an attribute or of a code; nothing where none does or
    the page has explained it already. With `place`, an id of its own on the page, it is shown in any case."""
    request = context.get("request")
    codes = explaining(scheme, code) if code else ()
    explained = () if not place and _shown(request).issuperset(codes) else _explained(codes)
    if not explained:
        return SafeString("")
    words = gettext(", ").join(one.name for one in explained)
    identity = f"{place}_terms" if place else _id(request, explained)
    return _drawn("components/explain.html", explained, {"words": words, "id": identity})


def _drawn(name: str, explained: Sequence[Explained], more: dict[str, str]) -> SafeString:
    return render_to_string(name, {"explained": explained, **more})


def _explained(codes: Sequence[str]) -> tuple[Explained, ...]:
    language, words = _language(), vocabulary()
    found = ((code, note(TERMS, code)) for code in codes)
    return tuple(
        Explained(code, words.label(TERMS, code).in_language(language), said.in_language(language))
        for code, said in found
        if said is not None
    )


def _shown(request: Any) -> frozenset[str]:
    return frozenset(getattr(request, "terms_shown", ()))


def _id(request: Any, explained: Sequence[Explained]) -> str:
    """One of its own. Parts of a page may come from several requests, so it holds the address that brought it."""
    before: list[str] = getattr(request, "terms_shown", [])
    if request is not None:
        request.terms_shown = [*before, *(one.code for one in explained)]
    path = request.get_full_path() if request is not None else ""
    return f"term-{'-'.join(one.code for one in explained)}-{crc32(path.encode()):08x}-{len(before) + 1}"


def _language() -> str:
    return get_language() or "zh-hans"
