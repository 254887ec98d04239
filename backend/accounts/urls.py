"""The addresses of signing in, of one's own account and of an organisation's people.

Some are there twice: under the name that the site uses and under the one that django-allauth asks for.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.contrib.auth.views import LogoutView
from django.urls import path, re_path

from backend.accounts import account_web, members_web, platform_web, web

ID = r"(?P<id>[1-9][0-9]{0,17})"

urlpatterns = [
    path("sign-in/", web.SignIn.as_view(), name="sign-in"),
    path("sign-in/", web.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("sign-up/", web.sign_up, name="account_signup"),
    path("my/", web.my_home, name="my-home"),
    path("demo/sign-in/", web.demo_sign_in, name="demo-sign-in"),
    re_path(r"^invitations/(?P<token>[A-Za-z0-9_-]{43})/$", web.invitation, name="invitation"),
    path("password/", account.password_reset, name="account_reset_password"),
    path("password/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]{1,20})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/", account_web.account, name="account"),
    path("account/leave/", account_web.leave, name="account-leave"),
    path("account/sessions/", account_web.Sessions.as_view(), name="usersessions_list"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/set/", account.password_set, name="account_set_password"),
    path("account/email/", account.email, name="account_email"),
    path("account/email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/email/(?P<key>[-:\w]{1,200})/$", account.confirm_email, name="account_confirm_email"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/second-factor/", account_web.Factor.as_view(), name="mfa_index"),
    path("account/second-factor/set-up/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/switch-off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("members/", members_web.members, name="members"),
    re_path(rf"^members/{ID}/$", members_web.member, name="member"),
    re_path(rf"^members/invitations/{ID}/$", members_web.member_invitation, name="member-invitation"),
    re_path(rf"^organisations/{ID}/members/$", members_web.members, name="branch-members"),
    re_path(rf"^organisations/{ID}/branches/new/$", members_web.branch_new, name="branch-new"),
    path("platform/organisations/", platform_web.organisations, name="organisations"),
    path("platform/organisations/new/", platform_web.organisation_new, name="organisation-new"),
    re_path(rf"^platform/organisations/{ID}/$", platform_web.organisation, name="organisation"),
]
