"""Filing, changing, opening and closing needs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from backend.accounts.services import platform_account
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.indexing.documents import documents, setting
from backend.indexing.models import Copy
from backend.needs.models import Need
from backend.needs.services import NeedInput, need_close, need_create, need_open, need_update
from tests import world
from tests.matching.cases import PACK
from tests.matching.loading import load_pack

pytestmark = pytest.mark.django_db


def generation(need: Need) -> int:
    return Copy.objects.get(kind="need", object_id=need.pk).generation


def test_a_draft_is_opened_closed_and_opened_once_more() -> None:
    company = world.company()
    owner = world.person(company.organisation)
    data = NeedInput(title=" 采购设备 ", amount=Decimal("1000000"), facts={"guarantor_available": True})
    need = need_create(actor=owner, company_id=company.pk, data=data, today=world.TODAY)
    assert (need.status, need.opened_at, need.title, need.amount) == ("draft", None, "采购设备", Decimal("1000000.00"))
    assert need.facts == {"guarantor_available": {"value": True, "source": "declared", "as_of": "2025-06-30"}}
    opened = need_open(actor=owner, need_id=need.pk, expected_version=1, now=world.NOW)
    assert (opened.status, opened.opened_at, opened.version) == ("open", world.NOW, 4)
    closed = need_close(actor=owner, need_id=need.pk, expected_version=4)
    assert (closed.status, closed.version) == ("closed", 5)
    assert need_open(actor=owner, need_id=need.pk, expected_version=5, now=world.NOW).status == "open"
    assert generation(need) == 4


def test_a_step_from_the_wrong_state_is_refused_and_changes_nothing() -> None:
    need = world.need(opened_at=None)
    actor = platform_account()
    with pytest.raises(Conflict) as refused:
        need_close(actor=actor, need_id=need.pk, expected_version=1)
    assert refused.value.code == "wrong_state"
    need_open(actor=actor, need_id=need.pk, expected_version=1)
    need_close(actor=actor, need_id=need.pk, expected_version=4)
    with pytest.raises(Conflict) as refused:
        need_update(actor=actor, need_id=need.pk, data=NeedInput.of(need), expected_version=5)
    assert refused.value.code == "wrong_state"
    need.refresh_from_db()
    assert (need.status, need.version, generation(need)) == ("closed", 5, 3)


def test_a_change_on_an_old_version_is_refused_and_changes_nothing() -> None:
    need = world.need()
    data = replace(NeedInput.of(need), title="别的")
    with pytest.raises(Conflict) as refused:
        need_update(actor=platform_account(), need_id=need.pk, data=data, expected_version=2)
    assert refused.value.code == "version_conflict"
    need.refresh_from_db()
    assert (need.title, generation(need)) == ("采购设备", 1)


def test_an_update_replaces_what_the_need_says() -> None:
    need = world.need(facts={"urgency": "30"})
    data = replace(NeedInput.of(need), amount=Decimal("2.50"), term_months=None, facts={})
    changed = need_update(actor=platform_account(), need_id=need.pk, data=data, expected_version=1)
    assert (changed.amount, changed.term_months, changed.facts, changed.version) == (Decimal("2.50"), None, {}, 2)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount": None}, "required", "amount"),
        ({"title": "长" * 201}, "wrong_length", "title"),
        ({"description": "长" * 4001}, "wrong_length", "description"),
        ({"amount": Decimal(0)}, "out_of_range", "amount"),
        ({"amount": Decimal("-1")}, "out_of_range", "amount"),
        ({"amount": Decimal("1.005")}, "out_of_range", "amount"),
        ({"amount": Decimal("NaN")}, "out_of_range", "amount"),
        ({"amount": Decimal(10) ** 15}, "out_of_range", "amount"),
        ({"term_months": 0}, "out_of_range", "term_months"),
        ({"term_months": 601}, "out_of_range", "term_months"),
        ({"purpose": "no such code!"}, "unknown_code", "purpose"),
        ({"facts": {"purpose": "order"}}, "misplaced_attribute", "facts.purpose"),
        ({"facts": {"employees": 3}}, "unknown_attribute", "facts.employees"),
        ({"facts": {"collateral": "inventory"}}, "wrong_type", "facts.collateral"),
    ],
)
def test_wrong_input_is_refused_with_its_path(values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        world.need(**values)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Need.objects.exists()
    assert not Copy.objects.exists()


def test_who_may_write_a_need() -> None:
    need = world.need()
    data = NeedInput.of(need)
    for kind, error in (("company", NotFound), ("institution", NotFound), ("bureau", NotAllowed)):
        actor = world.person_of(kind)
        with pytest.raises(error):
            need_update(actor=actor, need_id=need.pk, data=data, expected_version=1)
        with pytest.raises(error):
            need_close(actor=actor, need_id=need.pk, expected_version=1)
        with pytest.raises(error):
            need_create(actor=actor, company_id=need.company_id, data=data)
    assert generation(need) == 1
    owner = world.person(need.company.organisation)
    assert need_update(actor=owner, need_id=need.pk, data=data, expected_version=1).version == 2


def test_a_draft_may_say_nothing_yet_and_is_opened_once_it_has_an_amount() -> None:
    load_pack(PACK)
    company = world.company()
    owner = world.person(company.organisation)
    need = need_create(actor=owner, company_id=company.pk, data=NeedInput(title="  "), today=world.TODAY)
    assert (need.status, need.title, need.amount, need.term_months, need.purpose) == ("draft", "", None, None, "")
    document = documents("need", [need.pk], setting(world.TODAY))[need.pk]
    assert isinstance(document, dict)
    assert (document["suggestions"], document["title"], "amount" in document) == ([], "", False)
    with pytest.raises(InvalidInput) as refused:
        need_open(actor=owner, need_id=need.pk, expected_version=1, now=world.NOW)
    assert (refused.value.code, refused.value.field) == ("required", "amount")
    need.refresh_from_db()
    assert (need.status, need.version, generation(need)) == ("draft", 1, 1)
    data = NeedInput(amount=Decimal("1500000"), purpose="equipment")
    need_update(actor=owner, need_id=need.pk, data=data, expected_version=1, today=world.TODAY)
    with override("en"):
        opened = need_open(actor=owner, need_id=need.pk, expected_version=2, now=world.NOW)
    assert (opened.status, opened.title, opened.version) == (
        "open",
        "Equipment and technical upgrading, CNY 1.5 million",
        5,
    )


@pytest.mark.parametrize(
    ("purpose", "title"),
    [
        ("", "Financing of CNY 1 million"),
        ("working_capital", "Working capital, CNY 1 million"),
    ],
)
def test_a_need_opened_without_a_title_is_named_after_purpose_and_amount(purpose: str, title: str) -> None:
    load_pack(PACK)
    with override("en"):
        assert world.need(title="", purpose=purpose).title == title


def test_an_open_need_loses_neither_amount_nor_title() -> None:
    load_pack(PACK)
    need = world.need()
    with pytest.raises(InvalidInput) as refused:
        need_update(actor=platform_account(), need_id=need.pk, data=NeedInput(title="采购设备"), expected_version=1)
    assert (refused.value.code, refused.value.field) == ("required", "amount")
    need.refresh_from_db()
    assert (need.amount, need.version, generation(need)) == (Decimal("1000000.00"), 1, 1)
    data = replace(NeedInput.of(need), title="")
    with override("en"):
        changed = need_update(actor=platform_account(), need_id=need.pk, data=data, expected_version=1)
    assert (changed.title, changed.version) == ("Equipment and technical upgrading, CNY 1 million", 2)


@pytest.mark.parametrize("values", [{"amount": None}, {"title": ""}])
@pytest.mark.parametrize("status", ["open", "closed"])
def test_the_database_keeps_what_was_shown_whole(values: dict[str, Any], status: str) -> None:
    need = world.need()
    with pytest.raises(IntegrityError), transaction.atomic():
        Need.objects.filter(pk=need.pk).update(status=status, **values)
