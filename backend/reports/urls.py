"""The addresses of reports."""

from django.urls import re_path

from backend.reports import web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    re_path(rf"^needs/{ID}/report/$", web.need_report, name="need-report"),
    re_path(rf"^reports/{ID}/$", web.report, name="report"),
    re_path(rf"^reports/{ID}/retry/$", web.retry, name="report-retry"),
    re_path(rf"^reports/{ID}/file/$", web.file, name="report-file"),
]
