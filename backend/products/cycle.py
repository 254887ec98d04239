"""The life of a product (金融产品): every way that there is from one state into another."""

from __future__ import annotations

from backend.accounts.roles import Action
from backend.lifecycle.table import LifeCycle, step

_OWN = (Action.PRODUCT_EDIT, Action.PRODUCT_REVIEW)

PRODUCT = LifeCycle(
    "product",
    ("draft", "review", "published", "suspended", "retired"),
    # The platform brings in a pack's products as they are on offer, or no longer.
    ("draft", "published", "retired"),
    (
        step("change", "draft", "draft", Action.PRODUCT_EDIT),
        step("submit", "draft", "review", Action.PRODUCT_EDIT),
        step("withdraw", "review", "draft", Action.PRODUCT_EDIT),
        step("reject", "review", "draft", Action.PRODUCT_REVIEW),
        step("approve", "review", "published", Action.PRODUCT_REVIEW),
        step("change", "published", "published", Action.PRODUCT_EDIT),
        step("confirm", "published", "published", *_OWN),
        step("suspend", "published", "suspended", *_OWN),
        # Nobody has confirmed it for too long.
        step("lapse", "published", "suspended"),
        step("change", "suspended", "suspended", Action.PRODUCT_EDIT),
        step("resume", "suspended", "published", *_OWN),
        step("retire", ("published", "suspended"), "retired", *_OWN),
        # The pack lists it as on offer once more.
        step("restore", "retired", "published", Action.PLATFORM),
    ),
)

UNSEEN = ("draft", "review")
"""The states of what was never on offer: its institution's own business."""
