"""What each figure of the overview counts, in words: a figure is shown with its definition or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

DEFINITIONS: Mapping[str, Promise] = {
    "needs": _("Financing needs that are open today."),
    "demand": _("The amounts that these needs ask for, added up."),
    "companies": _("Companies with at least one of these needs. Each counts once, however many it has."),
    "first_time": _("Companies among them that are known never to have borrowed."),
    "first_time_unknown": _(
        "Companies among them of which nobody knows whether they ever borrowed. They count neither way."
    ),
    "registered": _("All companies on the platform, with or without an open need."),
    "products": _("Financial products that are published today."),
    "institutions": _("Institutions with at least one published product."),
    "covered": _("Needs that meet every condition of at least one published product, its amounts and terms included."),
    "pending": _("Needs that meet no product yet, while at least one might admit them once missing data are known."),
    "uncovered": _("Needs that every published product refuses."),
    "covered_share": _("The share of the needs that are covered, by number."),
    "binding_eligible": _(
        "Uncovered needs that would meet at least one product if this one item changed and everything else stayed. "
        "A need counts under each item of which that is true."
    ),
    "binding_opened": _(
        "Uncovered needs that at least one product would no longer refuse if this one item changed. "
        "Other data may still be missing."
    ),
    "several": _("Uncovered needs that no single change helps: at least two items must change."),
    "by_kind": _("Needs that meet every condition of at least one published product of this kind."),
}
"""Figure → definition. The keys are the names of fields of `results`."""


def definitions(language: str) -> dict[str, str]:
    with override(language):
        return {figure: str(text) for figure, text in DEFINITIONS.items()}
