"""The bench's figures as one object and as tables in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

SERVICE_AIM, API_AIM, PAGE_AIM = 1.5, 2.0, 2.0
"""At p95: the service against the bare engine, the API and the page against the service."""

RATIOS = ("service_to_engine", "api_to_service", "page_to_service")
ASKED = {"leads": "leads of a product", "products": "products for a need"}
Table = Sequence[Sequence[str]]


def growth(sizes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """From each size to the next: how many times larger the market is, and how many times longer a service call takes
    at p95, by engine and question."""
    return [
        {
            "from_needs": small["needs"],
            "to_needs": large["needs"],
            "market": round(large["needs"] / small["needs"], 2),
            **{
                name: {
                    asked: round(
                        large["engines"][name][asked]["service_ms"]["p95"]
                        / small["engines"][name][asked]["service_ms"]["p95"],
                        2,
                    )
                    for asked in ASKED
                }
                for name in large["engines"]
            },
        }
        for small, large in pairwise(sizes)
    ]


def aims(sizes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each aim at each size: the ratio found and whether it is within the aim."""
    return [
        {
            "needs": size["needs"],
            "engine": name,
            "asked": asked,
            "ratio": ratio,
            "found": found[asked][ratio]["p95"],
            "aim": aim,
            "reached": found[asked][ratio]["p95"] <= aim,
        }
        for size in sizes
        for name, found in size["engines"].items()
        for asked in ASKED
        for ratio, aim in (
            ("service_to_engine", SERVICE_AIM),
            ("api_to_service", API_AIM),
            ("page_to_service", PAGE_AIM),
        )
    ]


def tables(result: Mapping[str, Any]) -> str:
    """For the screen and for docs/bench.md."""
    sizes = result["sizes"]
    parts = [_markdown(_answers(sizes)), _markdown(_writing(sizes)), _markdown(_making(sizes))]
    if result["growth"]:
        parts.append(_markdown(_growing(result["growth"])))
    return "\n\n".join(parts)


def _answers(sizes: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            "needs",
            "engine",
            "asked",
            "bare p50/p95/p99 ms",
            "service p50/p95/p99 ms",
            "API p50/p95/p99 ms",
            "page p50/p95/p99 ms",
            "service ÷ bare p50/p95",
            "API ÷ service p50/p95",
            "page ÷ service p50/p95",
            "service CPU ms",
        ]
    ]
    for size in sizes:
        for name, engine in size["engines"].items():
            for asked, label in ASKED.items():
                found = engine[asked]
                rows.append(
                    [
                        f"{size['needs']:,}",
                        name,
                        label,
                        *(_quantiles(found[way]) for way in ("engine_ms", "service_ms", "api_ms", "page_ms")),
                        *(_pair(found[ratio]) for ratio in RATIOS),
                        f"{found['cpu_ms']:.1f}",
                    ]
                )
    return rows


def _writing(sizes: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            "needs",
            "engine",
            "bare bulk /s",
            "adapter /s",
            "from rows /s",
            "adapter ÷ bare",
            "visible: bare p50/p95 ms",
            "visible: service p50/p95 ms",
            "÷ p50/p95",
            "index MiB",
        ]
    ]
    for size in sizes:
        for name, engine in size["engines"].items():
            load, seen = engine["indexing"], engine["submit_to_visible"]
            rows.append(
                [
                    f"{size['needs']:,}",
                    name,
                    *(f"{load[key]:,}" for key in ("bare_per_second", "adapter_per_second", "from_rows_per_second")),
                    f"{load['adapter_to_bare']:.2f}",
                    *(_quantiles(seen[way]) for way in ("bare_ms", "service_ms")),
                    _pair(seen["service_to_bare"]),
                    f"{engine['index_mib']:,.0f}",
                ]
            )
    return rows


def _making(sizes: Sequence[Mapping[str, Any]]) -> Table:
    names = ("needs", "companies", "products", "past_cases")
    rows = [["needs", "companies", "products", "past cases", "rows made in s", "all indexes loaded in s"]]
    for size in sizes:
        seconds = (f"{size[key]:,.0f}" for key in ("rows_seconds", "indexes_seconds"))
        rows.append([*(f"{size[name]:,}" for name in names), *seconds])
    return rows


def _growing(steps: Sequence[Mapping[str, Any]]) -> Table:
    names = [key for key, value in steps[0].items() if isinstance(value, Mapping)]
    rows = [["market", *(f"{name}: {label}" for name in names for label in ASKED.values())]]
    for step in steps:
        factors = (f"× {step[name][asked]:.2f}" for name in names for asked in ASKED)
        rows.append([f"× {step['market']:g} to {step['to_needs']:,}", *factors])
    return rows


def _quantiles(found: Mapping[str, float]) -> str:
    return " / ".join(f"{value:.1f}" for value in found.values())


def _pair(found: Mapping[str, float]) -> str:
    return f"{found['p50']:.2f} / {found['p95']:.2f}"


def _markdown(table: Table) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in table
    ]
    return "\n".join([lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]])
