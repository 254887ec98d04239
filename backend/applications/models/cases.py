"""Rounds of applications: the consent that opens one, and the case with each institution."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.applications.cycle import CYCLE, LIVE, Status
from backend.lifecycle.table import LifeCycle
from backend.needs.models import Need
from backend.products.models import Institution, Product, ProductVersion
from backend.records.models import PastCase


class Consent(models.Model):
    """One consent opens one round: applications to the institutions that it names, and to no others.

    It holds what was agreed to, word for word: the `text` in its `language`, its version in the pack
    (`application_consent`), to whom (`recipients`: institution and product, with their names on that day), and the very
    data that were handed over (`shared`). `digest` is the SHA-256 of all of it. The row is written once.
    """

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="consents", verbose_name=_("need"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    given_at = models.DateTimeField(_("given at"))
    text_version = models.PositiveIntegerField(_("version of the text"))
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))
    recipients = models.JSONField(_("recipients"))
    shared = models.JSONField(_("data handed over"))
    digest = models.CharField(_("digest"), max_length=64)

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.need_id} {self.given_at:%Y-%m-%d}"


class Application(models.Model):
    """The case of one need with one product, from its sending to its end.

    `product_version` has the terms on the day of sending: the case keeps them whatever becomes of the product.
    `due_at` is the deadline of what `cycle.expected_next` names; `decide_by` that of the decision, later by the time
    for which papers were waited for since `asked_at`. `look_at` is when the clock looks at the case next, None where it
    has nothing more to do in this state; `reminded_at` and `escalated_at` belong to the present state.
    `offer` is the offer that stands; `handler` who works the case for the institution.
    """

    Status = Status

    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, related_name="applications", verbose_name=_("consent")
    )
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="applications", verbose_name=_("need"))
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="applications", verbose_name=_("product")
    )
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="applications", verbose_name=_("institution")
    )
    product_version = models.ForeignKey(
        ProductVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("terms that were applied for")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.SUBMITTED)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("handled by")
    )
    offer = models.OneToOneField(
        "applications.Offer", on_delete=models.PROTECT, null=True, related_name="standing_for", verbose_name=_("offer")
    )
    past_case = models.OneToOneField(
        PastCase, on_delete=models.SET_NULL, null=True, related_name="application", verbose_name=_("past case")
    )
    online = models.BooleanField(_("decided on online"), default=False)
    due_at = models.DateTimeField(_("due at"), null=True)
    decide_by = models.DateTimeField(_("decision due at"))
    asked_at = models.DateTimeField(_("papers asked for at"), null=True)
    look_at = models.DateTimeField(_("looked at by the clock at"), null=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    sent_at = models.DateTimeField(_("sent at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    updated_at = models.DateTimeField(_("updated at"))

    life_cycle: ClassVar[LifeCycle] = CYCLE

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["institution", "status", "due_at"], name="application_inbox"),
            models.Index(fields=["look_at", "id"], condition=Q(look_at__isnull=False), name="application_to_look_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="application_status_known"),
            models.UniqueConstraint(
                fields=["need", "product"], condition=Q(status__in=LIVE), name="application_live_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=LIVE, ended_at__isnull=True, due_at__isnull=False)
                | (~Q(status__in=LIVE) & Q(ended_at__isnull=False, due_at__isnull=True, look_at__isnull=True)),
                name="application_due_while_it_lives",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[
                        Status.OFFERED,
                        Status.CHOSEN,
                        Status.CONTRACT_SIGNED,
                        Status.DISBURSED,
                        Status.REPAYING,
                        Status.CLOSED,
                    ]
                )
                | Q(offer__isnull=False),
                name="application_has_its_offer",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.MORE_ASKED) | Q(asked_at__isnull=False), name="application_asked_when"
            ),
        ]

    def __str__(self) -> str:
        return f"RQ-A{self.pk:06d}"

    @property
    def number(self) -> str:
        """What people quote."""
        return str(self)


class Look(models.Model):
    """That a person of the institution read what the company handed over: first, last, and how often. The company sees
    it."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="looks", verbose_name=_("application")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    first_at = models.DateTimeField(_("first at"))
    last_at = models.DateTimeField(_("last at"))
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "person"], name="look_once"),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at"), times__gte=1), name="look_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.person_id}"
