"""The addresses of pages that the public pages lead to."""

from __future__ import annotations

from django.urls import reverse


def need_page(need_id: int) -> str:
    """A company's need with its products."""
    return reverse("need", args=[need_id])


def leads_page(product_id: int) -> str:
    """An institution's product with its leads."""
    return reverse("lead-list", args=[product_id])
