"""Products over the API. The shelf itself is a search: `backend.matching.api`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from backend.accounts.models import User
from backend.api import examples
from backend.api.serializers import InputSerializer, RuleField
from backend.api.views import ID, ApiView, read, write
from backend.products import services
from backend.products.models import Product
from backend.products.queries import product_visible_to


def _money() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, required=False)


def _rate() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=7, decimal_places=4, min_value=0, required=False, allow_null=True, help_text="Per cent a year."
    )


def _codes() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=50)


@extend_schema_serializer(component_name="InstitutionName")
class InstitutionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()


@extend_schema_serializer(component_name="ProductWording")
class ProductWordingSerializer(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    summary_zh = serializers.CharField()
    summary_en = serializers.CharField()
    amount_min = serializers.DecimalField(max_digits=18, decimal_places=2)
    amount_max = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="0: no limit.")
    term_min = serializers.IntegerField()
    term_max = serializers.IntegerField(help_text="Months; 0: no limit.")
    rate_min = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    rate_max = serializers.DecimalField(max_digits=7, decimal_places=4, allow_null=True)
    first_loan_friendly = serializers.BooleanField()
    purposes = serializers.ListField(child=serializers.CharField())
    themes = serializers.ListField(child=serializers.CharField())
    stages = serializers.ListField(child=serializers.CharField())
    collateral = serializers.ListField(child=serializers.CharField())
    terms = serializers.DictField()
    fees = serializers.ListField(child=serializers.DictField())
    documents = serializers.ListField(child=serializers.CharField())
    rule = RuleField()


@extend_schema_serializer(component_name="Product")
class ProductSerializer(ProductWordingSerializer):
    id = serializers.IntegerField()
    institution = InstitutionSerializer()
    status = serializers.ChoiceField(Product.Status.choices)
    last_confirmed_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="ProductInput")
class ProductInputSerializer(InputSerializer):
    answer = ProductSerializer

    code = serializers.SlugField(max_length=80)
    kind = serializers.CharField(max_length=40)
    name_zh = serializers.CharField(max_length=200)
    name_en = serializers.CharField(max_length=200)
    summary_zh = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    summary_en = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    amount_min = _money()
    amount_max = _money()
    term_min = serializers.IntegerField(required=False, min_value=0, max_value=600)
    term_max = serializers.IntegerField(required=False, min_value=0, max_value=600)
    rate_min = _rate()
    rate_max = _rate()
    first_loan_friendly = serializers.BooleanField(required=False)
    purposes = _codes()
    themes = _codes()
    stages = _codes()
    collateral = _codes()
    terms = serializers.DictField(required=False)
    fees = serializers.ListField(child=serializers.DictField(), required=False, max_length=30)
    documents = _codes()
    rule = RuleField(required=False)


@extend_schema_serializer(component_name="NewProduct")
class NewProductSerializer(ProductInputSerializer):
    institution = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Needed from the platform's own people only."
    )


class ProductView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @read(
        ProductSerializer,
        summary="One product",
        tag="products",
        parameters=[ID],
        public=True,
        example=examples.PUBLISHED_PRODUCT,
    )
    def get(self, request: Request, id: int) -> Response:
        product = product_visible_to(request.user, id)
        return self.versioned(ProductSerializer(product).data, product.version)

    @write(
        ProductInputSerializer(partial=True),
        ProductSerializer,
        summary="Change a product",
        tag="products",
        versioned=True,
        example={"rate_max": "5.0000"},
        answer=examples.CHANGED_PRODUCT,
        description="Fields left out stay as they are, and so do `terms` that are left out; null takes a term away.",
    )
    def patch(self, request: Request, id: int) -> Response:
        expected = self.expected_version(request)
        given = ProductInputSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            before = services.ProductInput.of(product_visible_to(request.user, id))
            changes = given.validated_data
            if "terms" in changes:
                terms = {**before.terms, **changes["terms"]}
                changes = {**changes, "terms": {key: value for key, value in terms.items() if value is not None}}
            product = services.product_update(
                actor=self.actor(request),
                product_id=id,
                data=replace(before, **changes),
                expected_version=expected,
            )
            return self.versioned(ProductSerializer(product).data, product.version)

        return self.once(request, perform)


class ProductFiling:
    """POST to the shelf files a draft; mixed into the view whose GET searches it."""

    actor: Callable[[Request], User]
    once: Callable[..., Response]
    versioned: Callable[..., Response]

    @write(
        NewProductSerializer,
        ProductSerializer,
        summary="File a product as a draft",
        tag="products",
        success=201,
        example=examples.NEW_PRODUCT,
        answer=examples.PRODUCT,
    )
    def post(self, request: Request) -> Response:
        given = NewProductSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        institution_id = given.validated_data.pop("institution", None)

        def perform() -> Response:
            product = services.product_create(
                actor=self.actor(request),
                data=services.ProductInput(**given.validated_data),
                institution_id=institution_id,
            )
            location = reverse("api:product", args=[product.pk], request=request)
            return self.versioned(ProductSerializer(product).data, product.version, status=201, location=location)

        return self.once(request, perform)
