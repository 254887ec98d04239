"""Institutions and the financial products that they publish."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Organisation
from backend.lifecycle.table import LifeCycle
from backend.products.cycle import PRODUCT


class Institution(models.Model):
    """`kind` and `region` are codes of the vocabularies `institution_kinds` and `regions`."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, related_name="institution", verbose_name=_("organisation")
    )
    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    region = models.CharField(_("region of the head office"), max_length=40, blank=True)
    answer_days = models.DecimalField(
        _("median working days to a decision"), max_digits=5, decimal_places=1, null=True, blank=True
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name_zh


class Product(models.Model):
    """A standing offer with its rule.

    `kind` is a code of `product_kinds` (a tree: loan, guarantee, equity, linked, insurance, leasing, factoring, bridge,
    public_money and their kinds). `terms` holds what is particular to the kind. `rule` is the JSON form of
    `backend.eligibility.rule`; what the product asks in all, amount and term included, is `rules.effective_rule`.
    Rates are per cent a year. A greatest amount or a longest term of 0 means that the product sets none. `status`
    changes by the ways of `products.cycle` alone.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        PUBLISHED = "published", _("Published")
        SUSPENDED = "suspended", _("Suspended")
        RETIRED = "retired", _("Retired")

    life_cycle: ClassVar[LifeCycle] = PRODUCT

    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="products", verbose_name=_("institution")
    )
    code = models.SlugField(_("code"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    summary_zh = models.TextField(_("Chinese summary"), blank=True)
    summary_en = models.TextField(_("English summary"), blank=True)
    amount_min = models.DecimalField(_("least amount"), max_digits=18, decimal_places=2)
    amount_max = models.DecimalField(_("greatest amount"), max_digits=18, decimal_places=2)
    term_min = models.PositiveIntegerField(_("shortest term in months"))
    term_max = models.PositiveIntegerField(_("longest term in months"))
    rate_min = models.DecimalField(_("lowest rate"), max_digits=7, decimal_places=4, null=True, blank=True)
    rate_max = models.DecimalField(_("highest rate"), max_digits=7, decimal_places=4, null=True, blank=True)
    first_loan_friendly = models.BooleanField(_("meant for first-time borrowers"), default=False)
    purposes = models.JSONField(_("purposes served"), default=list)
    themes = models.JSONField(_("themes"), default=list)
    stages = models.JSONField(_("stages served"), default=list)
    collateral = models.JSONField(_("collateral asked, any of"), default=list)
    terms = models.JSONField(_("terms of its kind"), default=dict)
    fees = models.JSONField(_("fees"), default=list)
    documents = models.JSONField(_("papers to prepare"), default=list)
    rule = models.JSONField(_("eligibility rule"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    last_confirmed_on = models.DateField(_("last confirmed on"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_min__gte=0, amount_max__gte=models.F("amount_min")),
                name="product_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(term_max__gte=models.F("term_min")), name="product_terms_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(rate_min__isnull=True, rate_max__isnull=True)
                | models.Q(rate_min__gte=0, rate_max__gte=models.F("rate_min")),
                name="product_rates_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "review", "published", "suspended", "retired"]),
                name="product_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["last_confirmed_on", "id"], condition=models.Q(status="published"), name="product_to_confirm"
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh


class ProductVersion(models.Model):
    """A product as it was on offer: the `number`-th wording, from 1, so that an application keeps the terms that it was
    made under. `content` has the fields of `ProductInput`, decimals as text."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="versions", verbose_name=_("product"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    content = models.JSONField(_("what it said"))

    stays: ClassVar[bool] = True

    class Meta:
        ordering = ["product", "number"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="product_version_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="product_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}/{self.number}"

    def offer(self) -> Product:
        """The product with these terms and this rule, for whatever reads a product. Not attached to the database."""
        meta: Any = Product._meta
        columns = {name: meta.get_field(name).to_python(value) for name, value in self.content.items()}
        return Product(pk=self.product_id, institution=self.product.institution, status=self.product.status, **columns)
