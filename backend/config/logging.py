"""Log set-up: one JSON object a line in production, coloured lines in the demo. Secrets never reach a log."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = frozenset({"password", "secret", "token", "authorization", "cookie", "api_key", "id_number", "phone", "email"})


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the values of fields whose names say that they are secret or personal."""
    for key in event:
        if isinstance(key, str) and key.lower() in HIDDEN:
            event[key] = "[hidden]"
    return event


def configuration(*, readable: bool, level: str) -> dict[str, Any]:
    """The `LOGGING` dictionary: everything, Django's own lines included, ends in one handler on standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if readable
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Each request that Elasticsearch answers would be a line of its own.
            "elastic_transport": {"level": "WARNING"},
            # Each step of each page of a PDF, and each property of a style sheet that print does not know.
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
