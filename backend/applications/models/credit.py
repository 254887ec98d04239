"""Money: the credit line of a contract, what was drawn on it and repaid, and bookings that were reversed.

A booking is written once; a mistake is reversed by a row of its own. The line keeps the running totals of what stands,
and its constraints are the last word: nothing that is booked can exceed the line.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.applications.models.cases import Application
from backend.products.models import Institution


class CreditLine(models.Model):
    """What the contract grants. `drawn` and `repaid` are the sums of the bookings that stand: principal alone. A
    revolving line frees what is repaid; of any other the drawn sum never exceeds the limit."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="line", verbose_name=_("application")
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="lines", verbose_name=_("institution")
    )
    contract = models.CharField(_("contract number"), max_length=60)
    limit = models.DecimalField(_("limit"), max_digits=18, decimal_places=2)
    revolving = models.BooleanField(_("revolving"))
    drawn = models.DecimalField(_("drawn in all"), max_digits=18, decimal_places=2, default=0)
    repaid = models.DecimalField(_("repaid in all"), max_digits=18, decimal_places=2, default=0)
    signed_on = models.DateField(_("signed on"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "contract"], name="line_contract_once"),
            models.CheckConstraint(condition=Q(limit__gt=0), name="line_limit_positive"),
            models.CheckConstraint(
                condition=Q(repaid__gte=0, drawn__gte=F("repaid")), name="line_repays_what_was_drawn"
            ),
            models.CheckConstraint(
                condition=Q(revolving=False, drawn__lte=F("limit"))
                | Q(revolving=True, drawn__lte=F("limit") + F("repaid")),
                name="line_never_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return self.contract


class Booking(models.Model):
    """What every booking has. `reference` is the institution's own number of it, and the key by which the same booking
    sent twice is one."""

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="+", verbose_name=_("institution")
    )
    reference = models.CharField(_("reference number"), max_length=60)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    stays: ClassVar[bool] = True

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference


class Drawdown(Booking):
    """Money paid out on a day.

    `bank_loan`: a bank's loan, as only such a one can be a company's first. `borrowed_before`: whether the company had
    a bank loan before this one, None where nobody knows; `evidence` says whence: {"grade", "source", "as_of",
    "inquiry"}, grade A attested by a bank's inquiry, B taken over from a register, C declared or inferred.
    """

    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="drawdowns", verbose_name=_("line"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    paid_on = models.DateField(_("paid on"))
    bank_loan = models.BooleanField(_("bank loan"))
    borrowed_before = models.BooleanField(_("had borrowed before"), null=True)
    evidence = models.JSONField(_("evidence"), default=dict)

    class Meta(Booking.Meta):
        abstract = False
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "reference"], name="drawdown_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="drawdown_amount_positive"),
        ]


class Repayment(Booking):
    """Principal and interest that the company paid back on a day. Interest does not touch the line's totals."""

    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="repayments", verbose_name=_("line"))
    principal = models.DecimalField(_("principal"), max_digits=18, decimal_places=2)
    interest = models.DecimalField(_("interest"), max_digits=18, decimal_places=2, default=0)
    paid_on = models.DateField(_("paid on"))

    class Meta(Booking.Meta):
        abstract = False
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "reference"], name="repayment_reference_once"),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0) & (Q(principal__gt=0) | Q(interest__gt=0)),
                name="repayment_of_something",
            ),
        ]


class Reversal(Booking):
    """One booking taken back, with the reason. Each is taken back at most once."""

    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="reversals", verbose_name=_("line"))
    drawdown = models.OneToOneField(
        Drawdown, on_delete=models.PROTECT, null=True, related_name="reversal", verbose_name=_("drawdown")
    )
    repayment = models.OneToOneField(
        Repayment, on_delete=models.PROTECT, null=True, related_name="reversal", verbose_name=_("repayment")
    )
    reason = models.CharField(_("reason"), max_length=300)

    class Meta(Booking.Meta):
        abstract = False
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "reference"], name="reversal_reference_once"),
            models.CheckConstraint(
                condition=Q(drawdown__isnull=True, repayment__isnull=False)
                | Q(drawdown__isnull=False, repayment__isnull=True),
                name="reversal_of_one",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_says_why"),
        ]
