"""Where the pages of matches lead to: the product, and the screen that asks for a datum."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse

from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.needs.models import Need

FOUNDED = "founded_on"
"""A column of the company, which years in business follow from."""

NEED_STEPS: Mapping[str, tuple[str, ...]] = {
    "purpose": ("purpose", "amount"),
    "terms": ("term", "max_annual_cost", "urgency"),
    "offer": ("collateral", "guarantor_available", "accepts_equity", "max_equity_sold"),
}
"""Screen of a need → what it asks for."""

PROFILE_STEPS: Mapping[str, tuple[str, ...]] = {
    "where": ("region", "zone", "industry", "stage", "themes", FOUNDED),
    "figures": (
        "annual_revenue",
        "net_profit",
        "tax_paid",
        "employees",
        "total_assets",
        "debt_ratio",
        "revenue_growth",
        "registered_capital",
        "export_volume",
    ),
    "standing": ("tax_grade", "public_credit_grade", "insured_staff", "core_supplier"),
    "innovation": (
        "high_tech",
        "tech_sme",
        "specialised_sme",
        "little_giant",
        "gazelle",
        "listing_reserve",
        "invention_patents",
        "utility_patents",
        "software_copyrights",
        "trade_marks",
        "rnd_share",
        "innovation_score",
    ),
    "credit": ("has_ever_borrowed", "existing_credit", "overdue_records"),
}
"""Screen of the company's profile → what it asks for."""

_STEP_OF = {key: step for steps in (NEED_STEPS, PROFILE_STEPS) for step, keys in steps.items() for key in keys}


def product_page(product_id: int, need: Need | None = None) -> str:
    """The product's page; with a need, as it stands with that need."""
    path = _address("product", f"/products/{product_id}/", product_id)
    return path if need is None else f"{path}?need={need.pk}"


def need_step(need: Need, step: str) -> str:
    """A screen of the need; `publish` is the last one."""
    return _address("need-edit", f"/needs/{need.pk}/edit/{step}/", need.pk, step)


def place_of(key: str, need: Need) -> str:
    """The field that asks for an attribute, or for the founding date; the whole profile for what no screen asks."""
    step = _STEP_OF.get(key)
    if step is None:
        return reverse("company-profile")
    if key != FOUNDED and ATTRIBUTES[key].subject is Subject.NEED:
        return f"{need_step(need, step)}#id_{key}_field"
    return f"{_address('company-profile-step', f'/company/profile/{step}/', step)}#id_{key}_field"


def _address(name: str, path: str, *args: object) -> str:
    """The address of a page that a part of the site of its own brings; its path where that part is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return path
