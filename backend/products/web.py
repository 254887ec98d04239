"""An institution's own products."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backend.products.queries import products_owned_by
from backend.site.access import institution_page, person
from backend.site.errors import page


@require_safe
@institution_page
@page
def own_products(request: HttpRequest) -> HttpResponse:
    """The shelf of the institution's own products."""
    return render(request, "products/own.html", {"products": products_owned_by(person(request))})
