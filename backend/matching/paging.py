"""Cursors between the matcher's lists and their readers: opened, held against the question, given out."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.matching.cursor import Cursor, CursorError, Window, decode, encode


def opened(token: str, today: date) -> Cursor | None:
    """The cursor of a reader's token; None for the first page. Raises InvalidInput (`bad_cursor`, `stale_cursor`)."""
    if not token:
        return None
    try:
        cursor = decode(token, _secret())
        cursor.check_day(today)
    except CursorError as error:
        raise _refused(error) from error
    return cursor


def begun(cursor: Cursor | None, asked: str, today: date) -> Cursor:
    """Where to go on with the question `asked`, at its beginning without a cursor. Raises InvalidInput
    (`stale_cursor`)."""
    if cursor is None:
        return Cursor(asked, today, Window())
    try:
        cursor.check_question(asked)
    except CursorError as error:
        raise _refused(error) from error
    return cursor


def token(cursor: Cursor) -> str:
    return encode(cursor, _secret())


def _secret() -> bytes:
    return settings.SECRET_KEY.encode()


def _refused(error: CursorError) -> InvalidInput:
    return InvalidInput(
        _("This page marker cannot be used any more: start again from the first page."),
        code=error.code,
        field="cursor",
    )
