"""The life of a product over the API: its states, wordings and events, and which open needs it gains and loses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.accounts.roles import Action, actions_of
from backend.api import examples
from backend.api.serializers import EventsSerializer, ReasonSerializer
from backend.api.views import ID, ApiView, StateChangeView, post_of, problems, read
from backend.common.errors import Conflict, NotAllowed
from backend.lifecycle.queries import events_of
from backend.products import shelving
from backend.products.api import ProductInputSerializer, ProductSerializer, ProductWordingSerializer
from backend.products.checks import checked_product
from backend.products.models import Product
from backend.products.moves import moves_to
from backend.products.queries import own_product, product_with_history
from backend.products.rules import Terms
from backend.products.services import ProductInput


class ProductStateView(StateChangeView):
    shown_by = ProductSerializer
    service: ClassVar[Callable[..., Product]]

    def change(self, *, actor: User, id: int, expected_version: int, **given: Any) -> Product:
        return type(self).service(actor=actor, product_id=id, expected_version=expected_version, **given)


_post = post_of(ProductSerializer, tag="products")


@_post(
    "Publish a product, or confirm it as still on offer",
    examples.PUBLISHED_PRODUCT,
    description="A draft is submitted, and stands on the shelf at once where the caller may review it and nobody else "
    "of the institution can. A reviewed one is approved, a suspended one resumed, a published one confirmed.",
)
class ProductPublishView(ProductStateView):
    service = staticmethod(shelving.product_publish)


@_post("Hand a draft to its review", examples.REVIEWED_PRODUCT)
class ProductSubmitView(ProductStateView):
    service = staticmethod(shelving.product_submit)


@_post("Take a product back from its review", examples.PRODUCT)
class ProductWithdrawView(ProductStateView):
    service = staticmethod(shelving.product_withdraw)


@_post(
    "Approve a product",
    examples.PUBLISHED_PRODUCT,
    description="Somebody else than who submitted it does so, unless nobody else of the institution can.",
)
class ProductApproveView(ProductStateView):
    service = staticmethod(shelving.product_approve)


@_post("Give a product back to its editor", examples.PRODUCT, body=ReasonSerializer, example=examples.REASON)
class ProductRejectView(ProductStateView):
    takes = ReasonSerializer
    service = staticmethod(shelving.product_reject)


@_post("Confirm a product as still on offer", examples.PUBLISHED_PRODUCT)
class ProductConfirmView(ProductStateView):
    service = staticmethod(shelving.product_confirm)


@_post(
    "Take a product off the shelf for a while",
    examples.SUSPENDED_PRODUCT,
    body=ReasonSerializer,
    example=examples.REASON,
)
class ProductSuspendView(ProductStateView):
    takes = ReasonSerializer
    service = staticmethod(shelving.product_suspend)


@_post("Put a suspended product back on the shelf", examples.PUBLISHED_PRODUCT)
class ProductResumeView(ProductStateView):
    service = staticmethod(shelving.product_resume)


@_post("Take a product off the shelf for good", examples.RETIRED_PRODUCT)
class ProductRetireView(ProductStateView):
    service = staticmethod(shelving.product_retire)


@extend_schema_serializer(component_name="ProductVersion")
class ProductVersionSerializer(serializers.Serializer):
    number = serializers.IntegerField(help_text="From 1, without gaps.")
    at = serializers.DateTimeField(help_text="Since when it was on offer so.")
    said = ProductWordingSerializer(source="content")


@extend_schema_serializer(component_name="ProductVersions")
class ProductVersionsSerializer(serializers.Serializer):
    results = ProductVersionSerializer(many=True)


class ProductVersionsView(ApiView):
    @read(
        ProductVersionsSerializer,
        summary="The terms and rules that a product was on offer with",
        tag="products",
        parameters=[ID],
        example={"results": [examples.PRODUCT_VERSION]},
    )
    def get(self, request: Request, id: int) -> Response:
        versions = product_with_history(request.user, int(id)).versions.order_by("number")
        return Response(ProductVersionsSerializer({"results": versions}).data)


class ProductEventsView(ApiView):
    @read(
        EventsSerializer,
        summary="What happened to a product",
        tag="products",
        parameters=[ID],
        example={"results": [examples.EVENT]},
    )
    def get(self, request: Request, id: int) -> Response:
        events = events_of(product_with_history(request.user, int(id)))
        return Response(EventsSerializer({"results": events}).data)


@extend_schema_serializer(component_name="ProductMoves")
class MovesSerializer(serializers.Serializer):
    enter = serializers.IntegerField(help_text="Open needs that come to be eligible.")
    leave = serializers.IntegerField(help_text="Open needs that are eligible no longer.")


class ProductImpactView(ApiView):
    """Which open needs a change would gain and lose. Nothing is written."""

    @extend_schema(
        summary="How many open needs enter and leave by a change, or by publishing",
        description="The body is that of a change; an empty one asks for the product as it is filed. What is not on "
        "the shelf has no needs to lose. Nothing is changed.",
        tags=["products"],
        parameters=[ID],
        request=ProductInputSerializer(partial=True),
        examples=[
            OpenApiExample("Request", value={"amount_max": "2000000.00"}, request_only=True),
            OpenApiExample("Answer", value={"enter": 0, "leave": 12}, response_only=True, status_codes=["200"]),
        ],
        responses={200: MovesSerializer, **problems(400, 401, 403, 404, 406, 409, 413, 415)},
    )
    def post(self, request: Request, id: int) -> Response:
        actor = self.actor(request)
        given = ProductInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        product = own_product(actor, int(id))
        if not actions_of(actor) & {Action.PRODUCT_EDIT, Action.PRODUCT_REVIEW}:
            raise NotAllowed(_("Your role does not allow this."))
        checked = checked_product(replace(ProductInput.of(product), **given.validated_data))
        moves = moves_to(product, Terms.of(checked), today=timezone.localdate())
        if moves is None:
            raise Conflict(_("The stored rule cannot be read."), code="broken_rule")
        return Response(MovesSerializer(moves).data)
