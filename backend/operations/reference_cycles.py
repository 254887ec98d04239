"""docs/reference/life-cycles.md and applications.md: each life cycle as a diagram and a table, from the tables that
the database guards."""

from __future__ import annotations

from collections.abc import Iterator

from backend.applications.cycle import CYCLE as APPLICATION
from backend.lifecycle.table import LifeCycle
from backend.needs.cycle import NEED
from backend.operations.reference_tables import code, codes, table
from backend.products.cycle import PRODUCT
from backend.verification.models import LIFE as VERIFICATION


def need() -> str:
    return printed(NEED)


def product() -> str:
    return printed(PRODUCT)


def verification() -> str:
    return printed(VERIFICATION)


def application() -> str:
    return printed(APPLICATION)


def printed(cycle: LifeCycle) -> str:
    """The diagram leaves out what does not change the state; the table has every event."""
    rows = [
        [code(one.event), codes(state for state in cycle.states if state in one.sources), code(one.target),
         codes(sorted(one.by)) or "time alone, or the platform by itself"]
        for one in cycle.steps
    ]  # fmt: skip
    head = ("event", "from", "to", "who: one of these actions")
    return "\n".join(["```mermaid", *_diagram(cycle), "```", "", table(head, rows)])


def _diagram(cycle: LifeCycle) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield from (f"    [*] --> {state}" for state in cycle.starts)
    ways: dict[tuple[str, str], list[str]] = {}
    for one in cycle.steps:
        for source in sorted(one.sources - {one.target}, key=cycle.states.index):
            ways.setdefault((source, one.target), []).append(one.event)
    yield from (f"    {source} --> {target}: {', '.join(events)}" for (source, target), events in ways.items())
    yield from (f"    {state} --> [*]" for state in cycle.states if state in cycle.ends)
