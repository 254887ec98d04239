from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class LifecycleConfig(AppConfig):
    name = "backend.lifecycle"
    label = "lifecycle"

    def ready(self) -> None:
        post_migrate.connect(_install, sender=self)


def _install(*, using: str, **given: Any) -> None:
    if "plan" in given:  # `flush` sends the same signal, without a plan: it puts the guards back by itself
        from backend.lifecycle.guard import install  # noqa: PLC0415  models are ready only now

        install(connections[using])
