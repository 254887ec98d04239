"""Reads of people."""

from __future__ import annotations

from django.conf import settings

from backend.accounts.demo_names import DEMO_APPROVER, DEMO_BUREAU, DEMO_COMPANY, DEMO_INSTITUTION, DEMO_PLATFORM
from backend.accounts.models import User

DEMO_ORDER = (DEMO_COMPANY, DEMO_INSTITUTION, DEMO_APPROVER, DEMO_BUREAU, DEMO_PLATFORM)


def demo_people() -> list[User]:
    """The demo's accounts that there are, in the order of a tour; none outside of the demo."""
    if not settings.DEMO:
        return []
    found = User.objects.filter(username__in=DEMO_ORDER, is_active=True).select_related("organisation")
    return sorted(found, key=lambda user: DEMO_ORDER.index(user.username))
