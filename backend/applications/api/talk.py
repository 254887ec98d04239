"""Messages and papers of a case over the API. A file travels in base64 within the body, up to the size that the API
takes; larger ones go by the site's pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.serializers import InputSerializer
from backend.api.views import ID, ApiView, problems, read, write
from backend.applications import services
from backend.applications.api import examples
from backend.applications.api.shapes import MessageSerializer, by_message
from backend.applications.papers import LONGEST_NAME
from backend.applications.queries import (
    application_visible_to,
    attachment_content,
    attachment_visible_to,
    attachments_visible_to,
    messages_visible_to,
)
from backend.applications.services.talking import LONGEST
from backend.common.errors import InvalidInput

OCTETS = "application/octet-stream"


@extend_schema_serializer(component_name="FileInput")
class FileSerializer(InputSerializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    kind = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    content = serializers.CharField(trim_whitespace=False, help_text="The file in base64.")


@extend_schema_serializer(component_name="CaseMessageInput")
class MessageInputSerializer(InputSerializer):
    text = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")
    internal = serializers.BooleanField(default=False, help_text="For the institution's own people alone.")
    files = FileSerializer(many=True, required=False, default=list)


@extend_schema_serializer(component_name="CaseMessages")
class MessagesSerializer(serializers.Serializer):
    results = MessageSerializer(many=True)


def papers_of(files: Sequence[Mapping[str, Any]]) -> tuple[services.Paper, ...]:
    """Raises InvalidInput, code `invalid`, for what is no base64."""
    return tuple(
        services.Paper(name=one["name"], kind=one["kind"], content=_decoded(one["content"], f"files[{place}].content"))
        for place, one in enumerate(files)
    )


def _decoded(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(_("This is no base64."), code="not_base64", field=field) from error


class MessagesView(ApiView):
    @read(
        MessagesSerializer,
        summary="What the two sides wrote in a case, oldest first",
        tag="applications",
        parameters=[ID],
        example={"results": [examples.MESSAGE]},
        description="Nobody but the two sides reads messages.",
    )
    def get(self, request: Request, id: int) -> Response:
        case = application_visible_to(request.user, int(id))
        messages = messages_visible_to(request.user).filter(application=case)
        papers = attachments_visible_to(request.user).filter(message__application=case)
        context = {"attachments": by_message(papers)}
        return Response(MessagesSerializer({"results": messages}, context=context).data)

    @write(
        MessageInputSerializer,
        MessageSerializer,
        summary="Write to the other side, or a note for one's own",
        tag="applications",
        identified=True,
        success=201,
        also=(503,),
        example=examples.NEW_MESSAGE,
        answer=examples.MESSAGE,
    )
    def post(self, request: Request, id: int) -> Response:
        given = MessageInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data

        def perform() -> Response:
            data = services.MessageInput(text=said["text"], internal=said["internal"], papers=papers_of(said["files"]))
            message = services.message_post(actor=self.actor(request), application_id=int(id), data=data)
            papers = attachments_visible_to(request.user).filter(message=message)
            shown = MessageSerializer(message, context={"attachments": by_message(papers)})
            return Response(shown.data, status=201)

        return self.once(request, perform)


class OctetRenderer(BaseRenderer):
    """For callers that accept nothing else; problems are JSON all the same."""

    media_type = OCTETS
    format = "octets"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return bytes(JSONRenderer().render(data))


class AttachmentView(ApiView):
    renderer_classes = [OctetRenderer, JSONRenderer]

    @extend_schema(
        summary="A paper of a case, as it was handed over",
        tags=["applications"],
        parameters=[ID],
        responses={
            (200, OCTETS): OpenApiResponse(
                OpenApiTypes.BINARY, examples=[OpenApiExample("Answer", value="%PDF-1.7", response_only=True)]
            ),
            **problems(400, 401, 403, 404, 406),
        },
        description="The two sides' alone. Its name and media type stand with its message.",
    )
    def get(self, request: Request, id: int) -> HttpResponse:
        found = attachment_visible_to(request.user, int(id))
        return download(attachment_content(found), OCTETS, found.name, found.sha256)

    get.parameters = ()  # type: ignore[attr-defined]


def download(content: bytes, media_type: str, name: str, digest: str) -> HttpResponse:
    """A file to keep, never to be opened within the site, and kept by nobody on its way."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    response["ETag"] = f'"{digest}"'
    return response
