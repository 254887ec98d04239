"""One case with all that hangs on it, as its reader may see it: pages and API show the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.accounts.audience import Viewer
from backend.accounts.roles import actions_of
from backend.applications import queries
from backend.applications.cycle import CYCLE, Party
from backend.applications.models import (
    Application,
    Consent,
    CreditLine,
    Drawdown,
    Offer,
    Refusal,
    RefusalReason,
    RepairTask,
    Repayment,
    Reversal,
)
from backend.common.errors import NotFound


@dataclass(frozen=True, slots=True)
class Ledger:
    """The line of a contract with its bookings, oldest first; `reversed` holds those that were taken back."""

    line: CreditLine
    drawdowns: list[Drawdown]
    repayments: list[Repayment]
    reversals: list[Reversal]

    @property
    def reversed_drawdowns(self) -> set[int]:
        return {one.drawdown_id for one in self.reversals if one.drawdown_id is not None}

    @property
    def reversed_repayments(self) -> set[int]:
        return {one.repayment_id for one in self.reversals if one.repayment_id is not None}


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`party`: the reader's side; `open_to`: the events that the reader may take from here. `recipients`: of the
    consent, those that the reader may know of."""

    case: Application
    party: Party | None
    open_to: frozenset[str]
    consent: Consent
    recipients: list[dict[str, Any]]
    offers: list[Offer]
    refusal: Refusal | None
    reasons: list[RefusalReason]
    tasks: list[RepairTask]
    ledger: Ledger | None


def case_file(viewer: Viewer, application_id: int) -> CaseFile:
    """Raises NotFound."""
    case = queries.application_visible_to(viewer, application_id)
    party = queries.party_of(viewer, case)
    consent = queries.consents_visible_to(viewer).filter(pk=case.consent_id).first()
    if consent is None:
        raise NotFound("")
    refusal = queries.refusals_visible_to(viewer).filter(application=case).first()
    steps = CYCLE.open_to(case.status, actions_of(viewer)) if party else ()
    line = queries.lines_visible_to(viewer).filter(application=case).first()
    return CaseFile(
        case=case,
        party=party,
        open_to=frozenset(step.event for step in steps),
        consent=consent,
        recipients=recipients_for(consent, case, party),
        offers=list(queries.offers_visible_to(viewer).filter(application=case).order_by("-number")),
        refusal=refusal,
        reasons=list(refusal.reasons.all()) if refusal else [],
        tasks=list(queries.tasks_visible_to(viewer).filter(application=case).order_by("pk")),
        ledger=None if line is None else _ledger(viewer, line),
    )


def recipients_for(consent: Consent, case: Application, party: Party | None) -> list[dict[str, Any]]:
    """An institution learns from a consent that it may read, and not to whom else the company applied."""
    found: list[dict[str, Any]] = consent.recipients
    if party is not Party.INSTITUTION:
        return found
    return [one for one in found if one["institution"] == case.institution_id]


def _ledger(viewer: Viewer, line: CreditLine) -> Ledger:
    return Ledger(
        line,
        list(queries.drawdowns_visible_to(viewer).filter(line=line).order_by("paid_on", "pk")),
        list(queries.repayments_visible_to(viewer).filter(line=line).order_by("paid_on", "pk")),
        list(queries.reversals_visible_to(viewer).filter(line=line).order_by("pk")),
    )


def overdue(case: Application, now: datetime) -> bool:
    return case.due_at is not None and case.due_at < now
