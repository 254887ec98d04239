"""The schedule of a deployment without a broker: where no worker and no beat run, a thread of the web server drains the
outbox, so that what waits after a failure is copied though nobody writes, and does what time alone does."""

from __future__ import annotations

import threading
import time

import structlog
from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from backend.indexing.services import drain_all
from workers import clock

THREAD = "outbox"

log = structlog.get_logger(__name__)


def start() -> threading.Event | None:
    """Begin, where there is no broker; the event ends it. None where a broker has its own schedule."""
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        return None
    stopped = threading.Event()
    threading.Thread(target=_run, args=(stopped,), name=THREAD, daemon=True).start()
    return stopped


def _run(stopped: threading.Event) -> None:
    every_seconds, looks_every, last = settings.OUTBOX_EVERY_SECONDS, settings.CLOCK_EVERY_SECONDS, time.monotonic()
    while not stopped.wait(every_seconds):
        close_old_connections()
        try:
            drain_all()
        except Exception as error:  # the next round tries again
            log.warning("outbox_not_drained", reason=f"{type(error).__name__}: {error}")
        if time.monotonic() - last >= looks_every:
            last = time.monotonic()
            clock.look(timezone.now())
    connections.close_all()
