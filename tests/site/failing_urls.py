"""The site's addresses and three that fail."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from backend.config import urls

handler500 = urls.handler500


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the cause, which no visitor reads")


def refusing(_request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    path("broken", broken),
    path("api/v1/broken", broken),
    path("refusing", refusing),
    *urls.urlpatterns,
]
