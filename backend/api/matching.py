"""Matches of a need, leads of a product, the shelf of products, and suggestions while typing, over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import examples
from backend.api.match_serializers import (
    LeadPageSerializer,
    MatchesSerializer,
    ShelfSerializer,
    SuggestionsSerializer,
)
from backend.api.pages import PAGE_PARAMETERS, limit_of, limit_parameter
from backend.api.views import ID, LANGUAGE, ApiView, read
from backend.matching import leads, services, shelf
from backend.matching.filters import LEAD_FILTERS, PRODUCT_FILTERS, FilterDefinition
from backend.needs.queries import need_visible_to
from backend.packs.queries import held, vocabulary
from backend.products.api import ProductFiling
from backend.products.queries import product_visible_to

WORDS = OpenApiParameter("q", str, description="Words that the text holds, in Chinese or English.")
TYPED = OpenApiParameter(
    "q",
    str,
    description="What was typed so far, from the beginning of a word or, in Chinese, from any character; case and "
    "width do not count. Its first 100 characters are read.",
)
SORT = OpenApiParameter("sort", str, enum=list(shelf.SORTS), description="`relevance` by default.")


def _parameters(definitions: tuple[FilterDefinition, ...]) -> list[OpenApiParameter]:
    """The filters, as they are declared, and what every list takes."""
    filters = [_filter(definition) for definition in definitions]
    return [*filters, WORDS, *PAGE_PARAMETERS, LANGUAGE]


def _filter(definition: FilterDefinition) -> OpenApiParameter:
    where = f"Codes of the vocabulary `{definition.scheme}`. " if definition.scheme else ""
    return OpenApiParameter(
        definition.name,
        str,
        many=True,
        enum=[choice.key for choice in definition.choices] or None,
        description=f"{definition.label.zh} · {definition.label.en}. {where}Several values mean any of them.",
    )


def _language() -> str:
    return get_language() or "zh-hans"


def _asked(request: Request) -> dict[str, Any]:
    return {
        "viewer": request.user,
        "today": timezone.localdate(),
        "language": _language(),
        "params": dict(request.query_params.lists()),
        "q": request.query_params.get("q", ""),
        "cursor": request.query_params.get("cursor", ""),
        "size": limit_of(request),
    }


class MatchesView(ApiView):
    @read(MatchesSerializer, summary="The products for a need, and why", tag="matches",
          parameters=[ID, limit_parameter("Products of each group; `counts` tells how many there are."), LANGUAGE],
          also=(503,), example=examples.MATCHES)  # fmt: skip
    @held()
    def get(self, request: Request, id: int) -> Response:
        need = need_visible_to(request.user, id)
        found = services.products_for(
            need, viewer=request.user, today=timezone.localdate(), language=_language(), limit=limit_of(request)
        )
        context = {"need": need, "vocabulary": vocabulary(), "language": _language()}
        return Response(MatchesSerializer(found, context=context).data)


class LeadsView(ApiView):
    @read(LeadPageSerializer, summary="The leads of a product, and why", tag="leads",
          parameters=[ID, *_parameters(LEAD_FILTERS)], also=(400, 409, 503), example=examples.LEADS)  # fmt: skip
    def get(self, request: Request, id: int) -> Response:
        found = leads.leads_for(product_visible_to(request.user, id), **_asked(request))
        return Response(LeadPageSerializer(found).data)


class ShelfView(ProductFiling, ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @read(ShelfSerializer, operation_id="products_list", summary="The shelf of products", tag="products", public=True,
          parameters=[SORT, *_parameters(PRODUCT_FILTERS)], also=(400, 503), example=examples.SHELF)  # fmt: skip
    def get(self, request: Request) -> Response:
        found = shelf.products_search(**_asked(request), sort=request.query_params.get("sort", "relevance"))
        return Response(ShelfSerializer(found).data)


class ProductSuggestionsView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @read(SuggestionsSerializer, summary="Names of products and institutions, completed", tag="products",
          public=True, parameters=[TYPED, LANGUAGE], also=(503,), example=examples.PRODUCT_SUGGESTIONS)  # fmt: skip
    def get(self, request: Request) -> Response:
        return _suggested(request, shelf.suggest_products)


class NeedSuggestionsView(ApiView):
    @read(SuggestionsSerializer, summary="Titles, trades, purposes and districts of open needs, completed",
          tag="needs", parameters=[TYPED, LANGUAGE], also=(503,), example=examples.NEED_SUGGESTIONS)  # fmt: skip
    def get(self, request: Request) -> Response:
        return _suggested(request, shelf.suggest_leads)


def _suggested(request: Request, suggest: Any) -> Response:
    typed = request.query_params.get("q", "")
    found = suggest(typed, viewer=request.user, today=timezone.localdate(), language=_language())
    return Response(SuggestionsSerializer({"suggestions": found}).data)
