"""What every page of cases reads of its request."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import get_language

from backend.packs.queries import current_pack, terms_of, vocabulary
from backend.products.forms import Offered

LONGEST_ID = 18


def language_of() -> str:
    return get_language() or "zh-hans"


def offered() -> Offered:
    """What forms choose from today."""
    words, today = vocabulary(), timezone.localdate()
    return Offered(
        language_of(),
        current_pack().currency,
        words,
        lambda scheme: terms_of(scheme, today) if words.knows(scheme) else (),
    )


def ids_of(texts: Iterable[str]) -> list[int]:
    """The ids among what was sent, each once, in order."""
    found = (int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID)
    return list(dict.fromkeys(id for id in found if id))
