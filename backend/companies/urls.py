"""The addresses of a company's own pages."""

from django.urls import path

from backend.companies import web

urlpatterns = [
    path("company/", web.home, name="company-home"),
    path("company/profile/", web.profile, name="company-profile"),
]
