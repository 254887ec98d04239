"""What time alone does: each service looks at its rows for what is due, and may run twice. A row with its day is the
truth; this only looks at it often enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from backend.applications.services import applications_look
from backend.needs.clock import needs_check, needs_expire
from backend.products.clock import products_lapse

DUE: Mapping[str, Callable[[datetime], int]] = {
    "needs_check": needs_check,
    "needs_expire": needs_expire,
    "applications_look": applications_look,
    "products_lapse": products_lapse,
}

log = structlog.get_logger(__name__)


def look(now: datetime) -> dict[str, int]:
    """Name → how many rows moved. One that fails is logged and hinders no other: the next round tries again."""
    done = {}
    for name, service in DUE.items():
        try:
            done[name] = service(now)
        except Exception as error:
            log.warning("clock_failed", service=name, reason=f"{type(error).__name__}: {error}")
    return done
