"""Filing and changing companies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backend.accounts.models import Organisation
from backend.accounts.services import platform_account
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.companies.models import Company
from backend.companies.services import CompanyInput, company_create, company_update
from backend.indexing.models import Copy
from tests import world

pytestmark = pytest.mark.django_db


def given(**values: Any) -> CompanyInput:
    return CompanyInput(**({"name": "甲公司", "credit_code": world.credit_code()} | values))


def test_a_company_files_itself_and_its_word_is_declared() -> None:
    owner = world.person_of("company")
    company = company_create(
        actor=owner,
        data=given(
            facts={"employees": "35", "tax_grade": {"value": "B", "source": "authorised", "as_of": "2025-03-31"}}
        ),
        today=world.TODAY,
    )
    assert company.organisation == owner.organisation
    assert company.facts == {
        "employees": {"value": "35", "source": "declared", "as_of": "2025-06-30"},
        "tax_grade": {"value": "B", "source": "declared", "as_of": "2025-03-31"},
    }


def test_the_platform_attests_and_the_company_sending_it_back_does_not_undo_that() -> None:
    owner = world.person_of("company")
    assert owner.organisation is not None
    attested = {"tax_paid": {"value": "120000", "source": "authorised", "as_of": "2025-01-31"}}
    company = company_create(
        actor=platform_account(), organisation=owner.organisation, data=given(facts=attested), today=world.TODAY
    )
    before = CompanyInput.of(company)
    same = replace(before, facts={"tax_paid": "120000.00", "employees": 3})
    kept = company_update(actor=owner, company_id=company.pk, data=same, expected_version=1, today=world.TODAY)
    assert kept.facts == attested | {"employees": {"value": "3", "source": "declared", "as_of": "2025-06-30"}}
    left_out = replace(before, facts={"employees": None})
    emptied = company_update(actor=owner, company_id=company.pk, data=left_out, expected_version=2, today=world.TODAY)
    assert (emptied.facts, emptied.version) == (attested, 3)


@pytest.mark.parametrize("source", ["authorised", "computed"])
@pytest.mark.parametrize("entry", ["130000", None, {"value": "130000", "source": "authorised"}, {"value": None}])
def test_a_company_neither_changes_nor_erases_what_is_attested(source: str, entry: object) -> None:
    owner = world.person_of("company")
    assert owner.organisation is not None
    attested = {"tax_paid": {"value": "120000", "source": source, "as_of": "2025-01-31"}}
    company = company_create(
        actor=platform_account(), organisation=owner.organisation, data=given(facts=attested), today=world.TODAY
    )
    data = replace(CompanyInput.of(company), facts={"tax_paid": entry})
    with pytest.raises(InvalidInput) as refused:
        company_update(actor=owner, company_id=company.pk, data=data, expected_version=1, today=world.TODAY)
    assert (refused.value.code, refused.value.field) == ("attested_fact", "facts.tax_paid")
    company.refresh_from_db()
    assert (company.facts, company.version) == (attested, 1)
    freed = company_update(
        actor=platform_account(), company_id=company.pk, data=data, expected_version=1, today=world.TODAY
    )
    assert freed.facts != attested


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"emplyees": 3}, "unknown_attribute", "facts.emplyees"),
        ({"amount": "5"}, "unknown_attribute", "facts.amount"),
        ({"years_in_business": "3"}, "computed_attribute", "facts.years_in_business"),
        ({"size_class": "small"}, "computed_attribute", "facts.size_class"),
        ({"employees": 1.5}, "wrong_type", "facts.employees"),
        ({"employes": None}, "unknown_attribute", "facts.employes"),
        ({"employees": {"vale": 5}}, "extra_key", "facts.employees.vale"),
        ({"employees": {}}, "required", "facts.employees.value"),
        ({"employees": -1}, "out_of_range", "facts.employees"),
        ({"employees": {"value": 3, "as_of": "2025-07-01"}}, "future_date", "facts.employees"),
        ({"employees": {"value": 3, "as_of": "soon"}}, "wrong_date", "facts.employees"),
        ({"employees": {"value": 3, "source": "hearsay"}}, "unknown_source", "facts.employees"),
    ],
)
def test_a_wrong_fact_is_refused_with_its_path(facts: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        company_create(actor=world.person_of("company"), data=given(facts=facts), today=world.TODAY)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Company.objects.exists()


def test_null_is_unknown() -> None:
    company = company_create(
        actor=world.person_of("company"),
        data=given(facts={"employees": None, "tax_grade": {"value": None}}),
        today=world.TODAY,
    )
    assert company.facts == {}


@pytest.mark.parametrize(
    ("code", "proof", "refusal"),
    [
        ("9135020", "", "credit_code_length"),
        ("91350200MA2YJ1XR9I", "a letter", "credit_code_character"),
        ("91350100M0001TGQXM", "", "credit_code_check"),
        ("91350100M0001TGQXM", "  ", "credit_code_check"),
    ],
)
def test_a_wrong_credit_code_is_refused(code: str, proof: str, refusal: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        world.company(credit_code=code, credit_code_proof=proof)
    assert (refused.value.code, refused.value.field) == (refusal, "credit_code")


def test_a_wrong_check_character_is_kept_with_its_proof_and_flagged() -> None:
    early = world.company(credit_code="9135 0100 m000 1tgq xm", credit_code_proof="营业执照副本")
    assert (early.credit_code, early.credit_code_checked) == ("91350100M0001TGQXM", False)
    assert early.credit_code_proof == "营业执照副本"
    assert world.company(credit_code="91350200MA2YJ1XR9G").credit_code_checked is True


def test_a_credit_code_is_filed_once() -> None:
    world.company(credit_code="91350200MA2YJ1XR9G")
    with pytest.raises(Conflict) as refused:
        world.company(credit_code="91350200MA2YJ1XR9G")
    assert (refused.value.code, refused.value.status) == ("credit_code_taken", 409)
    other = world.company()
    with pytest.raises(Conflict) as refused:
        company_update(
            actor=platform_account(),
            company_id=other.pk,
            data=given(credit_code="91350200MA2YJ1XR9G"),
            expected_version=1,
        )
    assert refused.value.code == "credit_code_taken"


def test_an_organisation_files_one_company() -> None:
    owner = world.person_of("company")
    company_create(actor=owner, data=given(), today=world.TODAY)
    with pytest.raises(Conflict) as refused:
        company_create(actor=owner, data=given(), today=world.TODAY)
    assert refused.value.code == "company_exists"


@pytest.mark.parametrize("kind", ["institution", "bureau"])
def test_only_companies_and_the_platform_file_companies(kind: str) -> None:
    with pytest.raises(NotAllowed):
        company_create(actor=world.person_of(kind), data=given(), today=world.TODAY)
    assert not Company.objects.exists()


def test_who_may_change_a_company() -> None:
    company = world.company()
    data = CompanyInput.of(company)
    for kind, error in (("company", NotFound), ("institution", NotFound), ("bureau", NotAllowed)):
        with pytest.raises(error):
            company_update(actor=world.person_of(kind), company_id=company.pk, data=data, expected_version=1)
    company.refresh_from_db()
    assert company.version == 1
    owner = world.person(company.organisation)
    assert company_update(actor=owner, company_id=company.pk, data=data, expected_version=1).version == 2


def test_a_change_on_an_old_version_is_refused_and_changes_nothing() -> None:
    company = world.company()
    data = replace(CompanyInput.of(company), name="乙公司")
    with pytest.raises(Conflict) as refused:
        company_update(actor=platform_account(), company_id=company.pk, data=data, expected_version=7)
    assert refused.value.code == "version_conflict"
    company.refresh_from_db()
    assert (company.name, company.version) == ("甲公司", 1)


def test_the_founding_day_is_not_in_the_future() -> None:
    with pytest.raises(InvalidInput) as refused:
        world.company(founded_on=date(2025, 7, 1))
    assert refused.value.field == "founded_on"


def test_a_change_marks_the_needs_of_that_company_alone() -> None:
    company = world.company()
    mine, other = world.need(company), world.need()
    company_update(actor=platform_account(), company_id=company.pk, data=CompanyInput.of(company), expected_version=1)
    generations = dict(Copy.objects.filter(kind="need").values_list("object_id", "generation"))
    assert generations == {mine.pk: 2, other.pk: 1}


def test_the_platform_gives_a_company_an_organisation_of_its_own() -> None:
    company = world.company(name="丙公司")
    assert company.organisation.kind == Organisation.Kind.COMPANY
    assert company.organisation.name == "丙公司"
