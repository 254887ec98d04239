"""Reading a page as a visitor does: its words, and what a form on it would send."""

from __future__ import annotations

import re
from typing import Any

from django.forms import Form

_OPENED_BY_A_TERM = re.compile(r'<span class="term-body".*?</a></span>', re.DOTALL)


def in_sight(markup: str) -> str:
    """Without the explanations of terms, which lie folded until somebody opens one."""
    return _OPENED_BY_A_TERM.sub(" ", markup)


def words_of(response: Any) -> str:
    """The words in sight of a page's content, tags and repeated spaces left out."""
    words = re.sub(r"<[^>]+>", " ", in_sight("<main" + response.content.decode().split("<main", 1)[1]))
    return re.sub(r"\s+", " ", words)


def without_explanations(markup: str) -> str:
    """The markup without what its words of the field open."""
    return re.sub(r'<span class="term-body".*?</a></span>', "", markup, flags=re.DOTALL)


def sent(form: Form, **changed: Any) -> dict[str, Any]:
    """What a browser sends for the form as it stands, with some fields changed."""
    values = {field.name: field.value() for field in form}
    shown = {name: "" if value is None else value for name, value in values.items()}
    return {**{name: str(value) if not isinstance(value, list) else value for name, value in shown.items()}, **changed}


def untranslated_english(response: Any, allowed: set[str]) -> list[str]:
    """Words of three Latin letters and more on a Chinese page, those of `allowed` and of addresses left out."""
    return sorted(set(re.findall(r"[A-Za-z]{3,}", words_of(response))) - allowed)


def untranslated_chinese(response: Any, allowed: tuple[str, ...]) -> list[str]:
    """Chinese on an English page outside of what is marked as Chinese."""
    body = response.content.decode().split("<main", 1)[1].split("<footer", 1)[0]
    body = re.sub(r'<(\w+)[^>]*lang="zh-Hans"[^>]*>.*?</\1>', " ", body, flags=re.DOTALL)
    body = re.sub(r'value="[^"]*"', " ", body)
    for known in allowed:
        body = body.replace(known, " ")
    return re.findall(r"[一-鿿]+", body)
