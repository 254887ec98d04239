"""Errors as RFC 9457 problem details, each with a stable `code` and, where there is one, the offending field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from backend.common.errors import DomainError
from search.port import SearchError

CONTENT_TYPE = "application/problem+json"


def problem(
    *, code: str, status: int, title: str, detail: str = "", errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """The body of one problem. `errors` lists {"field", "code", "message"}; `type` names the code's page."""
    body: dict[str, Any] = {
        "type": f"urn:rongqiao:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return body


def _field_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            here = "" if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
            yield from _field_errors(value, f"{path}.{here}".strip(".") if path and here else path or here)
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            nested = isinstance(value, (dict, list))
            yield from _field_errors(value, f"{path}[{position}]" if nested and path else path)
    else:
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "message": str(detail)}


def _body_of(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, DomainError):
        field_errors = [{"field": error.field, "code": error.code, "message": error.message}] if error.field else None
        return problem(
            code=error.code, status=error.status, title=str(error.title), detail=error.message, errors=field_errors
        )
    if isinstance(error, SearchError) and error.status == status.HTTP_503_SERVICE_UNAVAILABLE:
        return problem(
            code=error.code,
            status=error.status,
            title=_("Search is away for the moment"),
            detail=_("Your data is safe. Try again in a minute."),
        )
    if isinstance(error, Http404):
        return problem(code="not_found", status=404, title=_("There is nothing here that you may see"))
    if isinstance(error, PermissionDenied):
        return problem(code="permission_denied", status=403, title=_("Your role does not allow this"))
    if isinstance(error, exceptions.ValidationError):
        return problem(
            code="invalid_input",
            status=400,
            title=_("Some of the input cannot be used"),
            detail=_("Correct the fields listed in errors and send the request again. Nothing was changed."),
            errors=list(_field_errors(error.detail)),
        )
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
        return problem(code=code, status=error.status_code, title=str(error.detail))
    return None


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook. None lets an unexpected error reach the log and the 500 page."""
    body = _body_of(error)
    if body is None:
        return None
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.APIException):
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    elif body["status"] == status.HTTP_503_SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "30"
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def problem_response(
    *, code: str, status: int, title: str, detail: str = "", errors: list[dict[str, str]] | None = None
) -> HttpResponse:
    """A problem from outside DRF (middleware, 404 and 500 of the API)."""
    return JsonResponse(
        problem(code=code, status=status, title=title, detail=detail, errors=errors),
        status=status,
        content_type=CONTENT_TYPE,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(code="not_found", status=404, title=_("There is nothing here that you may see"))
