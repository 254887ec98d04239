"""Signing in and who one is."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.accounts import second_factor
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Action, Role, actions_of
from backend.api import examples
from backend.api.serializers import InputSerializer
from backend.api.views import ApiView, problems, read
from backend.common.errors import DomainError, NotAllowed

LOCKED_SECONDS = 300


class SecondFactorRequired(DomainError):
    """The password is right; a code is asked for besides."""

    code = "second_factor_required"
    status = 401
    title = _("A second factor is needed")


@extend_schema_serializer(component_name="SignIn")
class SignInSerializer(InputSerializer):
    username = serializers.CharField(max_length=254, help_text="Or the e-mail address.")
    password = serializers.CharField(max_length=128, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        max_length=12, required=False, help_text="Of the second factor, where the account has one; or a recovery code."
    )


@extend_schema_serializer(component_name="Token")
class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Send it as `Authorization: Token …`.")


@extend_schema_serializer(component_name="OrganisationOfMe")
class OrganisationOfMeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Organisation.Kind.choices)
    name = serializers.CharField()
    parent = serializers.IntegerField(source="parent_id", allow_null=True, help_text="What it is a branch of.")
    region = serializers.CharField(help_text="A bureau with one looks after that district alone.")
    suspended = serializers.BooleanField()


@extend_schema_serializer(component_name="Me")
class MeSerializer(serializers.Serializer):
    username = serializers.CharField()
    full_name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    actions = serializers.SerializerMethodField(help_text="What the role may do.")
    organisation = OrganisationOfMeSerializer(allow_null=True)

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": [action.value for action in Action]}})
    def get_actions(self, person: User) -> list[str]:
        return sorted(actions_of(person))


class TokenView(ApiView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "sign_in"

    @extend_schema(
        summary="Exchange a password for a token",
        description=(
            "An account with a second factor gives a `code` as well. Where one is obligatory and not set up yet, the "
            "answer is 403: set it up on the site. A new password or second factor ends every token."
        ),
        tags=["accounts"],
        request=SignInSerializer,
        responses={200: TokenSerializer, **problems(400, 401, 403, 406, 413, 415, 429)},
        auth=[{}],
        examples=[
            OpenApiExample("Request", value=examples.SIGN_IN, request_only=True),
            OpenApiExample("Answer", value=examples.TOKEN, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = _known(request, **given.validated_data)
        token, _created = Token.objects.get_or_create(user=user)
        return Response(TokenSerializer({"token": token.key}).data)

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"


class MeView(ApiView):
    @read(MeSerializer, summary="Who is signed in", tag="accounts", example=examples.ME)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(request.user).data)


def _known(request: Request, *, username: str, password: str, code: str = "") -> User:
    """Who has this password and, where the account has one, the second factor's code. Wrong tries count together with
    those of the page."""
    try:
        user = get_adapter().authenticate(request._request, username=username, password=password)
    except ValidationError as error:
        raise Throttled(LOCKED_SECONDS) from error
    if not isinstance(user, User) or not user.is_active:
        raise AuthenticationFailed(_("The user name or the password is wrong."))
    if not second_factor.set_up(user):
        if second_factor.obligatory_for(user):
            message = _("Your organisation's people sign in with a second factor: set it up on the site first.")
            raise NotAllowed(message, code="second_factor_missing")
    elif not code:
        raise SecondFactorRequired(_("Send the code of your second factor as `code`."))
    elif not second_factor.answers(user, code):
        raise AuthenticationFailed(_("This code is wrong or has run out."))
    return user
