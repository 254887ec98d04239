"""The addresses of a company's own pages."""

from django.urls import path

from backend.companies import web

urlpatterns = [
    path("company/", web.home, name="company-home"),
    path("company/new/", web.create, name="company-create"),
    path("company/profile/", web.profile, name="company-profile"),
    path("company/profile/<slug:step>/", web.profile_step, name="company-profile-step"),
]
