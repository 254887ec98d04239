"""The base of every API view: idempotency, versions in ETags, and the OpenAPI description of both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from backend.accounts.models import User
from backend.api import examples, idempotency
from backend.api.parsing import read_body
from backend.api.problems import CONTENT_TYPE
from backend.api.serializers import NothingSerializer, ProblemSerializer
from backend.common.errors import Conflict, DomainError, InvalidInput

_VERSION = re.compile(r'^(?:W/)?"(\d{1,9})"$')
_READ_PROBLEMS = (400, 401, 403, 404, 406)
_WRITE_PROBLEMS = (400, 401, 403, 404, 406, 409, 413, 415, 422)
_MEANING = {
    400: "The input cannot be used; `errors` names the fields.",
    401: "Not signed in.",
    403: "The caller's role does not allow this.",
    404: "Nothing here that the caller may see.",
    406: "No JSON accepted.",
    409: "The thing is in another state, or another one like it exists.",
    412: "Changed since it was read: read it again.",
    413: "The body is larger than the site takes.",
    415: "Not JSON.",
    422: "The idempotency key was used for another request.",
    428: "`If-Match` is missing.",
    429: "Too many tries; wait as `Retry-After` says.",
    503: "Search is away for the moment.",
}

ID = OpenApiParameter("id", {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}, OpenApiParameter.PATH)
LANGUAGE = OpenApiParameter(
    "Accept-Language", str, OpenApiParameter.HEADER, description="`zh-hans` (default) or `en`: the language of texts."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    {"type": "string", "minLength": 8, "maxLength": 100, "pattern": r"^[\x21-\x7e]{8,100}$"},
    OpenApiParameter.HEADER,
    description="Makes the call safe to repeat: the same key and body give the first answer again.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": r'^(W/)?"\d{1,9}"$'},
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` of the last read.",
)


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string", "pattern": r'^(W/)?"[0-9a-f]{1,32}"$'},
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer: 304 without a body where nothing changed.",
)


class PreconditionRequired(DomainError):
    code = "if_match_required"
    status = status.HTTP_428_PRECONDITION_REQUIRED


class PreconditionFailed(DomainError):
    code = "version_conflict"
    status = status.HTTP_412_PRECONDITION_FAILED


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """The problem answers of an operation, for its OpenAPI description."""
    return {
        (code, CONTENT_TYPE): OpenApiResponse(
            ProblemSerializer,
            _MEANING[code],
            examples=[OpenApiExample("Problem", value=examples.PROBLEMS[code], response_only=True)],
        )
        for code in statuses
    }


def _answer(value: Any, status: int) -> OpenApiExample:
    return OpenApiExample("Answer", value=value, response_only=True, status_codes=[str(status)])


def read(
    response: Any,
    *,
    summary: str,
    tag: str,
    example: Any,
    parameters: list[OpenApiParameter] | None = None,
    also: tuple[int, ...] = (),
    public: bool = False,
    description: str = "",
    operation_id: str | None = None,
) -> Callable[..., Any]:
    """Describe a GET. `example` is an answer. A query parameter that is not among `parameters` is refused."""
    described = [*(parameters or []), IF_NONE_MATCH]
    describe = extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        tags=[tag],
        parameters=described,
        responses={
            200: response,
            304: OpenApiResponse(description="Unchanged since the ETag sent."),
            **problems(*sorted({*_READ_PROBLEMS, *also})),
        },
        auth=[{}] if public else None,
        examples=[_answer(example, 200)],
    )

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        found: Callable[..., Any] = describe(method)
        found.parameters = tuple(one.name for one in described if one.location == OpenApiParameter.QUERY)  # type: ignore[attr-defined]
        return found

    return mark


def write(
    request: Any,
    response: Any,
    *,
    summary: str,
    tag: str,
    answer: Any,
    example: Any = None,
    success: int = 200,
    versioned: bool = False,
    identified: bool = False,
    also: tuple[int, ...] = (),
    description: str = "",
    parameters: tuple[OpenApiParameter, ...] = (),
    operation_id: str | None = None,
) -> Callable[..., Any]:
    """Describe a POST or PATCH: `example` is a body, `answer` what it gives. `versioned`: it takes If-Match,
    at an `id`; `identified`: its address names a thing though it does not."""
    extra = (412, 428) if versioned else ()
    taken = (ID, *parameters) if versioned or identified else parameters
    body = [] if example is None else [OpenApiExample("Request", value=example, request_only=True)]
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        tags=[tag],
        parameters=[*taken, IDEMPOTENCY_KEY, *([IF_MATCH] if versioned else [])],
        request=request,
        responses={success: response, **problems(*sorted({*_WRITE_PROBLEMS, *extra, *also}))},
        examples=[*body, _answer(answer, success)],
    )


class ApiView(APIView):
    """Reads are scoped by `request.user`; unsafe methods run through `once`."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        read_body(request)
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            known = getattr(getattr(self, "get", None), "parameters", None)
            if known is not None:  # else there is nothing to read here: 405
                _refuse_unknown(request, known)

    def once(self, request: Request, perform: Callable[[], Response]) -> Response:
        """Run a write for its idempotency key. A lost race against another change is 412 where If-Match was sent."""
        try:
            return idempotency.once(request, perform)
        except Conflict as error:
            if error.code == "version_conflict" and "If-Match" in request.headers:
                raise PreconditionFailed(error.message, field="If-Match") from error
            raise

    def actor(self, request: Request) -> User:
        """The signed-in caller. Raises NotAuthenticated."""
        if not isinstance(request.user, User):
            raise NotAuthenticated
        return request.user

    def expected_version(self, request: Request) -> int:
        """The version in If-Match; its absence is 428, another form 400."""
        header = request.headers.get("If-Match")
        if header is None:
            raise PreconditionRequired(
                _("Send the ETag of your last read as If-Match, so that nobody's change is lost."), field="If-Match"
            )
        found = _VERSION.match(header)
        if found is None:
            raise InvalidInput(_('If-Match is the ETag of your last read, for example "3".'), field="If-Match")
        return int(found.group(1))

    def versioned(self, data: Any, version: int, *, status: int = 200, location: str | None = None) -> Response:
        """`data` with its version as a strong ETag."""
        headers = {"ETag": f'"{version}"'}
        if location:
            headers["Location"] = location
        return Response(data, status=status, headers=headers)


