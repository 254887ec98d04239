"""A market with an account manager, a rival and a company at the door."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from backend.accounts.models import Organisation, User
from backend.matching.services import leads_for
from backend.products.models import Product
from tests import world
from tests.demo_market import TODAY, Market


@pytest.fixture(scope="module")
def companies() -> int:
    return 100


@dataclass(frozen=True, slots=True)
class Desk:
    """`product` has more than one page of leads. `banker` and `colleague` are of its institution."""

    product: Product
    banker: User
    colleague: User
    rival: User
    company: User

    @property
    def path(self) -> str:
        return f"/institution/products/{self.product.pk}/leads/"

    def door(self, user: User | None = None) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user or self.banker)
        return client


@pytest.fixture
def desk(market: Market, fresh: None, db: None) -> Desk:
    product = next(
        one
        for one in Product.objects.filter(status="published").select_related("institution").order_by("pk")
        if leads_for(one, viewer=market.platform, today=TODAY, size=1).total > 25
    )
    own = product.institution.organisation
    other = Organisation.objects.filter(kind="institution").exclude(pk=own.pk)[0]
    company = Organisation.objects.filter(kind="company")[0]
    people = {"banker": own, "colleague": own, "rival": other, "company": company}
    return Desk(product, **{name: world.person(at, name=name) for name, at in people.items()})
