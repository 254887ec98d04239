"""The leads of an institution's products."""

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
def home(request: HttpRequest) -> HttpResponse:
    """Where an account manager begins: the products whose leads to read."""
    return render(request, "leads/home.html", {"products": products_owned_by(person(request))})
