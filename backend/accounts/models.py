"""People and the organisations that they act for."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from backend.accounts.roles import Kind, Role


class Organisation(models.Model):
    """Whom people act for. `parent` is the organisation of the same kind that this one is a branch of. `region` is a
    code of the vocabulary `regions`: a bureau with one looks after that district alone. Suspended: see `suspended`."""

    Kind = Kind

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="branches", verbose_name=_("branch of")
    )
    region = models.CharField(_("region"), max_length=40, blank=True)
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)
    suspended_because = models.CharField(_("why it is suspended"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=Kind.values),
                name="organisation_kind_known",
            ),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="organisation_no_branch_of_itself"),
            models.CheckConstraint(
                condition=models.Q(suspended_at__isnull=True, suspended_because="")
                | models.Q(suspended_at__isnull=False) & ~models.Q(suspended_because=""),
                name="organisation_suspended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def suspended(self) -> bool:
        """Its people see nothing but their own account, and what it offers or asks for is not found."""
        return self.suspended_at is not None


class User(AbstractUser):
    """A person. `organisation` decides what the person may see; staff of nobody see only public pages.

    Who has left keeps the row, since events name it, and can do nothing any more. `successor` took over the work.
    """

    Role = Role

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("organisation"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MEMBER)
    full_name = models.CharField(_("full name"), max_length=60, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("successor")
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True) | models.Q(is_active=False), name="user_who_left_is_inactive"
            ),
            models.CheckConstraint(
                condition=models.Q(successor__isnull=True)
                | models.Q(left_at__isnull=False) & ~models.Q(successor=models.F("id")),
                name="user_successor_of_who_left",
            ),
        ]

    @property
    def called(self) -> str:
        """What others read: the full name, or the user name where none was given."""
        return self.full_name or self.username


class Invitation(models.Model):
    """A seat in an organisation, offered to whoever reads an e-mail address. The link's token is not kept, only its
    SHA-256; it works once, until `expires_at`, unless it is withdrawn before."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("organisation")
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    token_sha256 = models.CharField(_("digest of the token"), max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation", verbose_name=_("accepted by")
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_by_somebody_or_withdrawn",
            ),
            # One open invitation for an address in an organisation; a new one withdraws the old.
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.email
