"""Settings of the REST API."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The token comes first, so that a refused call answers 401 and names how to sign in.
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backend.api.problems.exception_handler",
    "DEFAULT_THROTTLE_RATES": {"sign_in": "10/min"},
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNICODE_JSON": True,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "融桥 Rongqiao API",
    "DESCRIPTION": (
        "Companies, needs, products, matches and leads of the financing marketplace.\n\n"
        "Money is a decimal string in the currency of the deployment; rates are per cent a year; times are RFC 3339. "
        "Errors are RFC 9457 problem details with a stable `code`. Unsafe calls take an `Idempotency-Key`; "
        "updates take the `ETag` of the last read as `If-Match`; lists are paged by an opaque `cursor`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKind": "backend.accounts.roles.Kind",
        "Role": "backend.accounts.roles.Role",
        "PaperKind": "backend.verification.models.PaperKind",
        "VerificationStatus": "backend.verification.models.Verification.Status",
        "ApplicationStatus": "backend.applications.cycle.Status",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}
