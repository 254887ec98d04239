"""Settings of signing in: django-allauth's, and what is asked for besides a password."""

from __future__ import annotations

# Whose people show a second factor before anything else; those of companies may.
SECOND_FACTOR_KINDS = ["institution", "bureau", "advisers", "platform"]

AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",  # of the demo's way in, which asks for no password
]
ACCOUNT_ADAPTER = "backend.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # of the other sessions none stays: their hash no longer fits
ACCOUNT_RATE_LIMITS: dict[str, str | None] = {
    "login": "30/m/ip",
    # Five wrong passwords, or codes, lock a user name out for five minutes, by page and by API.
    "login_failed": "20/m/ip,5/5m/key",
}
ACCOUNT_FORMS: dict[str, str] = {
    "login": "backend.accounts.forms.SignInForm",
    "change_password": "backend.accounts.forms.PasswordChangeForm",
    "set_password": "backend.accounts.forms.PasswordSetForm",
    "reset_password": "backend.accounts.forms.PasswordResetForm",
    "reset_password_from_key": "backend.accounts.forms.NewPasswordForm",
    "add_email": "backend.accounts.forms.AddressForm",
    "change_email": "backend.accounts.forms.AddressForm",
    "reauthenticate": "backend.accounts.forms.PasswordAgainForm",
}
MFA_ADAPTER = "backend.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # half a minute that a clock may be wrong
MFA_TOTP_ISSUER = "融桥 Rongqiao"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS: dict[str, str] = {
    "activate_totp": "backend.accounts.forms.ActivateForm",
    "authenticate": "backend.accounts.forms.CodeForm",
    "reauthenticate": "backend.accounts.forms.CodeAgainForm",
}
SESSION_COOKIE_AGE = 14 * 24 * 3600
