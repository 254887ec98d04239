"""The life of a need (融资需求): every way that there is from one state into another."""

from __future__ import annotations

from backend.accounts.roles import Action
from backend.lifecycle.table import LifeCycle, step

NEED = LifeCycle(
    "need",
    ("draft", "submitted", "verified", "open", "talking", "funded", "closed", "expired"),
    # An import may bring what was open, and how it ended, from elsewhere.
    ("draft", "open", "funded", "closed"),
    (
        step("change", "draft", "draft", Action.NEED_EDIT),
        step("submit", "draft", "submitted", Action.NEED_EDIT),
        step("withdraw", ("submitted", "verified"), "draft", Action.NEED_EDIT),
        step("return", ("submitted", "verified"), "draft", Action.VERIFY),
        step("verify", "submitted", "verified", Action.VERIFY),
        # The platform's own check: the company is verified, and nothing looks like the same need twice.
        step("check", "submitted", "verified"),
        step("open", "verified", "open"),
        step("change", "open", "open", Action.NEED_EDIT),
        step("talk", "open", "talking", Action.APPLY, Action.LEAD_CLAIM, Action.CASE_WORK),
        step("change", "talking", "talking", Action.NEED_EDIT),
        # No application is alive any more: somebody ended the last one, or its time ran out.
        step("resume", "talking", "open", Action.APPLY, Action.NEED_EDIT, Action.CASE_WORK, Action.CASE_DECIDE),
        step("idle", "talking", "open"),
        # Of a need that was closed, what had begun before goes on.
        step("fund", ("talking", "closed"), "funded", Action.PAYOUT_RECORD),
        # Others have paid out, and the last that still would have has ended.
        step("settle", ("talking", "closed"), "funded"),
        # A disbursement was reversed.
        step("restate", "funded", "talking", Action.PAYOUT_RECORD),
        step("close", ("open", "talking"), "closed", Action.NEED_EDIT),
        step("expire", "open", "expired"),
        step("renew", ("open", "closed", "expired"), "open", Action.NEED_EDIT),
    ),
)

SHOWN = ("open", "talking")
"""The states in which institutions see a need as a lead: talks with one shut out nobody until the company closes it."""

ALIVE = ("submitted", "verified", *SHOWN)
"""The states in which a company still asks for the money: two of them for one purpose may be one need filed twice."""

RENEWABLE = NEED.sources("renew") - {"open"}
"""The states from which a need is opened once more."""
