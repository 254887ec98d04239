"""The addresses of the bureau's pages."""

from django.urls import path, re_path

from backend.overview import web

urlpatterns = [
    path("bureau/", web.home, name="bureau-home"),
    path("bureau/uncovered/", web.uncovered, name="bureau-uncovered"),
    re_path(r"^bureau/(?P<table>[a-z]{1,20})\.csv$", web.table, name="bureau-table"),
]
