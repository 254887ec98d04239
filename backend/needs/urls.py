"""The addresses of needs."""

from django.urls import path

from backend.needs import web

urlpatterns = [
    path("needs/new/", web.new, name="need-new"),
    path("needs/count/", web.count, name="need-count-new"),
    path("needs/<int:id>/", web.show, name="need"),
    path("needs/<int:id>/edit/<slug:step>/", web.edit, name="need-edit"),
    path("needs/<int:id>/count/", web.count, name="need-count"),
    path("needs/<int:id>/close/", web.close, name="need-close"),
    path("needs/<int:id>/reopen/", web.reopen, name="need-reopen"),
]
