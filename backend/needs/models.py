"""Financing needs (融资需求)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.companies.models import Company


class Need(models.Model):
    """`facts` holds the other need attributes, in the form of `Company.facts`. Amounts are in the pack's currency.

    A draft may lack its title and its amount; what was ever opened has both."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="needs", verbose_name=_("company"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=4000)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True, blank=True)
    term_months = models.PositiveIntegerField(_("term in months"), null=True, blank=True)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="need_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "open", "closed"]), name="need_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="open") | models.Q(opened_at__isnull=False), name="need_open_has_date"
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft") | (models.Q(amount__isnull=False) & ~models.Q(title="")),
                name="need_shown_has_title_and_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.title
