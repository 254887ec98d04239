"""Tasks are doors to services: they parse nothing, decide nothing and may run twice."""

from __future__ import annotations

from django.utils import timezone

from backend.indexing import services
from backend.reports import services as reports
from workers import clock
from workers.app import app


@app.task(name=services.DRAIN_TASK)  # type: ignore[untyped-decorator]
def drain_outbox() -> dict[str, int]:
    """Copy what changed in the database to every engine that is well. Returns engine → documents copied."""
    return {name: drained.closed for name, drained in services.drain_all().items()}


@app.task(name="workers.tasks.look_at_clock")  # type: ignore[untyped-decorator]
def look_at_clock() -> dict[str, int]:
    """Do what is due. Returns service → rows that moved."""
    return clock.look(timezone.now())


@app.task(name=reports.RENDER_TASK)  # type: ignore[untyped-decorator]
def render_report(report_id: int) -> str:
    """Draw a report's PDF. Returns its status."""
    return reports.report_render(report_id)
