"""Where the pages of matches lead to: the product, and the screen that asks for a datum."""

from __future__ import annotations

from django.urls import reverse

from backend.companies import profile
from backend.needs import steps
from backend.needs.models import Need

_STEPS_OF_NEED = {key: step for step in steps.STEPS for key in step.keys}


def product_page(product_id: int, need: Need | None = None) -> str:
    """The product's page; with a need, as it stands with that need."""
    path = reverse("product", args=[product_id])
    return path if need is None else f"{path}?need={need.pk}"


def need_step(need: Need, step: str) -> str:
    """A screen of the need; `publish` is the last one."""
    return reverse("need-edit", args=[need.pk, step])


def place_of(key: str, need: Need) -> str:
    """The field that asks for an attribute, or for the founding date; the whole profile for what no screen asks."""
    if key in _STEPS_OF_NEED:
        return f"{need_step(need, _STEPS_OF_NEED[key].name)}#id_{key}_field"
    step = profile.step_of(key)
    if step is None:
        return reverse("company-profile")
    return f"{reverse('company-profile-step', args=[step.name])}#id_{key}_field"
