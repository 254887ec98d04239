"""Addresses in the templates of matches."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from backend.matches import places
from backend.needs.models import Need
from backend.packs.queries import vocabulary

register = template.Library()


@register.filter
def place_of(key: str, need: Need) -> str:
    """The field that asks for an attribute."""
    return places.place_of(key, need)


@register.simple_tag
def way_to_change(key: str, need: Need) -> places.Way:
    """Where a known value is changed."""
    return places.way_to_change(key, need, get_language() or "zh-hans", vocabulary())


@register.filter
def step(need: Need, name: str) -> str:
    """A screen of the need."""
    return places.need_step(need, name)


@register.simple_tag
def product_page(product_id: int, need: Need | None = None) -> str:
    return places.product_page(product_id, need)
