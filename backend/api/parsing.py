"""JSON as the API takes it: UTF-8, and nothing that the database or an answer could not hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from backend.common.errors import DomainError


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = 413


class StrictJSONParser(JSONParser):
    """Takes objects. Refuses null characters, halves of surrogate pairs, numbers that are not finite, and endless
    nesting. JSON is UTF-8 (RFC 8259), so a charset in the header is not listened to."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = json.loads(stream.read().decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
            # One pass in C instead of a walk: encoding fails for half of a pair, and shows a null character.
            kept = json.dumps(data, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not JSON in UTF-8 with finite numbers.")) from error
        if b"\\u0000" in kept.replace(b"\\\\", b""):
            raise ParseError(_("The body holds a null character."))
        if not isinstance(data, dict):
            raise ParseError(_("The body is not a JSON object: begin with { and end with }."))
        return data


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def read_body(request: Request) -> None:
    """Read the body once and keep it: the idempotency hash needs the bytes that the parser consumes.

    Raises BodyTooLarge.
    """
    try:
        _kept = request._request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge(_("The body is larger than this site takes.")) from error
