"""Every address of the site. Each app keeps its own."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("backend.site.urls")),
    path("", include("backend.accounts.urls")),
    path("", include("backend.companies.urls")),
    path("", include("backend.matches.urls")),
    path("", include("backend.needs.urls")),
    path("", include("backend.products.urls")),
    path("", include("backend.leads.urls")),
    path("", include("backend.applications.urls")),
    path("", include("backend.overview.urls")),
    path("", include("backend.reports.urls")),
    path("", include("backend.verification.urls")),
    path("api/v1/", include(("backend.api.urls", "api"))),
    path("health/", include("backend.operations.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

handler429 = "backend.accounts.web.too_many"
handler500 = "backend.site.errors.server_error"
