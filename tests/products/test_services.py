"""Filing, changing, publishing and retiring products."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from backend.accounts.services import platform_account
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from backend.eligibility.vocabulary import EMPTY
from backend.indexing.models import Copy
from backend.packs.checks import PRODUCT_ROOTS
from backend.products.cost_checks import check_terms
from backend.products.models import Product
from backend.products.services import (
    InstitutionInput,
    ProductInput,
    institution_create,
    institution_update,
    product_create,
    product_update,
)
from backend.products.shelving import product_publish, product_retire
from backend.products.term_keys import DESCRIBING
from tests import world

pytestmark = pytest.mark.django_db
FEE = {"kind": "service_fee", "payee": "lender", "basis": "amount", "when": "start", "rate": "1.5"}
SUBSIDY = {"kind": "ip_interest", "rate": "1.5", "months": 12, "cap": "300000"}


def generation(product: Product) -> int:
    return Copy.objects.get(kind="product", object_id=product.pk).generation


def test_an_institution_files_publishes_and_retires_its_product() -> None:
    bank = world.institution()
    manager = world.person(bank.organisation)
    data = ProductInput(code="new-loan", kind="loan.credit", name_zh="信用贷", name_en="Credit loan", rule={})
    product = product_create(actor=manager, data=data)
    assert (product.institution, product.status, product.last_confirmed_on) == (bank, "draft", None)
    published = product_publish(actor=manager, product_id=product.pk, expected_version=1, now=world.NOW)
    assert (published.status, published.last_confirmed_on, published.version) == ("published", world.TODAY, 3)
    retired = product_retire(actor=manager, product_id=product.pk, expected_version=3)
    assert (retired.status, retired.version, generation(product)) == ("retired", 4, 4)


def test_a_rule_is_stored_in_normal_form() -> None:
    rule = {"attribute": "annual_revenue", "op": "at_least", "value": "500", "unit": "wan_yuan"}
    stored = {"attribute": "annual_revenue", "op": "at_least", "value": "5000000", "unit": "yuan"}
    assert world.product(rule=rule).rule == stored


def test_terms_and_fees_are_stored_as_filed() -> None:
    terms = {
        "repayment": "bullet",
        "subsidies": [SUBSIDY],
        "deposit": 0,
        "sizing": {"zh": "科技企业"},
        "residual": None,
    }
    fees = [
        FEE,
        {"kind": "appraisal_fee", "payee": "appraiser", "basis": "fixed", "when": "yearly", "amount": "2000.50"},
    ]
    product = world.product(terms=terms, fees=fees)
    assert (product.terms, product.fees) == (terms, fees)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"code": "has space"}, "wrong_code", "code"),
        ({"name_zh": " "}, "wrong_length", "name_zh"),
        ({"kind": "no kind!"}, "unknown_code", "kind"),
        ({"purposes": ["order", "?"]}, "unknown_code", "purposes[1]"),
        ({"amount_min": Decimal(2), "amount_max": Decimal(1)}, "empty_interval", "amount_max"),
        ({"amount_min": Decimal("0.001")}, "out_of_range", "amount_min"),
        ({"term_min": 12, "term_max": 6}, "empty_interval", "term_max"),
        ({"term_max": 601}, "out_of_range", "term_max"),
        ({"rate_min": None}, "required", "rate_min"),
        ({"rate_max": Decimal("3.1")}, "empty_interval", "rate_max"),
        ({"rate_max": Decimal("4.12345")}, "out_of_range", "rate_max"),
        ({"terms": {"x": 1}}, "extra_key", "terms.x"),
        ({"terms": {"repayment": "bullet", "drawdwn": {"zh": "一次"}}}, "extra_key", "terms.drawdwn"),
        ({"terms": {"board_seat": {"zh": "一席"}}}, "extra_key", "terms.board_seat"),
        ({"terms": {"repayment": "never"}}, "unknown_code", "terms.repayment"),
        ({"terms": {"repayment": ["bullet"]}}, "unknown_code", "terms.repayment"),
        ({"terms": {"deposit": "100.1"}}, "out_of_range", "terms.deposit"),
        ({"terms": {"residual": "-1"}}, "out_of_range", "terms.residual"),
        ({"terms": {"loan_rate_cap": 4.5}}, "out_of_range", "terms.loan_rate_cap"),
        ({"terms": {"subsidies": {"rate": "1"}}}, "wrong_type", "terms.subsidies"),
        ({"terms": {"subsidies": [5]}}, "wrong_type", "terms.subsidies[0]"),
        ({"terms": {"subsidies": [SUBSIDY, {**SUBSIDY, "rat": "1"}]}}, "extra_key", "terms.subsidies[1].rat"),
        ({"terms": {"subsidies": [{**SUBSIDY, "months": "12"}]}}, "wrong_type", "terms.subsidies[0].months"),
        ({"terms": {"subsidies": [{**SUBSIDY, "months": 601}]}}, "out_of_range", "terms.subsidies[0].months"),
        ({"terms": {"subsidies": [{**SUBSIDY, "cap": "1.001"}]}}, "out_of_range", "terms.subsidies[0].cap"),
        ({"fees": [FEE, {**FEE, "kind": "a tip!"}]}, "unknown_code", "fees[1].kind"),
        ({"fees": [{**FEE, "payee": None}]}, "required", "fees[0].payee"),
        ({"fees": [{**FEE, "basis": "moon"}]}, "unknown_code", "fees[0].basis"),
        ({"fees": [{**FEE, "when": "later"}]}, "unknown_code", "fees[0].when"),
        ({"fees": [{**FEE, "wehn": "yearly"}]}, "extra_key", "fees[0].wehn"),
        ({"fees": [{**FEE, "rate": "1e300"}]}, "out_of_range", "fees[0].rate"),
        ({"fees": [{**FEE, "rate": "many"}]}, "out_of_range", "fees[0].rate"),
        ({"fees": [{**FEE, "amount": "5"}]}, "extra_key", "fees[0].amount"),
        ({"fees": [{**FEE, "basis": "fixed", "rate": None}]}, "required", "fees[0].amount"),
        ({"rule": {"attribute": "anual_revenue", "op": "at_least", "value": 1}}, "unknown_attribute", "rule.attribute"),
        (
            {"rule": {"all": [{"attribute": "term", "op": "at_least", "value": "1.5"}]}},
            "too_precise",
            "rule.all[0].value",
        ),
        ({"rule": {"attribute": "term", "op": "at_least", "value": 37}}, "empty_interval", "rule"),
    ],
)
def test_wrong_input_is_refused_with_its_path(values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        world.product(**values)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Product.objects.exists()
    assert not Copy.objects.exists()


@pytest.mark.parametrize(
    ("kind", "key", "message"),
    [
        ("loan.credit", "drawdwn", "There is no such key here. Did you mean drawdown?"),
        (
            "leasing.direct",
            "x",
            "There is no such key here; known are: repayment, subsidies, deposit, residual, loan_rate_cap, window, "
            "asset, down_payment, rent.",
        ),
    ],
)
def test_an_unknown_term_is_refused_with_the_nearest_or_with_all_that_its_kind_has(
    kind: str, key: str, message: str
) -> None:
    with override("en"), pytest.raises(InvalidInput) as refused:
        check_terms({key: 1}, kind, EMPTY)
    with override("en"):
        assert refused.value.message == message


def test_every_root_has_terms_of_its_own() -> None:
    assert set(DESCRIBING) == PRODUCT_ROOTS


@pytest.mark.parametrize(
    ("rule", "language", "message"),
    [
        ({"attribute": "anual_revenue", "op": "is", "value": 1}, "zh-hans",
         "没有名为“anual_revenue”的数据项。是否应为annual_revenue？"),
        ({"attribute": "anual_revenue", "op": "is", "value": 1}, "en",
         "There is no attribute 'anual_revenue'. Did you mean annual_revenue?"),
        ({"attribute": "zzzz", "op": "is", "value": 1}, "zh-hans", "没有名为“zzzz”的数据项。"),
        ({"attribute": "zzzz", "op": "is", "value": 1}, "en", "There is no attribute 'zzzz'."),
    ],
)  # fmt: skip
def test_a_faulty_rule_is_refused_in_sentences(rule: dict[str, object], language: str, message: str) -> None:
    with override(language), pytest.raises(InvalidInput) as refused:
        world.product(rule=rule)
    assert refused.value.message == message


def test_who_may_write_a_product() -> None:
    product = world.product()
    data = ProductInput.of(product)
    for kind in ("company", "institution", "bureau"):
        actor = world.person_of(kind)
        with pytest.raises(NotAllowed):
            product_update(actor=actor, product_id=product.pk, data=data, expected_version=3)
        with pytest.raises(NotAllowed):
            product_create(actor=actor, data=data)
    product.refresh_from_db()
    assert (product.version, generation(product)) == (3, 3)


def test_a_draft_of_others_does_not_exist() -> None:
    draft = world.product(published=False)
    with pytest.raises(NotFound):
        product_publish(actor=world.person_of("institution"), product_id=draft.pk, expected_version=1)


def test_states_and_versions_are_kept() -> None:
    product = world.product()
    actor = platform_account()
    data = replace(ProductInput.of(product), name_en="Other")
    with pytest.raises(Conflict) as refused:
        product_update(actor=actor, product_id=product.pk, data=data, expected_version=1)
    assert refused.value.code == "version_conflict"
    product_retire(actor=actor, product_id=product.pk, expected_version=3)
    with pytest.raises(Conflict) as refused:
        product_update(actor=actor, product_id=product.pk, data=data, expected_version=4)
    assert refused.value.code == "wrong_state"
    product.refresh_from_db()
    assert (product.name_en == "Other", product.version) == (False, 4)


def test_a_code_is_used_once() -> None:
    first, second = world.product(), world.product()
    with pytest.raises(Conflict) as refused:
        world.product(code=first.code)
    assert (refused.value.code, refused.value.field) == ("product_taken", "code")
    data = replace(ProductInput.of(second), code=first.code)
    with pytest.raises(Conflict):
        product_update(actor=platform_account(), product_id=second.pk, data=data, expected_version=3)
    with pytest.raises(Conflict):
        world.institution(code=first.institution.code)


def test_a_change_of_the_institution_marks_its_products_alone() -> None:
    product, other = world.product(), world.product()
    bank = product.institution
    data = InstitutionInput(code=bank.code, kind="bank", name_zh="新名", name_en="New", answer_days=Decimal("2.5"))
    changed = institution_update(actor=platform_account(), institution_id=bank.pk, data=data)
    assert (changed.name_zh, changed.answer_days) == ("新名", Decimal("2.5"))
    assert (generation(product), generation(other)) == (4, 3)


def test_only_the_platform_admits_institutions() -> None:
    data = InstitutionInput(code="x", kind="bank", name_zh="某", name_en="X")
    for kind in ("company", "institution", "bureau"):
        with pytest.raises(NotAllowed):
            institution_create(actor=world.person_of(kind), data=data)
    with pytest.raises(NotFound):
        institution_update(actor=platform_account(), institution_id=999, data=data)
