"""Financing needs (融资需求)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.companies.models import Company
from backend.lifecycle.table import LifeCycle
from backend.needs.cycle import NEED, RENEWABLE, SHOWN


class Need(models.Model):
    """`facts` holds the other need attributes, in the form of `Company.facts`. Amounts are in the pack's currency.

    A draft may lack its title and its amount; what was ever submitted has both. `status` changes by the ways of
    `needs.cycle` alone. `verify_by`: the day by which a submitted need is looked at. `expires_on`: the last day of an
    open one; None: it does not expire."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Being checked")
        VERIFIED = "verified", _("Checked")
        OPEN = "open", _("Open")
        TALKING = "talking", _("In talks")
        FUNDED = "funded", _("Funded")
        CLOSED = "closed", _("Closed")
        EXPIRED = "expired", _("Expired")

    life_cycle: ClassVar[LifeCycle] = NEED

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="needs", verbose_name=_("company"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=4000)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    term_months = models.PositiveIntegerField(_("term in months"), null=True, blank=True)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    verify_by = models.DateField(_("to be checked by"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    @property
    def shown(self) -> bool:
        """Whether institutions see it as a lead."""
        return self.status in SHOWN

    @property
    def waiting(self) -> bool:
        """Whether it waits for a check."""
        return self.status in (self.Status.SUBMITTED, self.Status.VERIFIED)

    @property
    def ended(self) -> bool:
        """Whether nobody offers anything for it any more."""
        return self.status in (self.Status.FUNDED, self.Status.CLOSED, self.Status.EXPIRED)

    @property
    def editable(self) -> bool:
        return self.status in NEED.sources("change")

    @property
    def renewable(self) -> bool:
        """Whether it can be opened once more."""
        return self.status in RENEWABLE

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="need_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["draft", "submitted", "verified", "open", "talking", "funded", "closed", "expired"]
                ),
                name="need_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "submitted", "verified"]) | models.Q(opened_at__isnull=False),
                name="need_open_has_date",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | (models.Q(amount__isnull=False) & ~models.Q(title="")),
                name="need_shown_has_title_and_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_on", "id"], condition=models.Q(status="open"), name="need_expiring"),
            models.Index(fields=["verify_by", "id"], condition=models.Q(status="submitted"), name="need_to_verify"),
        ]

    def __str__(self) -> str:
        return self.title


class NeedVersion(models.Model):
    """What a need said while institutions could see it: the `number`-th wording, from 1. `content` has the fields of
    `NeedInput`, the amount as text."""

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="versions", verbose_name=_("need"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    content = models.JSONField(_("what it said"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["need", "number"]
        constraints = [
            models.UniqueConstraint(fields=["need", "number"], name="need_version_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="need_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id}/{self.number}"

    def said(self) -> Need:
        """The need with these words. Not attached to the database."""
        content: dict[str, Any] = dict(self.content)
        amount = Need._meta.get_field("amount").to_python(content.pop("amount"))
        return Need(pk=self.need_id, company_id=self.need.company_id, amount=amount, **content)
