"""A page of a list that is not to be had any more: its address leads to the first page, with the same question."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

LOST_PAGE = ("stale_cursor", "bad_cursor")
"""The codes of a marker that cannot be used, or not any more."""


def to_first_page(request: HttpRequest, url: str, *, part: bool) -> HttpResponse:
    """`part`: htmx asked for a part of the page, and is told to go to the whole one."""
    messages.info(request, _("The list has changed since; this is its first page."))
    return HttpResponseClientRedirect(url) if part else HttpResponseRedirect(url)
