"""Cursor pages over database rows: by ascending id, so that rows that come and go never move the others."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from backend.common.errors import InvalidInput

RowT = TypeVar("RowT", bound=Model)
LIMIT, GREATEST_LIMIT = 20, 100
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


def limit_parameter(description: str) -> OpenApiParameter:
    """`limit`, as `limit_of` reads it."""
    schema = {"type": "integer", "minimum": 1, "maximum": GREATEST_LIMIT, "default": LIMIT}
    return OpenApiParameter("limit", schema, description=description)


PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="`next` of the page before."),
    limit_parameter("Rows a page."),
]


def limit_of(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not _LIMIT.fullmatch(text) or int(text) > GREATEST_LIMIT:
        raise InvalidInput(
            _("limit is a whole number from 1 to %(most)s.") % {"most": GREATEST_LIMIT}, code="bad_limit", field="limit"
        )
    return int(text)


def choices_parameter(name: str, choices: Sequence[str], description: str) -> OpenApiParameter:
    """A filter with the values `choices`, as `choices_of` reads it."""
    described = f"{description} Several values mean any of them."
    return OpenApiParameter(name, str, many=True, enum=list(choices), description=described)


def choices_of(request: Request, name: str, choices: Sequence[str]) -> tuple[str, ...]:
    """The chosen values of a repeated or comma-separated parameter. Raises InvalidInput, code `unknown_choice`."""
    texts = request.query_params.getlist(name)
    chosen = tuple(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
    for value in chosen:
        if value not in choices:
            message = _("There is no choice “%(value)s” here; known are: %(known)s.") % {
                "value": value[:80],
                "known": ", ".join(choices),
            }
            raise InvalidInput(message, code="unknown_choice", field=name)
    return chosen


def _encode(last_id: int) -> str:
    return base64.urlsafe_b64encode(f"id:{last_id}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        prefix, _separator, number = (
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            .decode("ascii")
            .partition(":")
        )
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if prefix != "id" or not number.isdigit() or len(number) > 18:
        raise _bad_cursor()
    return int(number)


def _bad_cursor() -> InvalidInput:
    return InvalidInput(
        _("This cursor is not one of ours. Begin again without a cursor."), code="bad_cursor", field="cursor"
    )


def page(request: Request, rows: QuerySet[RowT]) -> tuple[list[RowT], str | None]:
    """One page of `rows` and the cursor of the next one, None on the last."""
    limit = limit_of(request)
    cursor = request.query_params.get("cursor")
    if cursor:
        rows = rows.filter(pk__gt=_decode(cursor))
    found = list(rows.order_by("pk")[: limit + 1])
    more = len(found) > limit
    return found[:limit], _encode(found[limit - 1].pk) if more else None


def page_of(row: type[serializers.Serializer], name: str) -> type[serializers.Serializer]:
    """The serializer of a page of `row`s."""
    fields: dict[str, Any] = {
        "results": row(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Cursor of the next page; null on the last."),
    }
    return extend_schema_serializer(component_name=name)(type(f"{name}Serializer", (serializers.Serializer,), fields))
