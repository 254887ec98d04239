"""Tasks are doors to services: they parse nothing, decide nothing and may run twice."""

from __future__ import annotations

from backend.indexing import services
from workers.app import app


@app.task(name=services.DRAIN_TASK)  # type: ignore[untyped-decorator]
def drain_outbox() -> dict[str, int]:
    """Copy what changed in the database to every engine that is well. Returns engine → documents copied."""
    return {name: drained.closed for name, drained in services.drain_all().items()}
