"""Signing in and who one is."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.accounts.roles import Kind, Role
from backend.api import examples
from backend.api.serializers import InputSerializer
from backend.api.views import ApiView, problems, read


@extend_schema_serializer(component_name="SignIn")
class SignInSerializer(InputSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, style={"input_type": "password"})


@extend_schema_serializer(component_name="Token")
class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Send it as `Authorization: Token …`.")


@extend_schema_serializer(component_name="OrganisationOfMe")
class OrganisationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Kind.values)
    name = serializers.CharField()


@extend_schema_serializer(component_name="Me")
class MeSerializer(serializers.Serializer):
    username = serializers.CharField()
    role = serializers.ChoiceField(Role.values)
    organisation = OrganisationSerializer(allow_null=True)


class TokenView(ApiView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "sign_in"

    @extend_schema(
        summary="Exchange a password for a token",
        tags=["accounts"],
        request=SignInSerializer,
        responses={200: TokenSerializer, **problems(400, 401, 406, 413, 415, 429)},
        auth=[{}],
        examples=[
            OpenApiExample("Request", value=examples.SIGN_IN, request_only=True),
            OpenApiExample("Answer", value=examples.TOKEN, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request, **given.validated_data)
        if user is None:
            raise AuthenticationFailed(_("The user name or the password is wrong."))
        token, _created = Token.objects.get_or_create(user=user)
        return Response(TokenSerializer({"token": token.key}).data)

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"


class MeView(ApiView):
    @read(MeSerializer, summary="Who is signed in", tag="accounts", example=examples.ME)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)
