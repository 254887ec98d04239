"""`./dev doctor`: which system parts are there, and the one line that brings each missing one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backend.operations import packages, parts, servers

FONT = "@expo-google-fonts/noto-sans-sc"


def findings() -> list[tuple[str, str | None, str]]:
    """Rows of (part, where it was found or None, remedy)."""
    rows: list[tuple[str, str | None, str]] = []
    for part in parts.PARTS:
        where = part.find()
        rows.append((f"{part.name} ({part.used_for})", str(where) if where else None, part.remedy))
    font = Path(os.environ.get("RONGQIAO_FONTS") or packages.FOLDER / FONT)
    found = str(font) if any(font.glob("400Regular/*.ttf")) and any(font.glob("700Bold/*.ttf")) else None
    rows.append(("Noto Sans SC (the PDFs of reports)", found, f"./dev up fetches {FONT} with npm, or npm ci by hand"))
    for version in (parts.ELASTICSEARCH, parts.ELASTICSEARCH_NEXT):
        unpacked = parts.elasticsearch_folder(version)
        archive = parts.elasticsearch_archive(version)
        there = unpacked if unpacked.is_dir() else archive if archive.is_file() else None
        rows.append((f"Elasticsearch {version}", str(there) if there else None, "./dev test fetches it with Maven"))
    newer = parts.java_for(parts.ELASTICSEARCH_NEXT)
    remedy = "optional: without it the contract suite runs on Elasticsearch 8 alone; any Java 21 or newer"
    rows.append((f"Java 21 (Elasticsearch {parts.ELASTICSEARCH_NEXT})", str(newer) if newer else None, remedy))
    return rows


def run() -> int:
    """Print the findings. Status 1 where a part is missing that apt would bring."""
    print(f"Python {sys.version.split()[0]}, repository {parts.REPOSITORY}")
    for name, found, remedy in findings():
        print(f"{'found  ' if found else 'MISSING'}  {name}: {found or remedy}")
    return 1 if parts.missing(parts.PARTS) else 0


def health(port: int) -> int:
    """Status 0 where the site that listens on this port of this machine is ready; for an orchestrator."""
    host = os.environ.get("RONGQIAO_HOSTS", servers.LOOPBACK).split(",")[0].strip().lstrip(".")
    status, body = servers.get(port, "/health/ready", host=host)
    print(body.decode(errors="replace") if status else "no answer")
    return 0 if status == 200 else 1
