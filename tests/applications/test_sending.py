"""One consent, one round: what is sent, what is refused, and what stays of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import Organisation
from backend.accounts.roles import Role
from backend.applications.models import Application, Consent
from backend.applications.queries import applications_visible_to, consents_visible_to
from backend.applications.services import SendInput, application_withdraw, applications_send
from backend.applications.services.sending import digest
from backend.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from backend.companies.models import Company
from backend.lifecycle.queries import events_of
from backend.needs.models import Need
from backend.needs.services import need_close
from backend.packs.models import Pack, Parameter
from backend.products.services import ProductInput, product_update
from tests import world
from tests.applications.playing import NOW, Sides, bank, colleague, day_of, sides

pytestmark = pytest.mark.django_db


def test_one_consent_opens_a_case_with_each_institution(table: Sides) -> None:
    _bank, other, *_staff = bank(kind="loan.tax")
    first, second = table.send(table.product, other)
    consent = Consent.objects.get()
    assert [case.consent_id for case in (first, second)] == [consent.pk, consent.pk]
    assert [(case.product, case.institution, case.status) for case in (first, second)] == [
        (table.product, table.bank, "submitted"),
        (other, other.institution, "submitted"),
    ]
    assert (first.online, second.online) == (False, True)
    assert day_of(second.decide_by) == "2025-07-07"
    assert (consent.given_by, consent.given_at, consent.text_version) == (table.owner, NOW, 1)
    assert consent.text.startswith("本企业同意")
    assert [one["product"] for one in consent.recipients] == [table.product.pk, other.pk]
    assert consent.shared["company"]["credit_code"] == table.company.credit_code
    assert consent.shared["need"]["amount"] == "1000000.00"
    assert consent.digest == digest(consent.text, consent.recipients, consent.shared)
    assert [(event.event, event.after, event.actor) for event in events_of(first)] == [
        ("send", "submitted", table.owner)
    ]
    assert Need.objects.get(pk=table.need.pk).status == "talking"


def test_the_case_keeps_the_terms_that_were_applied_for(table: Sides) -> None:
    (case,) = table.send()
    product_update(
        actor=colleague(table.bank.organisation, Role.PRODUCT_EDITOR),
        product_id=table.product.pk,
        data=replace(ProductInput.of(table.product), rate_max=Decimal("9.0000")),
        expected_version=table.product.version,
        now=NOW + timedelta(days=1),
    )
    case.refresh_from_db()
    assert case.product.rate_max == Decimal("9.0000")
    assert case.product_version.content["rate_max"] == "4.5000"


@pytest.mark.database
def test_a_consent_is_written_once(table: Sides) -> None:
    table.send()
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Consent.objects.update(text="别的")
    with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
        Consent.objects.all()._raw_delete(using="default")


def refused(table: Sides, **values: object) -> DomainError:
    """What sending raises, having written nothing."""
    before = Application.objects.count()
    with pytest.raises(DomainError) as fault, transaction.atomic():
        table.send(**values)  # type: ignore[arg-type]
    assert Application.objects.count() == before
    return fault.value


def test_without_consent_nothing_is_sent(table: Sides) -> None:
    error = refused(table, agreed=False)
    assert (type(error), error.code, error.field) == (InvalidInput, "consent_needed", "consent")
    assert Need.objects.get(pk=table.need.pk).status == "open"


def test_a_text_that_changed_is_read_again(table: Sides) -> None:
    old = Parameter.objects.get(name="application_consent")
    Parameter.objects.create(name=old.name, version=2, effective_from=NOW.date(), content=old.content)
    Pack.objects.get().save()  # as a load does
    error = refused(table)
    assert (type(error), error.code) == (Conflict, "consent_changed")
    (case,) = table.send(text_version=2)
    assert case.consent.text_version == 2


def test_nothing_chosen(table: Sides) -> None:
    assert refused(table, product_ids=[]).code == "nothing_chosen"


def test_a_product_that_is_not_on_offer_cannot_be_applied_for(table: Sides) -> None:
    draft = world.product(table.bank, published=False)
    for product in (draft.pk, 10**9):
        error = refused(table, product_ids=[table.product.pk, product])
        assert (error.code, error.field) == ("not_applicable", "products[1]")


def test_a_product_whose_conditions_are_not_met_cannot_be_applied_for(table: Sides) -> None:
    _bank, small, *_staff = bank(amount_max=Decimal("500000.00"))
    error = refused(table, product_ids=[small.pk])
    assert (error.code, error.field) == ("not_eligible", "products[0]")
    assert small.name_zh in error.message


def test_a_product_for_which_something_is_not_known_can_be_applied_for(table: Sides) -> None:
    rule = {"all": [{"attribute": "tax_grade", "op": "one_of", "value": ["A"]}]}
    _bank, asking, *_staff = bank(rule=rule)
    (case,) = table.send(asking)
    assert case.status == "submitted"


def test_one_live_case_for_a_need_and_a_product(table: Sides) -> None:
    (case,) = table.send()
    error = refused(table)
    assert (type(error), error.code) == (Conflict, "already_applied")
    application_withdraw(actor=table.owner, application_id=case.pk, now=NOW)
    (again,) = table.send()
    assert again.pk != case.pk


@pytest.mark.database
def test_the_database_holds_to_one_live_case(table: Sides) -> None:
    (case,) = table.send()
    case.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        case.save(force_insert=True)


def test_a_need_has_at_most_five_cases_under_way(table: Sides) -> None:
    products = [bank()[1] for _ in range(5)]
    assert refused(table, product_ids=[one.pk for one in (table.product, *products)]).code == "too_many_cases"
    assert len(table.send(*products)) == 5
    assert refused(table).code == "too_many_cases"


def test_only_the_company_s_owner_sends_and_only_for_an_open_need(table: Sides) -> None:
    data = SendInput(need_id=table.need.pk, product_ids=[table.product.pk], agreed=True, text_version=1)
    stranger, officer = sides().owner, world.person_of("bureau")
    wrong = ((table.member, NotAllowed), (table.worker, NotFound), (stranger, NotFound), (officer, NotAllowed))
    for actor, error in wrong:
        with pytest.raises(error):
            applications_send(actor=actor, data=data, now=NOW)
    table.need.refresh_from_db()
    need_close(actor=table.owner, need_id=table.need.pk, expected_version=table.need.version)
    assert refused(table).code == "wrong_state"


def test_the_bureau_of_a_district_reads_the_cases_of_its_companies_alone(table: Sides) -> None:
    Company.objects.filter(pk=table.company.pk).update(facts={"region": {"value": "370102"}})
    (case,) = table.send()
    city = Organisation.objects.create(kind="bureau", name="City")
    near, far = (
        Organisation.objects.create(kind="bureau", name=region, region=region, parent=city)
        for region in ("370102", "370104")
    )
    people = [colleague(city, Role.BUREAU_HEAD), *(colleague(one, Role.BUREAU_OFFICER) for one in (near, far))]
    assert [list(applications_visible_to(one)) for one in people] == [[case], [case], []]
    assert [list(consents_visible_to(one)) for one in people] == [[case.consent], [case.consent], []]
