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


@transaction.atomic
def past_case_remove(case_id: int) -> None:
    """Take back a case whose disbursement was reversed. The ranking's record knows it from the next day or case on."""
    PastCase.objects.filter(pk=case_id).delete()
