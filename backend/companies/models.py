"""Companies and what is known of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Organisation


class Company(models.Model):
    """`facts` maps a company attribute's key to {"value", "source", "as_of"}; what is unknown is absent.

    Values are JSON forms of `backend.eligibility.attributes.Value`: numbers as decimal strings, sets as sorted lists.
    Computed attributes (years in business, size class) are never stored: they follow from the others and the day.
    A credit code whose check character is wrong is kept only with a proof, since some genuine early codes are so.
    """

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="company", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    credit_code_checked = models.BooleanField(_("check character is right"), default=True)
    credit_code_proof = models.CharField(
        _("proof of a code whose check character is wrong"), max_length=500, blank=True
    )
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(credit_code_checked=True) | ~models.Q(credit_code_proof=""),
                name="company_unchecked_code_has_proof",
            ),
        ]
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name
