"""The addresses of version 1 of the API."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from backend.accounts.api import MeView, TokenView
from backend.api.matching import LeadsView, MatchesView, NeedSuggestionsView, ProductSuggestionsView, ShelfView
from backend.api.web import ApiDocsView, unknown_address
from backend.companies.api import CompaniesView, CompanyView
from backend.needs.api import NeedCloseView, NeedOpenView, NeedsView, NeedView
from backend.packs.api import AttributesView, RuleSchemaView, VocabulariesView, VocabularyView
from backend.products.api import ProductPublishView, ProductRetireView, ProductView

# A path number is a database id: up to 18 digits, never 0.
ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs", ApiDocsView.as_view(url_name="api:api-schema"), name="api-docs"),
    path("token", TokenView.as_view(), name="token"),
    path("me", MeView.as_view(), name="me"),
    path("companies", CompaniesView.as_view(), name="companies"),
    re_path(rf"^companies/{ID}$", CompanyView.as_view(), name="company"),
    path("needs/suggestions", NeedSuggestionsView.as_view(), name="need-suggestions"),
    path("needs", NeedsView.as_view(), name="needs"),
    re_path(rf"^needs/{ID}$", NeedView.as_view(), name="need"),
    re_path(rf"^needs/{ID}/open$", NeedOpenView.as_view(), name="need-open"),
    re_path(rf"^needs/{ID}/close$", NeedCloseView.as_view(), name="need-close"),
    re_path(rf"^needs/{ID}/matches$", MatchesView.as_view(), name="need-matches"),
    path("products/suggestions", ProductSuggestionsView.as_view(), name="product-suggestions"),
    path("products", ShelfView.as_view(), name="products"),
    re_path(rf"^products/{ID}$", ProductView.as_view(), name="product"),
    re_path(rf"^products/{ID}/publish$", ProductPublishView.as_view(), name="product-publish"),
    re_path(rf"^products/{ID}/retire$", ProductRetireView.as_view(), name="product-retire"),
    re_path(rf"^products/{ID}/leads$", LeadsView.as_view(), name="product-leads"),
    path("vocabularies", VocabulariesView.as_view(), name="vocabularies"),
    re_path(r"^vocabularies/(?P<scheme>[a-z_]{1,40})$", VocabularyView.as_view(), name="vocabulary"),
    path("attributes", AttributesView.as_view(), name="attributes"),
    path("rule-schema", RuleSchemaView.as_view(), name="rule-schema"),
    re_path(r"^.*$", unknown_address),
]