def _refuse_unknown(request: Request, known: tuple[str, ...]) -> None:
    """A list that leaves a misspelt filter aside would answer more than was asked for."""
    for name in request.query_params:
        if name not in known:
            message = _("There is no such parameter here; known are: %(known)s.") % {"known": ", ".join(known)}
            if not known:
                message = _("This address takes no parameters.")
            raise InvalidInput(message, code="unknown_parameter", field=name[:80] or "?")


class Versioned(Protocol):
    """A row whose version is its ETag."""

    version: int


class StateChangeView(ApiView):
    """POST moves one thing into another state. A subclass says which service does it, and how the thing is shown."""

    shown_by: type[Serializer]
    takes: type[Serializer] = NothingSerializer
    """The body; its fields are arguments of the change."""

    def change(self, *, actor: User, id: int, expected_version: int, **given: Any) -> Versioned:
        raise NotImplementedError

    def post(self, request: Request, id: int) -> Response:
        expected = self.expected_version(request)
        given = self.takes(data=request.data)
        given.is_valid(raise_exception=True)

        def perform() -> Response:
            changed = self.change(
                actor=self.actor(request), id=int(id), expected_version=expected, **given.validated_data
            )
            return self.versioned(self.shown_by(changed).data, changed.version)

        return self.once(request, perform)


def post_of(shown_by: type[Serializer], *, tag: str) -> Callable[..., Any]:
    """Describes the POST of StateChangeViews of one kind of thing: `describe(summary, answer, body=…, …)`, with what
    else `write` takes."""

    def describe(summary: str, answer: Any, *, body: type[Serializer] | None = None, **described: Any) -> Any:
        return extend_schema_view(
            post=write(body, shown_by, summary=summary, tag=tag, versioned=True, answer=answer, **described)
        )

    return describe
