"""The wordings of a need that institutions could see: each is kept as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

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
    """Keep what the need says now, unless its last wording says the same. Whoever calls has just changed the row, so
    that two cannot count at once."""
    content = content_of(need)
    last = need.versions.order_by("-number").first()
    if last is not None and last.content == content:
        return last
    return NeedVersion.objects.create(need=need, number=last.number + 1 if last else 1, at=at, content=content)


def need_version(need: Need) -> NeedVersion:
    """The wording in force. A need that came past the services (an import of rows) is kept as it stands."""
    last = need.versions.order_by("-number").first()
    if last is not None:
        return last
    at = need.opened_at or timezone.now()
    return NeedVersion.objects.get_or_create(need=need, number=1, defaults={"at": at, "content": content_of(need)})[0]
