"""Verification over the API: the organisation's request with its papers, the officer's queue and decision."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from backend.accounts.models import User
from backend.api import examples
from backend.api.pages import PAGE_PARAMETERS, choices_of, choices_parameter, page, page_of
from backend.api.serializers import InputSerializer, NothingSerializer, ReasonSerializer
from backend.api.views import ID, ApiView, StateChangeView, post_of, read, write
from backend.common.errors import InvalidInput
from backend.verification import services
from backend.verification.models import PaperKind, Verification
from backend.verification.queries import (
    paper_content,
    paper_visible_to,
    papers_of,
    verification_visible_to,
    verifications_visible_to,
)


@extend_schema_serializer(component_name="Paper")
class PaperSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(PaperKind.choices)
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    added_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="PaperContent")
class PaperContentSerializer(PaperSerializer):
    content = serializers.CharField(help_text="Base64.")


@extend_schema_serializer(component_name="Verification")
class VerificationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    organisation = serializers.IntegerField(source="organisation_id")
    name = serializers.CharField()
    credit_code = serializers.CharField()
    status = serializers.ChoiceField(Verification.Status.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    version = serializers.IntegerField()


@extend_schema_serializer(component_name="VerificationWithPapers")
class WithPapersSerializer(VerificationSerializer):
    papers = PaperSerializer(many=True, source="own_papers")


@extend_schema_serializer(component_name="NewPaper")
class NewPaperSerializer(InputSerializer):
    kind = serializers.ChoiceField(PaperKind.choices)
    name = serializers.CharField(max_length=120)
    content = serializers.CharField(
        help_text="A PDF, JPEG or PNG in base64; the body has room for some 1.8 MB of file."
    )


@extend_schema_serializer(component_name="Submission")
class SubmissionSerializer(InputSerializer):
    credit_code = serializers.CharField(
        max_length=18, required=False, help_text="An institution states its own; a company's is the one that it filed."
    )


VerificationPageSerializer = page_of(VerificationSerializer, "VerificationPage")
STATUSES = [status.value for status in Verification.Status]


def _shown(verification: Verification) -> dict[str, Any]:
    verification.own_papers = papers_of(verification)  # type: ignore[attr-defined]
    return WithPapersSerializer(verification).data


class VerificationsView(ApiView):
    @read(
        VerificationPageSerializer,
        operation_id="verifications_list",
        summary="The verifications that you may see",
        tag="verification",
        parameters=[choices_parameter("status", STATUSES, "Only those in this state."), *PAGE_PARAMETERS],
        also=(400,),
        example={"results": [examples.VERIFICATION], "next": None},
        description="An officer's queue is `status=submitted`.",
    )
    def get(self, request: Request) -> Response:
        rows = verifications_visible_to(request.user)
        wanted = choices_of(request, "status", STATUSES)
        rows, following = page(request, rows.filter(status__in=wanted) if wanted else rows)
        return Response(VerificationPageSerializer({"results": rows, "next": following}).data)

    @write(
        None,
        WithPapersSerializer,
        summary="Begin a request for the own organisation, or go on with the one under way",
        tag="verification",
        success=201,
        answer=examples.VERIFICATION_WITH_PAPERS,
    )
    def post(self, request: Request) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)

        def perform() -> Response:
            found = services.verification_begin(actor=self.actor(request))
            location = reverse("api:verification", args=[found.pk], request=request)
            return self.versioned(_shown(found), found.version, status=201, location=location)

        return self.once(request, perform)


class VerificationView(ApiView):
    @read(
        WithPapersSerializer,
        summary="One verification with its papers",
        tag="verification",
        parameters=[ID],
        example=examples.VERIFICATION_WITH_PAPERS,
    )
    def get(self, request: Request, id: int) -> Response:
        found = verification_visible_to(request.user, int(id))
        return self.versioned(_shown(found), found.version)


class PapersView(ApiView):
    @write(
        NewPaperSerializer,
        PaperSerializer,
        summary="Add a paper",
        tag="verification",
        success=201,
        parameters=(ID,),
        example=examples.NEW_PAPER,
        answer=examples.PAPER,
    )
    def post(self, request: Request, id: int) -> Response:
        verification_visible_to(request.user, int(id))
        given = NewPaperSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        content = _decoded(wanted.pop("content"))

        def perform() -> Response:
            paper = services.paper_add(actor=self.actor(request), verification_id=int(id), content=content, **wanted)
            return Response(PaperSerializer(paper).data, status=201)

        return self.once(request, perform)


class PaperView(ApiView):
    @read(
        PaperContentSerializer,
        summary="A paper with its content",
        tag="verification",
        parameters=[ID],
        example=examples.PAPER_WITH_CONTENT,
    )
    def get(self, request: Request, id: int) -> Response:
        paper = paper_visible_to(request.user, int(id))
        paper.content = base64.b64encode(paper_content(paper)).decode()  # type: ignore[attr-defined]
        return Response(PaperContentSerializer(paper).data)


class VerificationStateView(StateChangeView):
    shown_by = VerificationSerializer
    service: ClassVar[Callable[..., Verification]]

    def change(self, *, actor: User, id: int, expected_version: int, **given: Any) -> Verification:
        return type(self).service(actor=actor, verification_id=id, expected_version=expected_version, **given)


_post = post_of(VerificationSerializer, tag="verification")


@_post(
    "Hand a request in",
    examples.VERIFICATION,
    body=SubmissionSerializer,
    example={"credit_code": "91350200MA2YJ1XR9G"},
)
class SubmitView(VerificationStateView):
    takes = SubmissionSerializer
    service = staticmethod(services.verification_submit)


@_post("Take a request back", examples.WITHDRAWN_VERIFICATION)
class WithdrawView(VerificationStateView):
    service = staticmethod(services.verification_withdraw)


@_post("Approve a request", examples.APPROVED_VERIFICATION)
class ApproveView(VerificationStateView):
    service = staticmethod(services.verification_approve)


@_post("Return a request", examples.RETURNED_VERIFICATION, body=ReasonSerializer, example=examples.REFUSAL)
class ReturnView(VerificationStateView):
    takes = ReasonSerializer
    service = staticmethod(services.verification_return)


@_post("Revoke what was approved", examples.REVOKED_VERIFICATION, body=ReasonSerializer, example=examples.REFUSAL)
class RevokeView(VerificationStateView):
    takes = ReasonSerializer
    service = staticmethod(services.verification_revoke)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(_("The content is not base64."), code="paper_unreadable", field="content") from error
