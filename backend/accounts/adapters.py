"""django-allauth's choices that are this site's: its words, what is asked again, how secrets are kept."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts import mail, second_factor
from backend.accounts.models import User

Text = str | Promise
PROVED_FOR_SECONDS = 300
"""So long after signing in, the password is not asked for again."""

_SAID: Mapping[str, Text] = {
    "account/messages/password_changed.txt": _("Your password is changed. Your other sessions have ended."),
    "account/messages/password_set.txt": _("Your password is set."),
    "account/messages/email_confirmation_sent.txt": _("We have sent a link to the new address: open it to confirm."),
    "account/messages/email_confirmed.txt": _("The address is confirmed."),
    "account/messages/email_confirmation_failed.txt": _("Somebody else has confirmed this address already."),
    "account/messages/email_deleted.txt": _("The address is removed."),
    "account/messages/primary_email_set.txt": _("This is your address now."),
    "mfa/messages/totp_activated.txt": _("The second factor is set up."),
    "mfa/messages/totp_deactivated.txt": _("The second factor is switched off."),
    "mfa/messages/recovery_codes_generated.txt": _("These recovery codes are shown once: keep them somewhere safe."),
    "usersessions/messages/sessions_logged_out.txt": _("The other sessions have ended."),
}
"""What a page says after a change; what is not here is not worth a word."""

_CHANGE = _("If that was not you, set a new password at once and tell your administrator.")
_MAILS: Mapping[str, tuple[Text, Text, str]] = {
    "account/email/password_reset_key": (
        _("Set a new password"),
        _("Somebody asked for a new password for your account. Open this link to set it; it works once."),
        "password_reset_url",
    ),
    "account/email/unknown_account": (
        _("No account with this address"),
        _("Somebody asked for a new password, but nobody signs in with this address. A company can sign up here."),
        "signup_url",
    ),
    "account/email/email_confirmation": (
        _("Confirm your e-mail address"),
        _("Open this link to confirm that the address is yours."),
        "activate_url",
    ),
    "account/email/email_confirmation_signup": (
        _("Confirm your e-mail address"),
        _("Welcome. Open this link to confirm that the address is yours."),
        "activate_url",
    ),
    "account/email/password_changed": (_("Your password was changed"), _CHANGE, ""),
    "account/email/password_reset": (_("Your password was set anew"), _CHANGE, ""),
    "account/email/password_set": (_("Your password was set"), _CHANGE, ""),
    "account/email/email_changed": (_("Your e-mail address was changed"), _CHANGE, ""),
    "account/email/email_confirm": (_("Your e-mail address was confirmed"), _CHANGE, ""),
    "account/email/email_deleted": (_("An e-mail address was removed"), _CHANGE, ""),
    "mfa/email/totp_activated": (_("Your second factor was set up"), _CHANGE, ""),
    "mfa/email/totp_deactivated": (_("Your second factor was switched off"), _CHANGE, ""),
    "mfa/email/recovery_codes_generated": (_("New recovery codes were made"), _CHANGE, ""),
}
"""Subject, text, and the name of the link in the context. An e-mail that is not here is a fault: KeyError."""


class AccountAdapter(DefaultAccountAdapter):
    error_messages: dict[str, Text] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The user name or the password is wrong."),
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "too_many_login_attempts": _("Too many wrong tries. Wait five minutes, or set a new password."),
        "rate_limited": _("Too many tries. Wait a few minutes."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("The present password is wrong."),
        "incorrect_code": _("This code is wrong or has run out. Use the one that the app shows now."),
        "duplicate_email": _("This is your address already."),
        "invalid_password_reset": _("This link was used already, or has run out."),
    }

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not for whoever signed in just now."""
        request = current.request
        records = get_authentication_records(request, request.user)
        if records and time.time() - records[-1]["at"] < PROVED_FOR_SECONDS:
            return False
        return bool(super().is_reauthentication_required(app=app))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or _SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        subject, text, link = _MAILS[template_prefix]
        mail.send_later(
            "account",
            to=email,
            context={
                "subject": subject,
                "text": text,
                "link": context[link] if link else "",
                "username": context.get("username", ""),
                "at": context.get("timestamp"),
                "ip": context.get("ip", ""),
                "device": context.get("user_agent", ""),
            },
        )


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages: dict[str, Text] = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("Your organisation's people need a second factor: it cannot be switched off."),
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "unverified_email": _("Confirm your e-mail address first: open the link that we have sent to it."),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not second_factor.obligatory_for(User.objects.get(pk=authenticator.user_id))

    def encrypt(self, text: str) -> str:
        """With keys made of SECRET_KEY: the first of them writes, all of them read, so that the secret may be renewed
        (`SECRET_KEY_FALLBACKS`)."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    secrets = (force_bytes(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    digests = (hashlib.blake2b(one, digest_size=32, person=b"second factor").digest() for one in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
