"""What the demonstration pages may show: what the demo accounts see, whose password is public, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from backend.accounts.demo_names import DEMO_COMPANY, DEMO_INSTITUTION
from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.matching.results import Leads, Matches
from backend.matching.services import leads_for, products_for
from backend.needs import cycle
from backend.needs.models import Need
from backend.needs.queries import needs_visible_to
from backend.products.models import Product
from backend.products.queries import products_owned_by

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One need of the demo company with its best products, one product of the demo institution with its best leads."""

    need: Need
    matches: Matches
    product: Product | None
    leads: Leads | None


def demo_account(username: str) -> User:
    """Raises NotFound outside of the demo and where nobody made the account."""
    user = User.objects.filter(username=username).select_related("organisation").first() if settings.DEMO else None
    if user is None:
        raise NotFound("")
    return user


def demo_case(*, today: date, language: str) -> Case:
    """Raises NotFound where there is no demonstration, and what the matcher raises."""
    company = demo_account(DEMO_COMPANY)
    need = needs_visible_to(company).filter(status__in=cycle.SHOWN).order_by("pk").first()
    if need is None:
        raise NotFound("")
    matches = products_for(need, viewer=company, today=today, language=language, limit=SHOWN)
    institution = demo_account(DEMO_INSTITUTION)
    product = _own_product(matches, institution)
    if product is None:
        return Case(need, matches, None, None)
    return Case(
        need, matches, product, leads_for(product, viewer=institution, today=today, language=language, size=SHOWN)
    )


def _own_product(matches: Matches, institution: User) -> Product | None:
    """The best match that is the institution's own; else its first published product."""
    for match in matches.eligible:
        if match.product.institution.organisation_id == institution.organisation_id:
            return match.product
    return products_owned_by(institution).filter(status=Product.Status.PUBLISHED).order_by("pk").first()
