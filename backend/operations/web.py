"""Health of this process, for a proxy or an orchestrator. Says nothing that a stranger could use."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = structlog.get_logger(__name__)


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """This process can do its work: the database answers. Search may be away, for pages degrade without it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as fault:
        log.error("database away", error=str(fault))
        return JsonResponse({"status": "database away"}, status=503)
    return JsonResponse({"status": "ok"})
