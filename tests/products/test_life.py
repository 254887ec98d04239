"""Review by a second pair of eyes, confirmation, suspension, versions, and which needs a step gains and loses."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.accounts.services import platform_account
from backend.common.errors import Conflict, InvalidInput, NotAllowed
from backend.indexing.models import Copy
from backend.lifecycle.models import Event
from backend.lifecycle.queries import broken_at, events_of
from backend.matching.market import forget
from backend.matching.reach import Moves
from backend.products.clock import products_lapse
from backend.products.models import Institution, Product, ProductVersion
from backend.products.moves import moves_to
from backend.products.queries import confirm_by, products_notice_due, products_to_review
from backend.products.services import ProductInput, product_import, product_update
from backend.products.shelving import (
    product_approve,
    product_confirm,
    product_publish,
    product_reject,
    product_restock,
    product_resume,
    product_retire,
    product_submit,
    product_suspend,
    product_withdraw,
)
from backend.products.telling import needs_confirming
from backend.products.versions import COLUMNS, product_version
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pack(db: None) -> None:
    forget()
    load_pack(PACK)
    Product.objects.all()._raw_delete("default")


@pytest.fixture
def bank() -> Institution:
    return world.institution()


def person(bank: Institution, role: Role) -> User:
    made = world.person(bank.organisation)
    made.role = role
    made.save()
    return made


def last(product: Product) -> Event:
    assert broken_at(product) is None
    found = events_of(product).last()
    assert found is not None
    return found


def test_who_submits_does_not_approve_where_somebody_else_can(bank: Institution) -> None:
    chief, approver = person(bank, Role.INSTITUTION_ADMIN), person(bank, Role.RISK_APPROVER)
    draft = world.product(bank, published=False)
    waiting = product_publish(actor=chief, product_id=draft.pk, expected_version=1, now=world.NOW)
    assert (waiting.status, waiting.last_confirmed_on) == ("review", None)
    assert list(products_to_review(approver)) == [draft]
    with pytest.raises(NotAllowed) as refused:
        product_approve(actor=chief, product_id=draft.pk, expected_version=2)
    assert refused.value.code == "four_eyes"
    done = product_approve(actor=approver, product_id=draft.pk, expected_version=2, now=world.NOW)
    assert (done.status, done.last_confirmed_on, done.version) == ("published", world.TODAY, 3)
    assert last(done).data == {"four_eyes": True, "enter": 0, "leave": 0}
    assert [event.event for event in events_of(done)] == ["file", "submit", "approve"]


@pytest.mark.parametrize(
    ("role", "active", "status", "four_eyes"),
    [
        (Role.PRODUCT_EDITOR, True, "published", False),
        (Role.ACCOUNT_MANAGER, True, "published", False),
        (Role.MANAGER, False, "published", False),
        (Role.MANAGER, True, "review", None),
    ],
)
def test_a_lone_reviewer_approves_what_he_submitted(
    bank: Institution, role: Role, active: bool, status: str, four_eyes: bool | None
) -> None:
    other = person(bank, role)
    other.is_active = active
    other.save()
    chief = person(bank, Role.INSTITUTION_ADMIN)
    draft = world.product(bank, published=False)
    done = product_publish(actor=chief, product_id=draft.pk, expected_version=1, now=world.NOW)
    assert (done.status, last(done).data.get("four_eyes")) == (status, four_eyes)


def test_an_editor_hands_in_and_cannot_approve(bank: Institution) -> None:
    editor, approver = person(bank, Role.PRODUCT_EDITOR), person(bank, Role.RISK_APPROVER)
    draft = world.product(bank, published=False)
    with pytest.raises(NotAllowed):
        product_submit(actor=approver, product_id=draft.pk, expected_version=1)
    assert product_publish(actor=editor, product_id=draft.pk, expected_version=1).status == "review"
    for service in (product_approve, product_publish):
        with pytest.raises(NotAllowed):
            service(actor=editor, product_id=draft.pk, expected_version=2)
    with pytest.raises(InvalidInput) as refused:
        product_reject(actor=approver, product_id=draft.pk, expected_version=2, reason=" ")
    assert (refused.value.code, refused.value.field) == ("wrong_length", "reason")
    back = product_reject(actor=approver, product_id=draft.pk, expected_version=2, reason="利率有误")
    assert (back.status, last(back).note) == ("draft", "利率有误")
    again = product_submit(actor=editor, product_id=draft.pk, expected_version=3)
    assert product_withdraw(actor=editor, product_id=draft.pk, expected_version=again.version).status == "draft"
    assert not ProductVersion.objects.exists()


def test_what_is_reviewed_is_not_changed(bank: Institution) -> None:
    editor = person(bank, Role.PRODUCT_EDITOR)
    draft = world.product(bank, published=False)
    product_submit(actor=editor, product_id=draft.pk, expected_version=1)
    with pytest.raises(Conflict) as refused:
        product_update(actor=editor, product_id=draft.pk, data=ProductInput.of(draft), expected_version=2)
    assert refused.value.code == "wrong_state"


@pytest.mark.parametrize(("days", "lapsed", "noticed"), [(75, 0, 0), (76, 0, 1), (90, 0, 1), (91, 1, 0)])
def test_what_nobody_confirms_leaves_the_shelf_with_notice_before(
    bank: Institution, days: int, lapsed: int, noticed: int
) -> None:
    product = world.product(bank)
    day = world.TODAY + timedelta(days=days)
    assert confirm_by(product, day) == world.TODAY + timedelta(days=90)
    assert products_notice_due(day).count() == noticed
    assert needs_confirming(product, day) == (days >= 76)
    before = Copy.objects.get(kind="product", object_id=product.pk).generation
    assert products_lapse(world.NOW + timedelta(days=days)) == lapsed
    assert products_lapse(world.NOW + timedelta(days=days)) == 0
    product.refresh_from_db()
    assert product.status == ("suspended" if lapsed else "published")
    assert Copy.objects.get(kind="product", object_id=product.pk).generation == before + lapsed
    if lapsed:
        event = last(product)
        assert (event.event, event.actor, event.data) == ("lapse", None, {"last_confirmed_on": "2025-06-30"})


def test_a_confirmation_starts_the_days_anew_and_keeps_the_version(bank: Institution) -> None:
    product, editor = world.product(bank), person(bank, Role.PRODUCT_EDITOR)
    later = world.NOW + timedelta(days=80)
    done = product_confirm(actor=editor, product_id=product.pk, expected_version=product.version, now=later)
    assert (done.status, done.last_confirmed_on) == ("published", world.TODAY + timedelta(days=80))
    assert products_lapse(world.NOW + timedelta(days=170)) == 0
    assert product_version(done).number == 1
    assert last(done).data == {}


def test_a_suspended_product_comes_back_confirmed_and_a_retired_one_does_not(bank: Institution) -> None:
    product, chief = world.product(bank), person(bank, Role.INSTITUTION_ADMIN)
    off = product_suspend(actor=chief, product_id=product.pk, expected_version=3, reason="额度用完")
    assert (off.status, last(off).note) == ("suspended", "额度用完")
    later = world.NOW + timedelta(days=100)
    back = product_resume(actor=chief, product_id=product.pk, expected_version=4, now=later)
    assert (back.status, back.last_confirmed_on) == ("published", world.TODAY + timedelta(days=100))
    gone = product_retire(actor=chief, product_id=product.pk, expected_version=5)
    for service in (product_publish, product_resume, product_confirm, product_suspend, product_retire):
        with pytest.raises(Conflict) as refused:
            service(actor=chief, product_id=product.pk, expected_version=gone.version)
        assert refused.value.code == "wrong_state"
    restored = product_restock(actor=platform_account(), product_id=product.pk, confirmed_on=world.TODAY)
    assert (restored.status, restored.last_confirmed_on, last(restored).event) == ("published", world.TODAY, "restore")
    with pytest.raises(NotAllowed):
        product_restock(actor=chief, product_id=product.pk, confirmed_on=world.TODAY)


@pytest.mark.parametrize("state", ["draft", "review", "published", "suspended", "retired"])
def test_the_pack_puts_a_product_on_the_shelf_from_any_state(bank: Institution, state: str) -> None:
    product = world.product_in(state, bank)
    day = world.TODAY - timedelta(days=5)
    done = product_restock(actor=platform_account(), product_id=product.pk, confirmed_on=day, now=world.NOW)
    assert (done.status, done.last_confirmed_on) == ("published", day)
    assert product_version(done).number == 1


def test_an_import_is_on_the_shelf_or_off_it_without_a_review(bank: Institution) -> None:
    data = ProductInput(code="imported", kind="loan.credit", name_zh="信用贷", name_en="Credit loan")
    made = product_import(actor=platform_account(), data=data, institution_id=bank.pk, confirmed_on=world.TODAY)
    assert (made.status, made.last_confirmed_on, last(made).event) == ("published", world.TODAY, "import")
    data = replace(data, code="over")
    over = product_import(
        actor=platform_account(), data=data, institution_id=bank.pk, confirmed_on=world.TODAY, retired=True
    )
    assert (over.status, over.last_confirmed_on) == ("retired", None)
    with pytest.raises(NotAllowed):
        product_import(
            actor=person(bank, Role.INSTITUTION_ADMIN), data=data, institution_id=bank.pk, confirmed_on=world.TODAY
        )


def test_versions_keep_the_terms_that_were_on_offer(bank: Institution) -> None:
    product, editor = world.product(bank), person(bank, Role.PRODUCT_EDITOR)
    rule = {"attribute": "annual_revenue", "op": "at_least", "value": "5000000", "unit": "yuan"}
    data = replace(ProductInput.of(product), rate_max=Decimal("6.0000"), rule=rule)
    changed = product_update(actor=editor, product_id=product.pk, data=data, expected_version=3, now=world.NOW)
    first, second = product.versions.order_by("number")
    assert (first.number, second.number) == (1, 2)
    assert product_version(changed) == second
    assert ProductInput.of(second.offer()) == ProductInput.of(changed)
    was = first.offer()
    assert (was.rate_max, was.rule, was.institution) == (Decimal("4.5000"), {}, bank)
    assert last(changed).data == {"changed": ["rate_max", "rule"], "enter": 0, "leave": 0}


def test_what_came_past_the_services_is_kept_when_first_asked_for(bank: Institution) -> None:
    columns = {name: getattr(ProductInput(code="raw", kind="loan.credit", name_zh="贷", name_en="Loan"), name)
               for name in COLUMNS}  # fmt: skip
    raw = Product.objects.create(institution=bank, status="published", last_confirmed_on=world.TODAY,
                                 **{name: list(v) if v == () else v for name, v in columns.items()})  # fmt: skip
    raw.refresh_from_db()
    assert product_version(raw) == product_version(raw)
    assert raw.versions.count() == 1


def test_a_version_has_the_fields_of_what_is_said() -> None:
    assert set(COLUMNS) == {field.name for field in fields(ProductInput)}


@pytest.mark.database
def test_the_database_keeps_versions(bank: Institution) -> None:
    product = world.product(bank)
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        ProductVersion.objects.filter(product=product).update(number=7)
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        ProductVersion.objects.filter(product=product).delete()


def test_publishing_and_changing_tell_which_needs_enter_and_leave(bank: Institution) -> None:
    for revenue in ("1000000", "3000000", "9000000"):
        world.need(world.company(facts={"annual_revenue": revenue}))
    chief = person(bank, Role.INSTITUTION_ADMIN)

    def rule(least: str) -> dict[str, object]:
        return {"attribute": "annual_revenue", "op": "at_least", "value": least, "unit": "yuan"}

    draft = world.product(bank, published=False, rule=rule("2000000"))
    assert moves_to(draft, draft, today=world.TODAY) == Moves(enter=2, leave=0)
    done = product_publish(actor=chief, product_id=draft.pk, expected_version=1, now=world.NOW)
    assert last(done).data == {"four_eyes": False, "enter": 2, "leave": 0}
    data = replace(ProductInput.of(done), rule=rule("500000"))
    wider = product_update(actor=chief, product_id=draft.pk, data=data, expected_version=done.version, now=world.NOW)
    assert last(wider).data == {"changed": ["rule"], "enter": 1, "leave": 0}
    data = replace(ProductInput.of(wider), rule=rule("5000000"), amount_max=Decimal(6_000_000))
    narrower = product_update(
        actor=chief, product_id=draft.pk, data=data, expected_version=wider.version, now=world.NOW
    )
    assert last(narrower).data == {"changed": ["amount_max", "rule"], "enter": 0, "leave": 2}
    off = product_suspend(actor=chief, product_id=draft.pk, expected_version=narrower.version)
    data = replace(ProductInput.of(off), rule=rule("500000"))
    unseen = product_update(actor=chief, product_id=draft.pk, data=data, expected_version=off.version, now=world.NOW)
    assert last(unseen).data == {"changed": ["rule"]}
    assert moves_to(unseen, unseen, today=world.TODAY) == Moves(enter=3, leave=0)


def test_what_companies_are_in_talks_about_is_counted(bank: Institution) -> None:
    world.need_in("talking")
    world.need_in("expired")
    draft = world.product(bank, published=False)
    assert moves_to(draft, draft, today=world.TODAY) == Moves(enter=1, leave=0)


def test_without_the_pack_s_word_nothing_lapses() -> None:
    product = world.product()
    assert confirm_by(product, world.TODAY - timedelta(days=10_000)) is None
