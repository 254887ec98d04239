"""Refusals and faults as pages in the site's own style; under /api/ as problem details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from backend.api.problems import problem_response
from backend.common.errors import DomainError, NotAllowed, NotFound
from search.port import SearchError

API = "/api/"
TRY_AGAIN_SECONDS = 30


View = TypeVar("View", bound=Callable[..., HttpResponse])


def page(view: View) -> View:
    """A view whose refusals become pages: 404 and 403 as everywhere, others with the reason in words."""

    @wraps(view)
    def shown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied from error
        except DomainError as error:
            return refused(request, status=error.status, title=str(error.title), detail=error.message)
        except SearchError as error:
            return refused(
                request,
                status=error.status,
                title=_("Search is away for the moment"),
                detail=_("Your data is safe. Try again in a minute."),
            )

    return cast(View, shown)


def refused(
    request: HttpRequest, *, status: int, title: str, detail: str, ways: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """`ways`: (address, what is there), where to go on; the home page and the products where none is given."""
    context = {"status": status, "title": title, "detail": detail, "ways": ways}
    response = render(request, "error.html", context, status=status)
    if status == 503:
        response["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without a request's context: whatever failed may be part of it."""
    if request.path.startswith(API):
        return problem_response(
            code="server_error",
            status=500,
            title=_("Something went wrong on our side"),
            detail=_("Nothing you sent is at fault. It has been noted; try again in a minute."),
        )
    return HttpResponseServerError(render_to_string("500.html"))
