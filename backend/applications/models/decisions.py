"""What an institution answers: offers and refusals; and what repairs a refusal."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.applications.models.cases import Application
from backend.applications.rules import MOST_CODES, OTHER
from backend.matching.cost import LONGEST_MONTHS


class Offer(models.Model):
    """The `number`-th offer of a case, from 1; a revised one is a new row. Money is in the pack's currency, `rate` in
    per cent a year, None where the provider charges no interest (a guarantee, an equity stake). `terms` (repayment,
    subsidies, deposit, residual, cap of a guaranteed loan's rate) and `fees` have the form of a product's.
    `annual_cost` is the all-in cost by `matching.cost` on the day of the offer, per cent; None where none can be
    stated. The row is written once."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="offers", verbose_name=_("application")
    )
    number = models.PositiveIntegerField(_("number"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    term_months = models.PositiveIntegerField(_("term in months"))
    rate = models.DecimalField(_("annual rate"), max_digits=7, decimal_places=4, null=True)
    terms = models.JSONField(_("terms"), default=dict)
    fees = models.JSONField(_("fees"), default=list)
    collateral = models.JSONField(_("collateral asked"), default=list)
    conditions = models.TextField(_("conditions"), max_length=2000, blank=True)
    annual_cost = models.DecimalField(_("all-in annual cost"), max_digits=11, decimal_places=4, null=True)
    valid_until = models.DateField(_("valid until"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="offer_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="offer_amount_positive"),
            models.CheckConstraint(
                condition=Q(term_months__gte=1, term_months__lte=LONGEST_MONTHS), name="offer_term_in_range"
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(rate__gte=0, rate__lte=100), name="offer_rate_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.number}"


class Refusal(models.Model):
    """Why an institution closed a case, with the sentence that the company reads. `counts`: it is a refusal; else the
    case ended for a reason that is counted apart (papers incomplete, withdrawn, funded elsewhere, cannot be reached).
    Written once."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="refusal", verbose_name=_("application")
    )
    sentence = models.CharField(_("what the company reads"), max_length=1000)
    counts = models.BooleanField(_("counts as a refusal"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(sentence=""), name="refusal_says_why"),
        ]

    def __str__(self) -> str:
        return str(self.application_id)


class RefusalReason(models.Model):
    """One of the up to four codes of a refusal, in the order in which they weigh. `code` is of the vocabulary
    `refusal_codes`; *other* has a `text`."""

    refusal = models.ForeignKey(Refusal, on_delete=models.PROTECT, related_name="reasons", verbose_name=_("refusal"))
    place = models.PositiveSmallIntegerField(_("place"))
    code = models.CharField(_("code"), max_length=40)
    text = models.CharField(_("text"), max_length=300, blank=True)

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["refusal", "place"]
        constraints = [
            models.UniqueConstraint(fields=["refusal", "place"], name="refusal_reason_place_once"),
            models.UniqueConstraint(fields=["refusal", "code"], name="refusal_reason_code_once"),
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=MOST_CODES), name="refusal_reason_one_of_four"),
            models.CheckConstraint(condition=~Q(code=OTHER) | ~Q(text=""), name="refusal_reason_other_says_what"),
        ]

    def __str__(self) -> str:
        return f"{self.refusal_id}: {self.code}"


class RepairTask(models.Model):
    """What the company can do about one reason of a refusal: the problem, who helps, and the measure, in both languages
    as the pack had them on that day. Ended when `done_at` is set; when all of a case are, the need is matched again."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("application")
    )
    code = models.CharField(_("code"), max_length=40)
    problem = models.JSONField(_("problem"))
    department = models.JSONField(_("department"))
    measure = models.JSONField(_("measure"))
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("done by")
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "code"], name="repair_task_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="repair_task_done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.code}"
