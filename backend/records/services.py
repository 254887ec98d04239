"""Every write of past cases."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from backend.records.models import PastCase

_BATCH = 1000


@transaction.atomic
def past_cases_add(cases: Iterable[PastCase]) -> int:
    """Add decided cases, all of them or none. Returns their number."""
    return len(PastCase.objects.bulk_create(cases, batch_size=_BATCH))
