"""The keys that a product's `terms` may hold, by the root of its kind. Pure.

Those of every kind enter the cost (`cost_checks`) or say when one can apply; the others describe the product and are
shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

OF_EVERY_KIND = ("repayment", "subsidies", "deposit", "residual", "loan_rate_cap", "window")

DESCRIBING: Mapping[str, tuple[str, ...]] = {
    "loan": ("rate_basis", "rate_step", "drawdown", "sizing", "advance_rate", "coverage_ratio", "risk_pool"),
    "guarantee": ("fee_min", "fee_max", "cap", "counter_guarantee", "risk_split", "loss_cap"),
    "equity": (
        "ticket_min",
        "ticket_max",
        "stake_min",
        "stake_max",
        "valuation_min",
        "valuation_max",
        "exit",
        "board_seat",
        "structure",
    ),
    "linked": ("rate_basis", "loan_leg", "equity_leg", "sequence", "ratio"),
    "insurance": ("premium_min", "premium_max", "sum_insured", "deductible", "payout", "premium_subsidy"),
    "leasing": ("asset", "down_payment", "rent"),
    "factoring": ("debtor", "advance_rate", "recourse", "tiers"),
    "bridge": ("days_max", "daily_rate_min", "daily_rate_max", "renewal_promise"),
    "public_money": ("who", "ratio", "cap", "budget_left"),
}
"""Root of the kind → keys. docs/reference/pack.md is printed from here."""


def term_keys(kind: str) -> tuple[str, ...]:
    """The keys that terms of `kind` (`loan.credit`) may hold."""
    return (*OF_EVERY_KIND, *DESCRIBING.get(kind.partition(".")[0], ()))
