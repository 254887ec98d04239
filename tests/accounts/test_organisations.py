"""Branches, and organisations that are suspended and take part again."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from backend.accounts.audience import house_of, organisation_of, viewer_tokens
from backend.accounts.models import Organisation, User
from backend.accounts.queries import organisations_managed_by, with_branches
from backend.accounts.roles import Action, Role, actions_of, may
from backend.accounts.services import (
    branch_open,
    organisation_create,
    organisation_open,
    organisation_resume,
    organisation_suspend,
    platform_account,
)
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.indexing.models import Copy
from backend.lifecycle.queries import broken_at, events_of
from backend.matching.coverage import coverage
from backend.matching.market import open_market
from backend.needs.queries import needs_on_the_market
from backend.products.queries import products_on_the_shelf, products_visible_to
from backend.site.figures import market_figures
from tests import world
from tests.matching.cases import PACK, TODAY
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db


def suspended(organisation: Organisation, reason: str = "licence expired") -> Organisation:
    return organisation_suspend(actor=platform_account(), organisation_id=organisation.pk, reason=reason)


def anew(user: User) -> User:
    """As the next request reads the person."""
    return User.objects.select_related("organisation__parent").get(pk=user.pk)


def test_a_branch_is_of_the_kind_of_what_it_belongs_to() -> None:
    bank = world.person_of("institution")
    assert bank.organisation is not None
    branch = branch_open(actor=bank, parent_id=bank.organisation.pk, name=" 历下支行 ", region="370102")
    assert (branch.kind, branch.name, branch.parent, branch.region) == (
        "institution", "历下支行", bank.organisation, "370102",
    )  # fmt: skip
    below = branch_open(actor=bank, parent_id=branch.pk, name="解放路支行")
    assert house_of(below) == (below.pk, branch.pk, bank.organisation.pk)
    assert with_branches(bank.organisation) == [bank.organisation.pk, branch.pk, below.pk]
    assert [event.event for event in events_of(bank.organisation)] == ["branch_opened"]
    with pytest.raises(InvalidInput) as refused:
        organisation_create(kind="bureau", name="x", parent=branch)
    assert refused.value.code == "wrong_parent"


def test_who_looks_after_an_organisation_looks_after_its_branches_and_no_other() -> None:
    head, rival = world.person_of("bureau"), world.person_of("bureau")
    assert head.organisation is not None
    branch = branch_open(actor=head, parent_id=head.organisation.pk, name="district")
    district = world.person(branch)
    assert set(organisations_managed_by(head)) == {head.organisation, branch}
    assert list(organisations_managed_by(district)) == [branch]
    assert organisations_managed_by(world.person(branch, role=Role.BUREAU_OFFICER)).count() == 0
    assert organisations_managed_by(None).count() == 0
    assert organisations_managed_by(platform_account()).count() == Organisation.objects.count()
    for stranger in (district, rival):
        with pytest.raises(NotFound):
            branch_open(actor=stranger, parent_id=head.organisation.pk, name="x")
    assert Organisation.objects.filter(parent=head.organisation).count() == 1


@pytest.mark.database
@pytest.mark.parametrize(
    "values", [{"suspended_at": world.NOW}, {"suspended_because": "x"}, {"parent": "itself"}], ids=str
)
def test_the_database_refuses_what_cannot_be(values: dict[str, object]) -> None:
    one = organisation_create(kind="bureau", name="x")
    given = {"parent_id": one.pk} if "parent" in values else values
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=one.pk).update(**given)


def test_people_of_a_suspended_organisation_hold_nothing() -> None:
    for kind in ("company", "institution", "bureau", "advisers"):
        person = world.person_of(kind)
        assert person.organisation is not None
        assert may(person, Action.MEMBERS_MANAGE)
        suspended(person.organisation)
        gone = anew(person)
        assert organisation_of(gone) is None
        assert viewer_tokens(gone) == ("public",)
        assert actions_of(gone) == frozenset()
        organisation_resume(actor=platform_account(), organisation_id=person.organisation.pk)
        assert actions_of(anew(person)) == actions_of(person) != frozenset()


def test_a_suspension_takes_the_branches_along_and_is_written_down() -> None:
    head = world.person_of("institution")
    assert head.organisation is not None
    near = branch_open(actor=head, parent_id=head.organisation.pk, name="near")
    far = branch_open(actor=head, parent_id=head.organisation.pk, name="far")
    suspended(far, "its own fault")
    told = suspended(head.organisation, "licence expired")
    near.refresh_from_db()
    far.refresh_from_db()
    assert (near.suspended_at, near.suspended_because) == (told.suspended_at, "licence expired")
    assert far.suspended_because == "its own fault"
    organisation_resume(actor=platform_account(), organisation_id=head.organisation.pk)
    near.refresh_from_db()
    far.refresh_from_db()
    assert (near.suspended, far.suspended) == (False, True), "what was suspended by itself stays so"
    written = [(event.event, event.before, event.after, event.note) for event in events_of(near)]
    assert written == [("suspend", "active", "suspended", "licence expired"), ("resume", "suspended", "active", "")]
    assert broken_at(near) is None


def test_what_cannot_be_suspended_or_resumed_is_told() -> None:
    bank, platform = world.person_of("institution"), world.person_of("platform")
    assert bank.organisation is not None
    assert platform.organisation is not None
    for actor in (bank, world.person_of("bureau"), world.person_of("platform", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            organisation_suspend(actor=actor, organisation_id=bank.organisation.pk, reason="x")
        with pytest.raises(NotAllowed):
            organisation_open(actor=actor, kind="bureau", name="x")
    with pytest.raises(NotFound):
        organisation_suspend(actor=platform, organisation_id=bank.organisation.pk + 1000, reason="x")
    with pytest.raises(InvalidInput):
        organisation_suspend(actor=platform, organisation_id=bank.organisation.pk, reason=" ")
    with pytest.raises(Conflict):
        organisation_suspend(actor=platform, organisation_id=platform.organisation.pk, reason="x")
    with pytest.raises(Conflict):
        organisation_resume(actor=platform, organisation_id=bank.organisation.pk)
    branch = branch_open(actor=bank, parent_id=bank.organisation.pk, name="branch")
    suspended(bank.organisation)
    with pytest.raises(Conflict):
        suspended(bank.organisation)
    with pytest.raises(Conflict):
        organisation_resume(actor=platform, organisation_id=branch.pk)
    assert Organisation.objects.filter(suspended_at__isnull=False).count() == 2


def test_what_a_suspended_organisation_offers_and_asks_for_leaves_the_market() -> None:
    load_pack(PACK)
    company, bank = world.company(), world.institution()
    need, product = world.need(company), world.product(bank)
    cache.clear()  # the market's figures are kept for a while
    before = (needs_on_the_market().count(), products_on_the_shelf().count())
    market = open_market(TODAY)
    assert (market.size, market_figures().needs) == (1, 1)
    Copy.objects.all().delete()
    suspended(company.organisation)
    suspended(bank.organisation)
    marked = set(Copy.objects.values_list("kind", "object_id"))
    assert marked == {("need", need.pk), ("product", product.pk)}, "their copies follow"
    assert (needs_on_the_market().count(), products_on_the_shelf().count()) == (before[0] - 1, before[1] - 1)
    assert open_market(TODAY).size == 0
    assert product.pk not in {one.id for one in coverage(open_market(TODAY)).products}
    assert product not in products_visible_to(None)
    organisation_resume(actor=platform_account(), organisation_id=company.organisation_id)
    organisation_resume(actor=platform_account(), organisation_id=bank.organisation_id)
    assert (needs_on_the_market().count(), products_on_the_shelf().count()) == before
    assert open_market(TODAY).size == 1
    assert product in products_visible_to(None)
