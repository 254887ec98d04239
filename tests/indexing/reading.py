"""What an engine holds, read back."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from backend.indexing import documents, engines
from search.port import SearchEngine
from search.query import Request, Terms

FETCHED = {"need": ("facts", "stored"), "product": ("stored",)}


def held(engine: SearchEngine, kind: str) -> dict[int, dict[str, Any]]:
    """Id → the stored fields of every document, parsed."""
    page = engine.search(engines.schema(kind), Request(size=1000, fetch=FETCHED[kind]))
    return {hit.id: {name: json.loads(text) for name, text in hit.stored.items()} for hit in page.hits}


def wanted(kind: str) -> dict[int, dict[str, Any]]:
    """The same, as the database has it now."""
    where = documents.setting(timezone.localdate())
    built = documents.documents(kind, documents.ids_after(kind, 0, 1000), where)
    return {
        id: {name: json.loads(document[name]) for name in FETCHED[kind]}  # type: ignore[arg-type]
        for id, document in built.items()
    }


def seen(engine: SearchEngine, kind: str, *tokens: str) -> list[int]:
    """Ids of the documents that a holder of `tokens` sees."""
    page = engine.search(engines.schema(kind), Request(filter=Terms("audience", tokens), size=1000))
    return [hit.id for hit in page.hits]
