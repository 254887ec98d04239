"""The addresses of a need's matches."""

from django.urls import re_path

from backend.matches import web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    re_path(rf"^needs/{ID}/$", web.need, name="need"),
    re_path(rf"^needs/{ID}/compare/$", web.compare, name="need-compare"),
]
