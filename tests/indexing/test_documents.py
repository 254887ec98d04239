"""Documents built from rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.companies.models import Company
from backend.eligibility.attributes import ATTRIBUTES, Label
from backend.eligibility.vocabulary import Term, Vocabulary
from backend.indexing import engines
from backend.indexing.documents import (
    Setting,
    Unbuildable,
    days,
    documents,
    need_document,
    offer_from,
    product_document,
)
from backend.indexing.schemas import NEED, PRODUCT
from backend.needs.models import Need
from backend.products.models import Product
from search.checks import prepare
from search.port import Write
from tests import world

pytestmark = pytest.mark.django_db

TERMS = Vocabulary(
    {
        "industries": [
            Term("C", Label("制造业", "Manufacturing")),
            Term("C39", Label("计算机制造业", "Computer manufacturing"), "C"),
        ],
        "purposes": [Term("order", Label("订单", "Order"))],
        "product_kinds": [
            Term("loan", Label("贷款", "Loan")),
            Term("loan.credit", Label("信用贷款", "Unsecured loan"), "loan"),
        ],
        "institution_kinds": [Term("bank", Label("银行", "Bank"))],
        "regions": [Term("1", Label("某市", "City")), Term("11", Label("某区", "District"), "1")],
    }
)
WHERE = Setting(world.TODAY, TERMS, None)


def test_a_need_document_says_what_is_known_and_names_no_company() -> None:
    company = world.company(
        name="秘密公司", facts={"industry": "C39", "high_tech": True, "tech_sme": False, "employees": "35"}
    )
    need = world.need(
        company,
        description="为一笔订单备料",
        purpose="order",
        opened_at=datetime(2025, 6, 29, 17, 0, tzinfo=UTC),
        facts={"collateral": []},
    )
    document = dict(need_document(need, WHERE))
    facts = json.loads(str(document.pop("facts")))
    stored = json.loads(str(document.pop("stored")))
    assert document == {
        "industry": "C39",
        "industry_path": ["C39", "C"],
        "industry_section": "C",
        "high_tech": "true",
        "tech_sme": "false",
        "employees": 35,
        "years_in_business": 54,
        "amount": 100_000_000,
        "term": 12,
        "purpose": "order",
        "collateral": ["-"],
        "audience": sorted(["bureau", "institutions", f"org:{company.organisation_id}", "platform"]),
        "status": "open",
        "suggestions": sorted(
            ["采购设备", "订单", "Order", "计算机制造业", "Computer manufacturing", "制造业", "Manufacturing"]
        ),
        "opened_on": days(world.TODAY),
        "company_id": company.pk,
        "organisation_id": company.organisation_id,
        "title": "采购设备",
        "body": "为一笔订单备料\n高新技术企业\nHigh-tech enterprise\n计算机制造业\nComputer manufacturing\n制造业\n"
        "Manufacturing\n订单\nOrder",
    }
    assert facts == {
        "industry": "C39",
        "high_tech": True,
        "tech_sme": False,
        "employees": "35",
        "years_in_business": "5.4",
        "amount": "1000000",
        "term": "12",
        "purpose": "order",
        "collateral": [],
    }
    assert stored == {
        "title": "采购设备",
        "description": "为一笔订单备料",
        "status": "open",
        "opened_on": "2025-06-30",
        "version": 1,
        "company_id": company.pk,
    }
    assert "秘密公司" not in json.dumps([document, facts, stored], ensure_ascii=False)


def test_a_product_document_carries_the_envelope_of_the_whole_rule() -> None:
    bank = world.institution(region="11", answer_days=Decimal("2.5"))
    rule = {"all": [{"attribute": "years_in_business", "op": "at_least", "value": "2"}]}
    product = world.product(bank, rule=rule, purposes=["order"], first_loan_friendly=True)
    document = dict(product_document(product, WHERE))
    document.pop("stored")
    limits = {key: document.pop(key) for key in ATTRIBUTES}
    assert {key: limit for key, limit in limits.items() if limit not in ((None, None), ["*"])} == {
        "years_in_business": (20, None),
        "amount": (10_000_000, 500_000_000),
        "term": (3, 36),
    }
    assert document == {
        "audience": sorted(["public", "bureaus", f"org:{bank.organisation_id}", "platform"]),
        "status": "published",
        "code": product.code,
        "kind": "loan.credit",
        "kind_path": ["loan.credit", "loan"],
        "institution": bank.code,
        "institution_kind": "bank",
        "institution_region_path": ["11", "1"],
        "serves_purposes": ["order"],
        "serves_themes": [],
        "serves_stages": [],
        "takes_collateral": ["-"],
        "first_loan_friendly": "true",
        "suggestions": [product.name_zh, product.name_en, bank.name_zh, bank.name_en],
        "confirmed_on": days(world.TODAY),
        "institution_id": bank.pk,
        "organisation_id": bank.organisation_id,
        "rate_min": 34_500,
        "rate_max": 45_000,
        "amount_limit": 500_000_000,
        "answer_days": 25,
        "annual_cost": 404,
        "name_zh": f"{product.name_zh} {bank.name_zh}",
        "name_en": f"{product.name_en} {bank.name_en}",
        "body": "\n".join(["", "", "信用贷款", "Unsecured loan", "贷款", "Loan", "银行", "Bank", "订单", "Order"]),
    }


def test_stored_gives_the_product_back() -> None:
    bank = world.institution(region="11", answer_days=Decimal("2.5"))
    product = world.product(bank, rule={"attribute": "term", "op": "at_least", "value": "6"}, documents=["licence"])
    product.refresh_from_db()
    read = offer_from(str(product_document(product, WHERE)["stored"]))
    for field in Product._meta.concrete_fields:
        if field.name not in ("created_at", "updated_at"):
            assert getattr(read, field.attname) == getattr(product, field.attname), field.name
    assert (read.institution, read.institution.answer_days) == (bank, Decimal("2.5"))


def test_documents_fit_their_schemas() -> None:
    need = world.need(world.company(facts={"industry": "C39", "region": "11", "themes": ["green"]}))
    product = world.product()
    for schema, id in ((NEED, need.pk), (PRODUCT, product.pk)):
        built = documents(schema.name, [id], WHERE)[id]
        assert not isinstance(built, Unbuildable)
        changes, failed = prepare(schema, [Write(id, 1, built)], engines.segmenter())
        assert (len(changes), failed) == (1, {})


@pytest.mark.parametrize("kind", ["need", "product"])
def test_a_batch_takes_one_query_however_long_it_is(kind: str) -> None:
    ids = [world.need().pk if kind == "need" else world.product().pk for _ in range(3)]
    with CaptureQueriesContext(connection) as queries:
        assert sorted(documents(kind, [*ids, 10**9], WHERE)) == ids
    assert len(queries) == 1


def test_a_broken_row_does_not_stop_the_others() -> None:
    broken, sound = world.need(), world.need()
    Company.objects.filter(pk=broken.company_id).update(facts={"employees": {"value": "many"}})
    built = documents("need", [broken.pk, sound.pk], WHERE)
    found = built[broken.pk]
    assert isinstance(found, Unbuildable)
    assert found.reason.startswith("FactError: employees")
    assert not isinstance(built[sound.pk], Unbuildable)


def test_the_same_row_gives_the_same_document_on_the_same_day() -> None:
    need = Need.objects.select_related("company").get(pk=world.need().pk)
    assert need_document(need, WHERE) == need_document(Need.objects.get(pk=need.pk), WHERE)
