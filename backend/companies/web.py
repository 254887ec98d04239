"""A company's own pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backend.needs.queries import needs_visible_to
from backend.site.access import company_page, person
from backend.site.errors import page


@require_safe
@company_page
@page
def home(request: HttpRequest) -> HttpResponse:
    """Where a company begins: its needs."""
    return render(request, "companies/home.html", {"needs": needs_visible_to(person(request))})


@require_safe
@company_page
@page
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "companies/profile.html", {})
