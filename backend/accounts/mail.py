"""E-mails about accounts: a subject and a text from `templates/accounts/mail/`, sent after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)


def send_later(name: str, *, to: str, context: Mapping[str, Any]) -> None:
    """Written now, in the language that is active; a post office that is away fails nothing that was done, and is
    logged."""
    subject = " ".join(render_to_string(f"accounts/mail/{name}_subject.txt", dict(context)).split())
    text = render_to_string(f"accounts/mail/{name}.txt", dict(context))

    def send() -> None:
        try:
            send_mail(subject, text, None, [to])
        except Exception as error:
            log.warning("mail_not_sent", mail=name, reason=f"{type(error).__name__}: {error}")

    transaction.on_commit(send)
