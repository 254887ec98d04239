"""The forms of signing in, of one's own account and of an organisation's people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.accounts.handover import Held
from backend.accounts.models import User
from backend.accounts.queries import successors_for
from backend.accounts.roles import ROLES, Kind, Role
from backend.common.errors import DomainError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Label = Promise | str

PASSWORD_HINT = _("At least 10 characters, and none of the common ones. A short sentence is easy to keep in mind.")


class _Plain(forms.Form):
    """A form of allauth in this site's words: without placeholders, one field for a new password."""

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            if field.widget.attrs.get("autocomplete") == "one-time-code":
                field.widget.attrs |= {"inputmode": "numeric", "maxlength": "12"}


class SignInForm(_Plain, account.LoginForm):
    labels = {"login": _("User name or e-mail address"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class PasswordChangeForm(_Plain, account.ChangePasswordForm):
    labels = {"oldpassword": _("Present password"), "password1": _("New password")}
    hints = {"password1": PASSWORD_HINT}


class PasswordSetForm(_Plain, account.SetPasswordForm):
    labels = {"password1": _("New password")}
    hints = {"password1": PASSWORD_HINT}


class PasswordResetForm(_Plain, account.ResetPasswordForm):
    labels = {"email": _("E-mail address")}


class NewPasswordForm(_Plain, account.ResetPasswordKeyForm):
    labels = {"password1": _("New password")}
    hints = {"password1": PASSWORD_HINT}


class AddressForm(_Plain, account.AddEmailForm):
    labels = {"email": _("New e-mail address")}


class PasswordAgainForm(_Plain, account.ReauthenticateForm):
    labels = {"password": _("Password")}


class ActivateForm(_Plain, ActivateTOTPForm):
    labels = {"code": _("Code that the app shows")}


class CodeForm(_Plain, factor.AuthenticateForm):
    labels = {"code": _("Code that the app shows")}
    hints = {"code": _("Without the app: one of your recovery codes. Each works once.")}


class CodeAgainForm(_Plain, factor.ReauthenticateForm):
    labels = CodeForm.labels
    hints = CodeForm.hints


class _Answering(forms.Form):
    """A form whose service may refuse."""

    def refused(self, error: DomainError) -> None:
        """Said at the field that the refusal names, else above the form."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


def _username() -> forms.CharField:
    return forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("You sign in with it, or with your e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _full_name(label: _StrPromise) -> forms.CharField:
    return forms.CharField(label=label, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))


def _email(label: _StrPromise) -> forms.EmailField:
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class SignUpForm(_Answering):
    company = forms.CharField(
        label=_("Name of the company"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    full_name = _full_name(_("Your name"))
    email = _email(_("Your e-mail address"))
    username = _username()
    password = _password()


class AcceptForm(_Answering):
    full_name = _full_name(_("Your name"))
    username = _username()
    password = _password()


def role_choices(kind: str) -> list[tuple[str, Label]]:
    return [(role.value, role.label) for role in ROLES[Kind(kind)]]


class InviteForm(_Answering):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = role_choices(kind)
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
        self.fields["role"].initial = ROLES[Kind(kind)][1]


class RoleForm(_Answering):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = person.role
        kind = person.organisation.kind if person.organisation else Kind.COMPANY
        choices: Any = role_choices(kind)
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class LeaveForm(_Answering):
    """`successor` is asked for where the person holds anything, and must be given where work is open."""

    successor = forms.TypedChoiceField(label=_("Successor"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, person: User, held: Iterable[Held], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holdings = [one.holding for one in held]
        fit = successors_for(person, tuple(one.action for one in holdings))
        choices: Any = [("", _("Nobody")), *((one.pk, f"{one.called} · {Role(one.role).label}") for one in fit)]
        if any(one.open_work for one in holdings):
            choices[0] = ("", _("Choose a colleague"))
            self.fields["successor"].required = True
        self.fields["successor"].choices = choices  # type: ignore[attr-defined]
        if not holdings:
            del self.fields["successor"]


class BranchForm(_Answering):
    name = forms.CharField(label=_("Name of the branch"), max_length=200)
    region = forms.ChoiceField(label=_("District"), required=False)

    def __init__(self, *args: Any, regions: Iterable[tuple[str, str]], kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first: Any = ("", _("The whole city") if kind == Kind.BUREAU else _("Not said"))
        self.fields["region"].choices = [first, *regions]  # type: ignore[attr-defined]
        if kind == Kind.BUREAU:
            self.fields["region"].help_text = _("A district's bureau sees the companies and needs of its district.")


class OrganisationForm(_Answering):
    """A new bureau or advisers' unit. Companies sign up by themselves; institutions are admitted with their code."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, kind.label) for kind in (Kind.BUREAU, Kind.ADVISERS)]
    )
    name = forms.CharField(label=_("Name"), max_length=200)


class SuspendForm(_Answering):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Its people read it on their account page."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
