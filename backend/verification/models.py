"""That an organisation is who it says: what it hands in, and what an officer decides."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Organisation
from backend.accounts.roles import Action
from backend.lifecycle.table import LifeCycle, step

OWNERS = (Action.COMPANY_EDIT, Action.MEMBERS_MANAGE)
"""A company's people hand in for the company, an institution's administrator for the institution."""

LIFE = LifeCycle(
    "verification",
    states=("draft", "submitted", "approved", "returned", "revoked"),
    starts=("draft",),
    steps=(
        step("submit", ("draft", "returned"), "submitted", *OWNERS),
        step("withdraw", "submitted", "draft", *OWNERS),
        step("approve", "submitted", "approved", Action.VERIFY),
        step("return", "submitted", "returned", Action.VERIFY),
        step("revoke", "approved", "revoked", Action.VERIFY),
    ),
)


class PaperKind(models.TextChoices):
    LICENCE = "licence", _("Business licence")
    LETTER = "letter", _("Letter of authority, stamped")
    PERMIT = "permit", _("Financial permit")
    OTHER = "other", _("Another paper")


class Verification(models.Model):
    """One request. `name` and `credit_code` are what was stated; `due_on` is the last working day for the decision;
    `reason` is what the officer asks for, or why it was revoked."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        SUBMITTED = "submitted", _("With the bureau")
        APPROVED = "approved", _("Verified")
        RETURNED = "returned", _("Returned")
        REVOKED = "revoked", _("Revoked")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="verifications", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    due_on = models.DateField(_("decision due on"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    life_cycle: ClassVar[LifeCycle] = LIFE

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["status", "due_on"], name="verification_queue")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=LIFE.states), name="verification_status_known"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(status__in=["draft", "submitted", "returned"]),
                name="verification_one_under_way",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft")
                | models.Q(submitted_at__isnull=False, due_on__isnull=False) & ~models.Q(credit_code=""),
                name="verification_submitted_with_code_and_deadline",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "submitted"])
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="verification_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["returned", "revoked"]) | ~models.Q(reason=""),
                name="verification_returned_with_reason",
            ),
        ]
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return self.name


class Paper(models.Model):
    """A file that was handed in. What it is follows from its content (`content.content_type_of`); `sha256` is the
    digest of the content, `name` what the person's own computer calls it."""

    verification = models.ForeignKey(
        Verification, on_delete=models.PROTECT, related_name="papers", verbose_name=_("verification")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=PaperKind.choices)
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("digest"), max_length=64)
    file = models.FileField(_("file"), max_length=200)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=PaperKind.values), name="paper_kind_known"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="paper_not_empty"),
            models.UniqueConstraint(fields=["verification", "sha256"], name="paper_once"),
        ]

    def __str__(self) -> str:
        return self.name
