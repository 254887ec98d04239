"""The addresses of leads."""

from django.urls import path

from backend.leads import web

urlpatterns = [
    path("institution/", web.home, name="institution-home"),
]
