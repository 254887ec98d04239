"""The wordings of a need that institutions could see: each is kept as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from backend.lifecycle.wordings import in_force, kept
from backend.needs.models import Need, NeedVersion


def content_of(need: Need) -> dict[str, Any]:
    return {
        "title": need.title,
        "description": need.description,
        "amount": None if need.amount is None else str(need.amount),
        "term_months": need.term_months,
        "purpose": need.purpose,
        "facts": need.facts,
    }


def need_keep(need: Need, *, at: datetime) -> NeedVersion:
    """Keep what the need says now, unless its last wording says the same. Whoever calls has just changed the row."""
    version: NeedVersion = kept(need.versions, content_of(need), at=at)
    return version


def need_version(need: Need) -> NeedVersion:
    """The wording in force. A need that came past the services (an import of rows) is kept as it stands."""
    version: NeedVersion = in_force(need.versions, lambda: content_of(need), at=need.opened_at or timezone.now())
    return version
