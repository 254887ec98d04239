"""Idempotency keys on unsafe calls: the same key gives the same answer, once.

The effect and the stored answer commit in one transaction. Two calls race on UNIQUE(user, key): the loser's
transaction rolls back and it answers with the winner's row. A key is bound to its caller, method, path and body.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.api.models import IdempotentAnswer
from backend.common.errors import DomainError

HEADER = "Idempotency-Key"
_KEY = re.compile(r"^[\x21-\x7e]{8,100}$")
_KEPT_HEADERS = ("Location", "ETag")


class BadIdempotencyKey(DomainError):
    code = "bad_idempotency_key"
    status = status.HTTP_400_BAD_REQUEST


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = status.HTTP_422_UNPROCESSABLE_ENTITY


def _stored(user: User, request: Request, key: str, body_hash: str) -> Response | None:
    kept = IdempotentAnswer.objects.filter(user=user, key=key).first()
    if kept is None:
        return None
    if (kept.method, kept.path, kept.body_hash) != (request.method, request.path, body_hash):
        raise IdempotencyKeyReused(
            _("This idempotency key was used for another request. Make a new key for each new request."), field=HEADER
        )
    return Response(kept.answer, status=kept.status, headers={**kept.headers, "Idempotency-Replayed": "true"})


def once(request: Request, perform: Callable[[], Response]) -> Response:
    """Run `perform` at most once for the caller's key. Without a key it simply runs, in one transaction.

    Only success is stored: a refused call changed nothing and may be sent again under the same key.
    """
    key = request.headers.get(HEADER)
    user = request.user
    if key is None or not isinstance(user, User):
        with transaction.atomic():
            return perform()
    if not _KEY.match(key):
        raise BadIdempotencyKey(_("An idempotency key has 8 to 100 visible ASCII characters."), field=HEADER)
    # The query belongs to the body's hash: it may be longer than the column of the path.
    body_hash = hashlib.sha256(request.META["QUERY_STRING"].encode() + b"\0" + request.body).hexdigest()
    replay = _stored(user, request, key, body_hash)
    if replay is not None:
        return replay
    try:
        with transaction.atomic():
            # The row goes in first: a second call with this key waits here, then fails, before any effect.
            row = IdempotentAnswer.objects.create(
                user=user,
                key=key,
                method=str(request.method),
                path=request.path,
                body_hash=body_hash,
                status=0,
                answer=None,
            )
            answer = perform()
            row.status = answer.status_code
            row.answer = _as_json(answer.data)
            row.headers = {name: answer[name] for name in _KEPT_HEADERS if name in answer}
            row.save(update_fields=["status", "answer", "headers"])
            return answer
    except IntegrityError:
        replay = _stored(user, request, key, body_hash)
        if replay is None:
            raise
        return replay


def _as_json(data: Any) -> Any:
    """`data` as the client will read it, so that a replay is equal to the letter."""
    return json.loads(JSONRenderer().render(data)) if data is not None else None
