"""Who sees what: the database's scopes and the search tokens say the same."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from backend.accounts.audience import Viewer, need_tokens, product_tokens, viewer_tokens
from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to, company_visible_to
from backend.needs.models import Need
from backend.needs.queries import need_visible_to, needs_searchable_by, needs_visible_to
from backend.products.models import Product
from backend.products.queries import product_visible_to, products_owned_by, products_visible_to
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> dict[str, Viewer]:
    """Two companies and two institutions with a need or product in every state, and somebody of every kind."""
    viewers: dict[str, Viewer] = {"anonymous": AnonymousUser(), "nobody": None, "stray": world.person(None)}
    for name in ("first", "second"):
        company = world.company()
        for status in Need.Status.values:
            world.need_in(status, company)
        viewers[f"company {name}"] = world.person(company.organisation)
        bank = world.institution()
        for status in Product.Status.values:
            world.product_in(status, bank)
        viewers[f"institution {name}"] = world.person(bank.organisation)
    for kind in ("bureau", "platform"):
        viewers[kind] = world.person_of(kind)
    bureau = viewers["bureau"]
    assert isinstance(bureau, User)
    assert bureau.organisation is not None
    gone = world.person(bureau.organisation)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    gone.refresh_from_db()
    viewers["dismissed"] = gone
    return viewers


def test_scopes_and_tokens_agree(city: dict[str, Viewer]) -> None:
    for name, viewer in city.items():
        held = set(viewer_tokens(viewer))
        needs = {
            need.pk
            for need in Need.objects.select_related("company")
            if held & set(need_tokens(organisation_id=need.company.organisation_id, status=need.status))
        }
        products = {
            product.pk
            for product in Product.objects.select_related("institution")
            if held & set(product_tokens(organisation_id=product.institution.organisation_id, status=product.status))
        }
        assert set(needs_searchable_by(viewer).values_list("pk", flat=True)) == needs, name
        assert set(products_visible_to(viewer).values_list("pk", flat=True)) == products, name


@pytest.mark.parametrize(
    ("name", "companies", "full", "searchable", "products", "owned"),
    [
        ("anonymous", 0, 0, 0, 2, 0),
        ("nobody", 0, 0, 0, 2, 0),
        ("stray", 0, 0, 0, 2, 0),
        ("dismissed", 0, 0, 0, 2, 0),
        ("company first", 1, 8, 8, 2, 0),
        ("institution first", 0, 0, 4, 6, 5),
        ("bureau", 2, 14, 14, 6, 0),
        ("platform", 2, 16, 16, 10, 0),
    ],
)
def test_how_much_each_sees(
    city: dict[str, Viewer], name: str, companies: int, full: int, searchable: int, products: int, owned: int
) -> None:
    viewer = city[name]
    assert companies_visible_to(viewer).count() == companies
    assert needs_visible_to(viewer).count() == full
    assert needs_searchable_by(viewer).count() == searchable
    assert products_visible_to(viewer).count() == products
    assert products_owned_by(viewer).count() == owned


def test_what_one_may_not_see_is_not_there(city: dict[str, Viewer]) -> None:
    stranger = city["company second"]
    mine = city["company first"]
    assert isinstance(mine, User)
    company = Company.objects.get(organisation=mine.organisation)
    need = Need.objects.filter(company=company, status="open").get()
    draft = Product.objects.filter(status="draft").earliest("pk")
    assert need_visible_to(mine, need.pk) == need
    assert company_visible_to(mine, company.pk) == company
    for attempt in (
        lambda: need_visible_to(stranger, need.pk),
        lambda: company_visible_to(stranger, company.pk),
        lambda: product_visible_to(stranger, draft.pk),
    ):
        with pytest.raises(NotFound):
            attempt()
