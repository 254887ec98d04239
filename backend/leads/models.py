"""What an account manager keeps of leads: saved filters, and which leads were read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.needs.models import Need
from backend.products.models import Product


class SavedSearch(models.Model):
    """A person's filter over the leads of one product. `query` is a query string of known filters, in the order that
    `services.normalised` gives it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches", verbose_name=_("person")
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="saved_searches", verbose_name=_("product")
    )
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("filters"), max_length=2000)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product", "name"], name="saved_search_name_once"),
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(query=""), name="saved_search_says_what"),
        ]

    def __str__(self) -> str:
        return self.name


class LeadView(models.Model):
    """That a person opened the page of a lead, first and last."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lead_views", verbose_name=_("person")
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="lead_views", verbose_name=_("product"))
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="lead_views", verbose_name=_("need"))
    first_seen_at = models.DateTimeField(_("first seen at"))
    last_seen_at = models.DateTimeField(_("last seen at"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "product", "need"], name="lead_view_once"),
            models.CheckConstraint(
                condition=models.Q(last_seen_at__gte=models.F("first_seen_at")), name="lead_view_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.product_id} {self.need_id}"
