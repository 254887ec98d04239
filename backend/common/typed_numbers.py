"""Numbers as people type them."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = ", _\u00a0\u202f'"
_GROUPED = re.compile(rf"-?\d{{1,4}}(?:[{_SEPARATORS}]\d{{3,4}})+(?:\.\d*)?")
_AWAY = str.maketrans("", "", _SEPARATORS)


def plain_number(typed: str) -> str:
    """The same number plainly: `1,200`, `１ ０００`, `1200.50`, `+3`, `.5`. Groups have three or four digits;
    what is no number stays none."""
    plain = unicodedata.normalize("NFKC", typed).strip().removeprefix("+").replace("\N{MINUS SIGN}", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.translate(_AWAY)
    return f"0{plain}" if plain.startswith(".") else plain
