"""The record of past cases: who financed whom. It feeds the ranking, never a statistic that is published."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.products.models import Institution, Product


class PastCase(models.Model):
    """One decided case with the traits of the company on the day of the decision, without its name."""

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="past_cases", verbose_name=_("institution")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="past_cases", verbose_name=_("product")
    )
    decided_on = models.DateField(_("decided on"))
    funded = models.BooleanField(_("funded"))
    first_loan = models.BooleanField(_("first loan of the company"), default=False)
    answer_days = models.PositiveIntegerField(_("working days to the decision"), null=True, blank=True)
    region = models.CharField(_("region"), max_length=40, blank=True)
    industry = models.CharField(_("industry"), max_length=40, blank=True)
    size_class = models.CharField(_("size class"), max_length=20, blank=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    term_months = models.PositiveIntegerField(_("term in months"), null=True, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["decided_on"], name="past_case_decided_on")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="past_case_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.decided_on}"
