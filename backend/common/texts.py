"""Texts that others will read: names and titles of one line, passages of several."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and format characters, line ends among them: they can turn or hide what follows."""


def one_line(text: str, field: str, *, longest: int = 200) -> str:
    """`text` without the blanks around it. Raises InvalidInput (`wrong_length`, `unseen_character`)."""
    return _checked(text.strip(), field, longest, allowed="")


def passage(text: str, field: str, *, longest: int = 1000) -> str:
    """`text` without the blanks around it; it may have several lines. Raises InvalidInput as `one_line` does."""
    return _checked(text.strip().replace("\r\n", "\n"), field, longest, allowed="\n\t")


def _checked(text: str, field: str, longest: int, *, allowed: str) -> str:
    if not 0 < len(text) <= longest:
        raise InvalidInput(
            _("Give 1 to %(longest)s characters.") % {"longest": longest}, code="wrong_length", field=field
        )
    for character in text:
        if unicodedata.category(character) in _UNSEEN and character not in allowed:
            message = _("This holds a character that cannot be seen (U+%(code)s): leave it out.")
            raise InvalidInput(message % {"code": f"{ord(character):04X}"}, code="unseen_character", field=field)
    return text
