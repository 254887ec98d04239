"""The addresses of the bureau's pages."""

from django.urls import path

from backend.overview import web

urlpatterns = [
    path("bureau/", web.home, name="bureau-home"),
]
