"""Every write of organisations and people."""

from __future__ import annotations

from django.db import transaction

from backend.accounts.models import Organisation, User

PLATFORM_USER = "platform"


@transaction.atomic
def platform_account() -> User:
    """The account in whose name imports and commands write. It has no password, so nobody signs in with it."""
    user = User.objects.filter(username=PLATFORM_USER).select_related("organisation").first()
    if user is not None:
        return user
    organisation, _created = Organisation.objects.get_or_create(
        kind=Organisation.Kind.PLATFORM, defaults={"name": "融桥"}
    )
    user = User(username=PLATFORM_USER, organisation=organisation, role=User.Role.OWNER)
    user.set_unusable_password()
    user.save()
    return user
