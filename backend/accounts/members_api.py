"""The people of an organisation over the API: members, invitations, branches, suspension."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import ScopedRateThrottle

from backend.accounts import services
from backend.accounts.models import Organisation
from backend.accounts.queries import (
    invitations_managed_by,
    member_managed_by,
    members_managed_by,
    organisation_managed_by,
    organisations_managed_by,
)
from backend.accounts.roles import Action, Role, demand
from backend.api import examples
from backend.api.pages import PAGE_PARAMETERS, page, page_of
from backend.api.serializers import InputSerializer, NothingSerializer
from backend.api.views import ID, ApiView, problems, read, write
from backend.common.errors import InvalidInput


@extend_schema_serializer(component_name="Member")
class MemberSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    organisation = serializers.IntegerField(source="organisation_id")
    active = serializers.BooleanField(source="is_active")
    left_at = serializers.DateTimeField(allow_null=True)
    successor = serializers.IntegerField(source="successor_id", allow_null=True)


@extend_schema_serializer(component_name="MemberRole")
class RoleSerializer(InputSerializer):
    role = serializers.ChoiceField(Role.choices)


@extend_schema_serializer(component_name="Leave")
class LeaveSerializer(InputSerializer):
    successor = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="A colleague whose role allows what is handed over; needed where work is open.",
    )


@extend_schema_serializer(component_name="Invitation")
class InvitationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    organisation = serializers.IntegerField(source="organisation_id")
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="NewInvitation")
class NewInvitationSerializer(InputSerializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(Role.choices)
    organisation = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="One's own where none is named."
    )


@extend_schema_serializer(component_name="AcceptInvitation")
class AcceptSerializer(InputSerializer):
    token = serializers.CharField(max_length=100, help_text="The last part of the invitation's link.")
    full_name = serializers.CharField(max_length=60)
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False, style={"input_type": "password"})


@extend_schema_serializer(component_name="Organisation")
class OrganisationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Organisation.Kind.choices)
    name = serializers.CharField()
    parent = serializers.IntegerField(source="parent_id", allow_null=True)
    region = serializers.CharField()
    suspended_at = serializers.DateTimeField(allow_null=True)
    suspended_because = serializers.CharField()


@extend_schema_serializer(component_name="NewBranch")
class BranchSerializer(InputSerializer):
    name = serializers.CharField(max_length=200)
    region = serializers.CharField(max_length=40, required=False, allow_blank=True)


@extend_schema_serializer(component_name="Suspension")
class SuspensionSerializer(InputSerializer):
    reason = serializers.CharField(max_length=500)


MemberPageSerializer = page_of(MemberSerializer, "MemberPage")
InvitationPageSerializer = page_of(InvitationSerializer, "InvitationPage")
OrganisationPageSerializer = page_of(OrganisationSerializer, "OrganisationPage")

ORGANISATION = OpenApiParameter(
    "organisation", {"type": "integer", "minimum": 1}, OpenApiParameter.QUERY, description="Of this one alone."
)


class MembersView(ApiView):
    @read(
        MemberPageSerializer,
        operation_id="members_list",
        summary="The people of the organisations that you look after",
        tag="members",
        parameters=[ORGANISATION, *PAGE_PARAMETERS],
        example={"results": [examples.MEMBER], "next": None},
    )
    def get(self, request: Request) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        rows, following = page(request, _within(request, members_managed_by(request.user)))
        return Response(MemberPageSerializer({"results": rows, "next": following}).data)


class MemberView(ApiView):
    @read(MemberSerializer, summary="One person", tag="members", parameters=[ID], example=examples.MEMBER)
    def get(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        return Response(MemberSerializer(member_managed_by(request.user, int(id))).data)

    @write(
        RoleSerializer,
        MemberSerializer,
        summary="Change a person's role",
        tag="members",
        parameters=(ID,),
        example={"role": "product_editor"},
        answer=examples.MEMBER,
    )
    def patch(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        given = RoleSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            person = services.role_change(
                actor=self.actor(request), person_id=int(id), role=given.validated_data["role"]
            )
            return Response(MemberSerializer(person).data)

        return self.once(request, perform)


class MemberLeaveView(ApiView):
    @write(
        LeaveSerializer,
        MemberSerializer,
        summary="Let a person go, or leave oneself",
        tag="members",
        parameters=(ID,),
        example={"successor": 12},
        answer=examples.GONE_MEMBER,
        description="The account closes, its sessions and tokens end; what the person holds passes to the successor.",
    )
    def post(self, request: Request, id: int) -> Response:
        given = LeaveSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            person = services.member_leave(
                actor=self.actor(request), person_id=int(id), successor_id=given.validated_data.get("successor")
            )
            return Response(MemberSerializer(person).data)

        return self.once(request, perform)


class InvitationsView(ApiView):
    @read(
        InvitationPageSerializer,
        operation_id="invitations_list",
        summary="The open invitations of the organisations that you look after",
        tag="members",
        parameters=[ORGANISATION, *PAGE_PARAMETERS],
        example={"results": [examples.INVITATION], "next": None},
    )
    def get(self, request: Request) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        rows, following = page(request, _within(request, invitations_managed_by(request.user)))
        return Response(InvitationPageSerializer({"results": rows, "next": following}).data)

    @write(
        NewInvitationSerializer,
        InvitationSerializer,
        summary="Invite somebody by e-mail",
        tag="members",
        success=201,
        example={"email": "zhou.min@example.com", "role": "account_manager"},
        answer=examples.INVITATION,
        description="A new invitation withdraws an open one to the same address. The link is in the e-mail alone.",
    )
    def post(self, request: Request) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        given = NewInvitationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        data = services.InvitationInput(organisation_id=wanted.pop("organisation", None), **wanted)

        def perform() -> Response:
            invited = services.invite(
                actor=self.actor(request),
                data=data,
                address_of=lambda token: reverse("invitation", args=[token], request=request),
            )
            return Response(InvitationSerializer(invited.invitation).data, status=201)

        return self.once(request, perform)


class InvitationWithdrawView(ApiView):
    @write(
        None,
        InvitationSerializer,
        summary="Withdraw an invitation",
        tag="members",
        parameters=(ID,),
        answer=examples.WITHDRAWN_INVITATION,
    )
    def post(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)

        def perform() -> Response:
            invitation = services.invitation_withdraw(actor=self.actor(request), invitation_id=int(id))
            return Response(InvitationSerializer(invitation).data)

        return self.once(request, perform)


class InvitationAcceptView(ApiView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "sign_in"

    @extend_schema(
        summary="Take the seat that an invitation offers",
        tags=["members"],
        request=AcceptSerializer,
        responses={201: MemberSerializer, **problems(400, 404, 406, 409, 413, 415, 429)},
        auth=[{}],
        examples=[
            OpenApiExample("Request", value=examples.ACCEPT, request_only=True),
            OpenApiExample("Answer", value=examples.MEMBER, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        given = AcceptSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        user = services.invitation_accept(token=wanted.pop("token"), person=services.PersonInput(**wanted))
        return Response(MemberSerializer(user).data, status=201)


class OrganisationsView(ApiView):
    @read(
        OrganisationPageSerializer,
        operation_id="organisations_list",
        summary="The organisations that you look after",
        tag="members",
        parameters=PAGE_PARAMETERS,
        example={"results": [examples.ORGANISATION], "next": None},
    )
    def get(self, request: Request) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        rows, following = page(request, organisations_managed_by(request.user))
        return Response(OrganisationPageSerializer({"results": rows, "next": following}).data)


class OrganisationView(ApiView):
    @read(
        OrganisationSerializer,
        summary="One organisation",
        tag="members",
        parameters=[ID],
        example=examples.ORGANISATION,
    )
    def get(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        return Response(OrganisationSerializer(organisation_managed_by(request.user, int(id))).data)


class BranchesView(ApiView):
    @write(
        BranchSerializer,
        OrganisationSerializer,
        summary="Open a branch",
        tag="members",
        success=201,
        parameters=(ID,),
        example={"name": "城南支行"},
        answer=examples.ORGANISATION,
    )
    def post(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.MEMBERS_MANAGE)
        given = BranchSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            branch = services.branch_open(actor=self.actor(request), parent_id=int(id), **given.validated_data)
            return Response(OrganisationSerializer(branch).data, status=201)

        return self.once(request, perform)


class SuspendView(ApiView):
    @write(
        SuspensionSerializer,
        OrganisationSerializer,
        summary="Suspend an organisation",
        tag="members",
        parameters=(ID,),
        example={"reason": "营业执照已被吊销"},
        answer=examples.SUSPENDED_ORGANISATION,
        description="For the platform. Its people see nothing but their own account, what it offers is not found.",
    )
    def post(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.PLATFORM)
        given = SuspensionSerializer(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            organisation = services.organisation_suspend(
                actor=self.actor(request), organisation_id=int(id), reason=given.validated_data["reason"]
            )
            return Response(OrganisationSerializer(organisation).data)

        return self.once(request, perform)


class ResumeView(ApiView):
    @write(
        None,
        OrganisationSerializer,
        summary="Let a suspended organisation take part again",
        tag="members",
        parameters=(ID,),
        answer=examples.ORGANISATION,
    )
    def post(self, request: Request, id: int) -> Response:
        demand(self.actor(request), Action.PLATFORM)
        NothingSerializer(data=request.data).is_valid(raise_exception=True)

        def perform() -> Response:
            organisation = services.organisation_resume(actor=self.actor(request), organisation_id=int(id))
            return Response(OrganisationSerializer(organisation).data)

        return self.once(request, perform)


def _within(request: Request, rows: Any) -> Any:
    """Those of the organisation that the query names; all where it names none. Raises InvalidInput."""
    wanted = request.query_params.get("organisation")
    if wanted is None:
        return rows
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise InvalidInput(_("An organisation is named by its number."), code="unknown_choice", field="organisation")
    return rows.filter(organisation=int(wanted))
