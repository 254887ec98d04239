"""The addresses of leads."""

from django.urls import path, re_path

from backend.leads import web

PRODUCT = r"^institution/products/(?P<id>[1-9][0-9]{0,17})/leads"
NEED = r"(?P<need_id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("institution/", web.home, name="institution-home"),
    path("institution/saved-filters/", web.saved_counts, name="saved-filter-counts"),
    re_path(rf"{PRODUCT}/$", web.lead_list, name="lead-list"),
    re_path(rf"{PRODUCT}/suggestions/$", web.suggestions, name="lead-suggestions"),
    re_path(rf"{PRODUCT}/saved/$", web.saved_filters, name="saved-filters"),
    re_path(rf"{PRODUCT}/{NEED}/$", web.lead, name="lead"),
    re_path(rf"{PRODUCT}/{NEED}/seen/$", web.seen, name="lead-seen"),
]
