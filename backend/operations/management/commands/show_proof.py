"""`manage.py show_proof`: the best products of one need, the best leads of one product, and the demo's accounts."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.accounts.demo import demo_accounts_ensure
from backend.accounts.demo_names import DEMO_OFFICER
from backend.accounts.models import User
from backend.accounts.services import platform_account
from backend.matching.leads import leads_for
from backend.matching.ranking import Reason
from backend.matching.services import products_for
from backend.needs.models import Need
from backend.products.models import Product
from backend.verification.demo import demo_requests_ensure

SHOWN = 3
LOOKED_AT = 40
WAN = Decimal(10_000)


class Command(BaseCommand):
    help = "Show that the matcher works: the best three products of one need, the best three leads of one product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"])

    def handle(self, *args: Any, language: str, **options: Any) -> None:
        viewer, today = platform_account(), timezone.localdate()
        needs = Need.objects.filter(status=Need.Status.OPEN).select_related("company__organisation").order_by("pk")
        answers = [
            (need, products_for(need, viewer=viewer, today=today, language=language, limit=SHOWN))
            for need in needs[:LOOKED_AT]
        ]
        if not answers:
            self.stdout.write("No open need yet: manage.py make_market fills the market.")
            return
        need, matches = max(answers, key=lambda answer: answer[1].counts["eligible"])
        self.stdout.write(f"\n{need.company.name} · {need.title} · {(need.amount or 0) / WAN:,.0f} 万元")
        for match in (*matches.eligible, *matches.missing, *matches.almost)[:SHOWN]:
            self._row(match.product.name_zh, match.product.institution.name_zh, match.score, match.reasons)
        product = self._product([match.product for match in matches.eligible])
        leads = leads_for(product, viewer=viewer, today=today, language=language, size=SHOWN)
        self.stdout.write(f"\n{product.institution.name_zh} · {product.name_zh} · {leads.total:,} 条线索")
        for lead in leads.results:
            amount = f"{(lead.need.amount or 0) / WAN:,.0f} 万元"
            self._row(lead.need.company.name, f"{lead.need.title} {amount}", lead.score, lead.reasons)
        if not settings.DEMO:
            return
        self.stdout.write("")
        for account in demo_accounts_ensure(
            company=need.company.organisation, institution=product.institution.organisation
        ):
            self.stdout.write(f"{account.username} / {account.password} · {account.organisation.name}")
        demo_requests_ensure(
            company=need.company.organisation, officer=User.objects.get(username=DEMO_OFFICER), now=timezone.now()
        )

    def _product(self, eligible: Sequence[Product]) -> Product:
        if eligible:
            return eligible[0]
        published = Product.objects.filter(status=Product.Status.PUBLISHED).select_related("institution__organisation")
        return published.order_by("pk")[0]

    def _row(self, name: str, beside: str, score: float, reasons: Sequence[Reason]) -> None:
        self.stdout.write(f"  {score * 100:5.1f}  {name}（{beside}）")
        for reason in reasons[:SHOWN]:
            self.stdout.write(f"         {'+' if reason.favourable else '−'} {reason.text}")
