"""The addresses of pages that the public pages lead to."""

from __future__ import annotations


def need_page(need_id: int) -> str:
    """The page `need`: a company's need with its products."""
    return f"/needs/{need_id}/"


def leads_page(product_id: int) -> str:
    """The page `product-leads`: an institution's product with its leads."""
    return f"/institution/products/{product_id}/leads/"
