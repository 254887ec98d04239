"""The city pack in the database: vocabularies and settings as versioned data with effective dates."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pack(models.Model):
    """Which city this deployment serves. One row: a deployment serves one city.

    `loaded_products` tells an entry that changed in the folder from one that its institution changed on the site.
    """

    key = models.SlugField(_("key"), unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3)
    time_zone = models.CharField(_("time zone"), max_length=64)
    home_region = models.CharField(_("region that the pack is about"), max_length=40, blank=True)
    words = models.JSONField(_("words of the field, for segmentation"), default=list)
    loaded_products = models.JSONField(_("product code → digest of its entry in the folder"), default=dict)
    digest = models.CharField(_("digest of the folder"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"), auto_now=True)

    def __str__(self) -> str:
        return self.key


class Term(models.Model):
    """One code of one vocabulary (`scheme`). Codes are never deleted: an old one ends on `valid_to`."""

    scheme = models.CharField(_("vocabulary"), max_length=40)
    code = models.CharField(_("code"), max_length=40)
    parent = models.CharField(_("code of the parent"), max_length=40, blank=True)
    label_zh = models.CharField(_("Chinese label"), max_length=200)
    label_en = models.CharField(_("English label"), max_length=200)
    note_zh = models.CharField(_("Chinese explanation"), max_length=500, blank=True)
    note_en = models.CharField(_("English explanation"), max_length=500, blank=True)
    explains = models.JSONField(_("attributes and codes that it explains"), default=list, blank=True)
    position = models.PositiveIntegerField(_("position"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["scheme", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code"], name="term_unique"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="term_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.code}"


class Parameter(models.Model):
    """A versioned table of a pack (ranking weights, size-class bounds, calendar, targets) from its effective date."""

    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    effective_from = models.DateField(_("effective from"))
    content = models.JSONField(_("content"))

    class Meta:
        ordering = ["name", "-effective_from", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="parameter_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
