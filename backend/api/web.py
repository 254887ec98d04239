"""Pages and answers of the API that are not operations."""

from __future__ import annotations

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularSwaggerSplitView

from backend.api.problems import problem_response


@csrf_exempt  # whatever the method: nothing can be forged where nothing is
def unknown_address(request: HttpRequest) -> HttpResponse:
    return problem_response(code="not_found", status=404, title=_("There is nothing at this address"))


# Swagger's page sets styles from its script; the rest of the policy stays as it is.
@method_decorator(csp_update({"style-src": ["'unsafe-inline'"]}), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    """The API's reference page. Its script is a file of its own, so the policy needs no inline script."""
