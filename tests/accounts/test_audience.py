"""Who sees what: the database's scopes and the search tokens say the same."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from backend.accounts.audience import Viewer, need_tokens, product_tokens, viewer_tokens
from backend.accounts.models import Organisation, User
from backend.accounts.roles import Role
from backend.common.errors import NotFound
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to, company_visible_to
from backend.needs.models import Need
from backend.needs.queries import need_visible_to, needs_searchable_by, needs_visible_to
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.products.queries import product_visible_to, products_owned_by, products_visible_to
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db


REGIONS = {"first": "370102", "second": "370103", "suspended": "370102"}


def tokens_of(need: Need) -> list[str]:
    region = need.company.facts["region"]["value"]
    return need_tokens(
        organisation=need.company.organisation, status=need.status, regions=vocabulary().path("regions", region)
    )


@pytest.fixture
def city() -> dict[str, Viewer]:
    """Two companies and two institutions with a need or product in every state, a suspended one of each, and somebody
    of every kind; each of the two companies lies in a district of its own, the suspended one beside the first."""
    load_pack(PACK)
    Product.objects.all().delete()  # the pack is for its districts alone
    viewers: dict[str, Viewer] = {"anonymous": AnonymousUser(), "nobody": None, "stray": world.person(None)}
    for name, region in REGIONS.items():
        company = world.company(facts={"region": region})
        for status in Need.Status.values:
            world.need_in(status, company)
        viewers[f"company {name}"] = world.person(company.organisation)
        bank = world.institution()
        for status in Product.Status.values:
            world.product_in(status, bank)
        viewers[f"institution {name}"] = world.person(bank.organisation)
    first_bank = Organisation.objects.filter(institution__products__isnull=False).earliest("pk")
    branch = Organisation.objects.create(kind="institution", name="branch", parent=first_bank)
    viewers["branch"] = world.person(branch, role=Role.ACCOUNT_MANAGER)
    viewers["risk"] = world.person(branch, role=Role.RISK_APPROVER)
    for kind in ("bureau", "advisers", "platform"):
        viewers[kind] = world.person_of(kind)
    viewers["platform auditor"] = world.person_of("platform", Role.AUDITOR)
    bureau = viewers["bureau"]
    assert isinstance(bureau, User)
    for name, region in (("district", "370102"), ("empty district", "370104")):
        office = Organisation.objects.create(kind="bureau", name=name, parent=bureau.organisation, region=region)
        viewers[name] = world.person(office, role=Role.BUREAU_OFFICER)
    for name in ("company suspended", "institution suspended"):
        viewer = viewers[name]
        assert isinstance(viewer, User)
        assert viewer.organisation is not None
        Organisation.objects.filter(pk=viewer.organisation.pk).update(
            suspended_at=world.NOW, suspended_because="licence expired"
        )
        viewers[name] = User.objects.select_related("organisation").get(pk=viewer.pk)
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
            need.pk for need in Need.objects.select_related("company__organisation") if held & set(tokens_of(need))
        }
        products = {
            product.pk
            for product in Product.objects.select_related("institution__organisation")
            if held & set(product_tokens(organisation=product.institution.organisation, status=product.status))
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
        ("company suspended", 0, 0, 0, 2, 0),
        ("institution first", 0, 0, 4, 6, 5),
        ("institution suspended", 0, 0, 0, 2, 0),
        ("branch", 0, 0, 4, 6, 5),
        ("risk", 0, 0, 0, 6, 5),
        ("advisers", 0, 0, 0, 2, 0),
        ("bureau", 3, 21, 21, 9, 0),
        ("district", 2, 14, 14, 9, 0),
        ("empty district", 0, 0, 0, 9, 0),
        ("platform", 3, 24, 24, 15, 0),
        ("platform auditor", 3, 24, 24, 15, 0),
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
