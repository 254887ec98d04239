"""Page cursors: where a page ended and what it was a page of, in a signed token that only this site can make.

A list that is ranked exactly goes through the engine's order in windows: a window is the documents between two places
(score, id) of that order, ranked exactly among themselves, and a page is a stretch of a window. The cursor pins both
ends of the window and the place within it, so a document that does not change is met exactly once, whatever comes
and goes meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from search.query import Position

LONGEST = 2_000
LAST_DAYS = 1
"""A list that was begun in the evening goes on after midnight, not for ever."""
_SIGNATURE_BYTES = 12


class CursorError(ValueError):
    """The token is none of ours (`bad_cursor`), or of another question or an older state (`stale_cursor`)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Window:
    """The documents after `start` up to and with `end` in the engine's order; None is the order's own end. `last` is
    the (score, id) of the exact ranking after which the next page starts, None at the window's beginning."""

    start: Position | None = None
    end: Position | None = None
    last: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """`question` is a digest of all that must stay the same from page to page; `today` the day of the first page."""

    question: str
    today: date
    window: Window

    def check_day(self, today: date) -> None:
        """Raises CursorError, code `stale_cursor`, later than on the day after the first page."""
        if not 0 <= (today - self.today).days <= LAST_DAYS:
            raise CursorError("stale_cursor", "the list was begun too long ago; start again from its first page")

    def check_question(self, asked: str) -> None:
        """Raises CursorError, code `stale_cursor`, where this is of another question than `asked`."""
        if self.question != asked:
            raise CursorError("stale_cursor", "the list has changed since; start again from its first page")


def question(*parts: object) -> str:
    """Sixteen hexadecimal digits of what a list is a list of."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def encode(cursor: Cursor, secret: bytes) -> str:
    window = cursor.window
    payload = json.dumps(
        [cursor.question, cursor.today.isoformat(), _place(window.start), _place(window.end), window.last],
        separators=(",", ":"),
    ).encode()
    return base64.urlsafe_b64encode(_sign(payload, secret) + payload).rstrip(b"=").decode()


def decode(token: str, secret: bytes) -> Cursor:
    """The cursor of `token`. Raises CursorError, code `bad_cursor`."""
    try:
        if len(token) > LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _sign(payload, secret)):
            raise ValueError("not signed here")
        digest, today, start, end, last = json.loads(payload)
    except (ValueError, binascii.Error) as error:
        raise CursorError("bad_cursor", "the cursor is not one that this site gave out") from error
    window = Window(_position(start), _position(end), None if last is None else (last[0], last[1]))
    return Cursor(digest, date.fromisoformat(today), window)


def _sign(payload: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"cursor:" + payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _place(position: Position | None) -> list[Any] | None:
    return None if position is None else [position.key, position.id]


def _position(place: list[Any] | None) -> Position | None:
    return None if place is None else Position(place[0], place[1])
