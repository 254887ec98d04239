"""What every page knows."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from backend.accounts.audience import organisation_of
from backend.site.navigation import account_entries, entries


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "navigation": entries(request),
        "account_navigation": account_entries(request),
        "own_organisation": organisation_of(request.user),
    }
