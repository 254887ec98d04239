"""The bureau's overview of the market."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backend.site.access import bureau_page
from backend.site.errors import page


@require_safe
@bureau_page
@page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "overview/home.html", {})
