"""Unified social credit codes (统一社会信用代码), GB 32100-2015.

18 characters: the registering authority (1), the kind of organisation (1), the district of registration (6 digits),
the organisation code of GB 11714 (9), and a check character. The alphabet leaves out I, O, S, V and Z. With w(i) = 3^i
mod 31 for the places i = 0…16, the check value is (31 − Σ value·w mod 31) mod 31.

Some genuine early codes fail the check, so a wrong check character is told, not refused; a wrong shape is refused.
The six digits say where the organisation was first registered. Companies move and districts are merged, so today's
district is never read from them, and nothing here offers them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from backend.eligibility.attributes import Label

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


class CreditCodeError(ValueError):
    """The text cannot be a credit code. `code` is stable: length, character or district."""

    def __init__(self, code: str, message: Label) -> None:
        super().__init__(message.en)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A code of the right shape. `check_is_right` is false for a typing error, and for some genuine early codes."""

    value: str
    check_is_right: bool

    def __str__(self) -> str:
        return self.value


def check_character(body: str) -> str:
    """The 18th character for the first 17. Raises KeyError outside the alphabet, ValueError for another length."""
    total = sum(_VALUES[character] * weight for character, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body8: str) -> str:
    """The 9th character of an organisation code (GB 11714-1997) for its first eight: 11 − Σ value·w mod 11 with the
    weights 3, 7, 9, 10, 5, 8, 4, 2, digits 0–9 and letters A–Z as 10–35; 10 is X and 11 is 0."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(character, 36) * weight for character, weight in zip(body8, weights, strict=True)) % 11
    return {0: "0", 1: "X"}.get(rest, str(11 - rest))


def make(body17: str) -> str:
    """The whole code for its first 17 characters. Raises CreditCodeError where they have the wrong shape."""
    if len(body17) != LENGTH - 1:
        raise _wrong_length(len(body17) + 1)
    _refuse_wrong_shape(body17 + "0")
    return body17 + check_character(body17)


def parse(text: str) -> CreditCode:
    """Read a code as people write it: full-width or small letters, spaces and hyphens are put right.

    Raises CreditCodeError for a wrong shape. A wrong check character gives `check_is_right` False.
    """
    value = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(value) != LENGTH:
        raise _wrong_length(len(value))
    _refuse_wrong_shape(value)
    return CreditCode(value, check_character(value[:-1]) == value[-1])


def _wrong_length(length: int) -> CreditCodeError:
    return CreditCodeError(
        "length",
        Label(
            f"统一社会信用代码应为18位，现为{length}位",
            f"a unified social credit code has 18 characters, not {length}",
        ),
    )


def _refuse_wrong_shape(value: str) -> None:
    for place, character in enumerate(value, start=1):
        if character not in _VALUES:
            raise CreditCodeError(
                "character",
                Label(
                    f"第{place}位“{character}”不在代码字符集内（不使用I、O、S、V、Z）",
                    f"character {place}, {character!r}, is not used in credit codes (they have no I, O, S, V, Z)",
                ),
            )
    if not _SHAPE.fullmatch(value):
        raise CreditCodeError(
            "district",
            Label(
                "第3至8位为登记管理机关行政区划码，应全为数字",
                "characters 3 to 8 are the code of the registering district, all digits",
            ),
        )
