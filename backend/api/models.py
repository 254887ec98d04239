"""What the API itself has to remember."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotentAnswer(models.Model):
    """The stored answer of one unsafe call. Effect and answer commit together; UNIQUE decides who was first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=_("caller"))
    key = models.CharField(_("idempotency key"), max_length=100)
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=300)
    body_hash = models.CharField(_("hash of the body"), max_length=64)
    status = models.PositiveSmallIntegerField(_("HTTP status"))
    answer = models.JSONField(_("answer"), null=True)
    headers = models.JSONField(_("headers"), default=dict)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotent_answer_unique")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"
