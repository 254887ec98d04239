"""Health addresses: `live` for restarts, `ready` for traffic."""

from django.urls import path

from backend.operations import web

urlpatterns = [
    path("live", web.live, name="health-live"),
    path("ready", web.ready, name="health-ready"),
]
