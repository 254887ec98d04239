"""Applications and all that hangs on one: consent, offers, refusals, credit lines, talk."""

from backend.applications.models.cases import Application, Consent, Look
from backend.applications.models.credit import CreditLine, Drawdown, Repayment, Reversal
from backend.applications.models.decisions import Offer, Refusal, RefusalReason, RepairTask
from backend.applications.models.talk import Attachment, Message

__all__ = [
    "Application",
    "Attachment",
    "Consent",
    "CreditLine",
    "Drawdown",
    "Look",
    "Message",
    "Offer",
    "Refusal",
    "RefusalReason",
    "RepairTask",
    "Repayment",
    "Reversal",
]
