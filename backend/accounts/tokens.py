"""The tokens of the API, which are the framework's."""

from __future__ import annotations

from rest_framework.authtoken.models import Token

from backend.accounts.models import User


def end_tokens(person: User) -> None:
    Token.objects.filter(user=person).delete()
