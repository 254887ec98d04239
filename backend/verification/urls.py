"""The addresses of verification."""

from django.urls import path, re_path

from backend.verification import web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("verification/", web.own, name="verification"),
    re_path(rf"^verification/papers/{ID}/$", web.paper, name="verification-paper"),
    re_path(rf"^verification/papers/{ID}/remove/$", web.paper_remove, name="verification-paper-remove"),
    path("bureau/verifications/", web.officer_queue, name="verification-queue"),
    re_path(rf"^bureau/verifications/{ID}/$", web.decision, name="verification-decision"),
]
