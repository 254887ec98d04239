"""Every write of applications, by use case: sending, working, deciding, choosing, paying, talking, mending; and what
the clock does."""

from backend.applications.first_loan import FirstLoan
from backend.applications.services.choosing import (
    ChoiceInput,
    application_decline,
    application_withdraw,
    offers_choose,
)
from backend.applications.services.clock import Ticked, applications_look, applications_tick
from backend.applications.services.contracting import (
    ContractInput,
    application_close,
    contract_cancel,
    contract_sign,
)
from backend.applications.services.deciding import OfferInput, RefusalInput, application_refuse, offer_make
from backend.applications.services.mending import repair_task_done
from backend.applications.services.paying import PayoutInput, RepaymentInput, payout_record, repayment_record
from backend.applications.services.reversing import ReversalInput, drawdown_reverse, repayment_reverse
from backend.applications.services.sending import SendInput, applications_send
from backend.applications.services.talking import MessageInput, Paper, case_looked, message_post
from backend.applications.services.working import (
    application_accept,
    application_answer,
    application_ask_more,
    application_resume,
    diligence_begin,
)

__all__ = [
    "ChoiceInput",
    "ContractInput",
    "FirstLoan",
    "MessageInput",
    "OfferInput",
    "Paper",
    "PayoutInput",
    "RefusalInput",
    "RepaymentInput",
    "ReversalInput",
    "SendInput",
    "Ticked",
    "application_accept",
    "application_answer",
    "application_ask_more",
    "application_close",
    "application_decline",
    "application_refuse",
    "application_resume",
    "application_withdraw",
    "applications_look",
    "applications_send",
    "applications_tick",
    "case_looked",
    "contract_cancel",
    "contract_sign",
    "diligence_begin",
    "drawdown_reverse",
    "message_post",
    "offer_make",
    "offers_choose",
    "payout_record",
    "repair_task_done",
    "repayment_record",
    "repayment_reverse",
]
