"""An institution's own products: the shelf, the form, the preview; who may reach them and what is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.companies.facts import facts_of
from backend.eligibility.facts import canonical, read_number
from backend.eligibility.verdict import State, state_of
from backend.matching.reach import reaches
from backend.needs.models import Need
from backend.packs.queries import size_table, vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.products.services import ProductInput, product_update
from backend.products.shelving import product_retire
from tests import world
from tests.demo_market import TODAY, Demo
from tests.products.sent_forms import fields_of, pressed

pytestmark = pytest.mark.django_db
SHELF = "/institution/products/"
FORM = "product-form"
PAGES = ("", "new/", "{id}/edit/", "{id}/rule/", "{id}/preview/", "{id}/state/")


def text_of(response: Any) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1])
    return re.sub(r"\s+", " ", words)


def page(product: Product, name: str) -> str:
    return f"{SHELF}{product.pk}/{name}/"


@pytest.mark.parametrize("path", PAGES)
def test_who_reaches_the_pages(demo: Demo, english: Client, path: str) -> None:
    address = SHELF + path.format(id=demo.product.pk)
    answer = english.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={address}")
    english.force_login(User.objects.get(organisation=demo.need.company.organisation))
    assert english.get(address).status_code == 403
    stranger = world.person(world.institution().organisation)
    english.force_login(stranger)
    assert english.get(address).status_code == (404 if "id" in path else 200)
    english.force_login(User.objects.get(organisation=demo.institution.organisation))
    assert english.get(address).status_code == 200


@pytest.mark.parametrize("path", ["{id}/edit/", "{id}/rule/", "{id}/state/"])
def test_a_stranger_changes_nothing(demo: Demo, english: Client, path: str) -> None:
    before = Product.objects.filter(pk=demo.product.pk).values().get()
    english.force_login(world.person(world.institution().organisation))
    sent = {"do": "save" if "state" not in path else "retire", "version": str(demo.product.version)}
    assert english.post(SHELF + path.format(id=demo.product.pk), sent).status_code == 404
    assert Product.objects.filter(pk=demo.product.pk).values().get() == before


def test_the_shelf_lists_the_own_products_only(demo: Demo, zh: Client) -> None:
    other = world.product(name_zh="别家的贷款")
    words = text_of(zh.get(SHELF))
    for product in Product.objects.filter(institution=demo.institution):
        assert product.name_zh in words
    assert other.name_zh not in words
    assert "新增产品" in words


def test_the_shelf_counts_as_the_judge_does(demo: Demo, en: Client) -> None:
    found = {row.product.pk: row.reach for row in en.get(SHELF).context["rows"]}
    rule, words = effective_rule(demo.product), vocabulary()
    states = [
        state_of(rule, facts_of(need.company, need, today=TODAY, vocabulary=words, size_table=size_table(TODAY)), words)
        for need in Need.objects.filter(status="open").select_related("company")
    ]
    reach = found[demo.product.pk]
    assert reach.eligible == states.count(State.MET) > 0
    assert reach.possible == len(states) - states.count(State.UNMET)
    assert found == reaches({row.pk: effective_rule(row) for row in Product.objects.filter(pk__in=found)}, today=TODAY)


def test_what_must_be_confirmed_soon_is_marked(demo: Demo, en: Client) -> None:
    products = Product.objects.filter(institution=demo.institution)
    products.update(last_confirmed_on=TODAY - timedelta(days=75))
    assert "confirm by" not in text_of(en.get(SHELF))
    Product.objects.filter(pk=demo.product.pk).update(last_confirmed_on=TODAY - timedelta(days=76))
    said = text_of(en.get(SHELF))
    assert said.count(f"confirm by {TODAY + timedelta(days=14)}") == said.count("confirm by") == 1
    assert "1 product leaves the shelf soon unless somebody confirms it." in said
    version = Product.objects.get(pk=demo.product.pk).version
    answer = en.post(page(demo.product, "state"), {"do": "confirm", "version": version, "shelf": "1"}, follow=True)
    assert answer.redirect_chain == [(SHELF, 302)]
    assert "is on the shelf, confirmed today" in text_of(answer)
    assert "confirm by" not in text_of(answer)
    now = Product.objects.get(pk=demo.product.pk)
    assert (now.status, now.last_confirmed_on, now.version) == ("published", TODAY, version + 1)


def test_off_the_shelf_and_on_again(demo: Demo, zh: Client) -> None:
    sent = {"do": "suspend", "version": demo.product.version, "shelf": "1"}
    answer = zh.post(page(demo.product, "state"), sent, follow=True)
    assert f"“{demo.product.name_zh}”已暂停上架" in text_of(answer)
    assert Product.objects.get(pk=demo.product.pk).status == "suspended"
    sent = {"do": "resume", "version": demo.product.version + 1}
    assert "在架，今日已确认" in text_of(zh.post(page(demo.product, "state"), sent, follow=True))
    assert Product.objects.get(pk=demo.product.pk).status == "published"


@pytest.mark.parametrize("version", ["0", "", "x", "９", "99999999999999999999"])
def test_a_stale_version_changes_nothing_and_is_explained(demo: Demo, en: Client, version: str) -> None:
    answer = en.post(page(demo.product, "state"), {"do": "retire", "version": version})
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in text_of(answer)
    assert Product.objects.get(pk=demo.product.pk).status == "published"


def test_an_institution_without_products_is_told_what_to_do(demo: Demo, english: Client) -> None:
    english.force_login(world.person(world.institution().organisation))
    assert "File the first one as a draft" in text_of(english.get(SHELF))


def new_product(en: Client, **changed: Any) -> Any:
    given = {
        "name_zh": "科创快贷",
        "name_en": "Tech Quick Loan",
        "kind": "loan.tech",
        "amount_min": "10",
        "amount_max": "500.5",
        "term_min": "3",
        "term_max": "24",
        "rate_min": "3.2",
        "rate_max": "4.15",
        "purposes": ["rnd", "equipment"],
        "stages": ["growth"],
        "documents": ["business_licence"],
        "first_loan_friendly": "on",
        "repayment": "bullet",
        "summary_zh": "按研发投入授信",
    } | changed
    return en.post(f"{SHELF}new/", pressed(en.get(f"{SHELF}new/"), FORM, "save", **given))


def test_a_new_product_is_a_draft_and_goes_on_with_its_rule(demo: Demo, en: Client) -> None:
    answer = new_product(en)
    made = Product.objects.get(name_en="Tech Quick Loan")
    assert (answer.status_code, answer["Location"]) == (302, page(made, "rule"))
    assert made.code == f"{demo.institution.code}-tech-quick-loan"
    assert (made.institution, made.status, made.version) == (demo.institution, "draft", 1)
    assert ProductInput.of(made) == ProductInput(
        code=made.code,
        kind="loan.tech",
        name_zh="科创快贷",
        name_en="Tech Quick Loan",
        summary_zh="按研发投入授信",
        amount_min=Decimal("100000.00"),
        amount_max=Decimal("5005000.00"),
        term_min=3,
        term_max=24,
        rate_min=Decimal("3.2000"),
        rate_max=Decimal("4.1500"),
        first_loan_friendly=True,
        purposes=["rnd", "equipment"],
        themes=[],
        stages=["growth"],
        collateral=[],
        terms={"repayment": "bullet"},
        fees=[],
        documents=["business_licence"],
        rule={},
    )


def test_a_second_product_of_the_same_name_gets_another_code(demo: Demo, en: Client) -> None:
    new_product(en)
    new_product(en)
    codes = Product.objects.filter(name_en="Tech Quick Loan").order_by("pk").values_list("code", flat=True)
    first = f"{demo.institution.code}-tech-quick-loan"
    assert list(codes) == [first, f"{first}-2"]


def test_a_code_that_is_taken_is_said_at_its_field(demo: Demo, en: Client) -> None:
    answer = new_product(en, code=demo.product.code)
    assert answer.status_code == 409
    assert answer.context["form"].errors == {"code": ["This code is in use already."]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name_zh": ""}, "name_zh"),
        ({"kind": "loan.none"}, "kind"),
        ({"amount_max": "5"}, "amount_max"),
        ({"amount_min": "a lot"}, "amount_min"),
        ({"term_max": "700"}, "term_max"),
        ({"rate_max": ""}, "rate_max"),
        ({"rate_max": "1"}, "rate_max"),
        ({"purposes": ["rnd", "nothing"]}, "purposes"),
        ({"code": "has space"}, "code"),
        ({"name_en": "hid\u200bden"}, "name_en"),
    ],
)
def test_faults_stand_at_their_field_and_nothing_typed_is_lost(
    demo: Demo, en: Client, changed: dict[str, str], field: str
) -> None:
    answer = new_product(en, **changed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    kept = fields_of(answer, FORM)
    wanted = {
        "name_zh": "科创快贷",
        "amount_max": "500.5",
        "summary_zh": "按研发投入授信",
        "stages": "growth",
    } | changed
    for name, value in wanted.items():
        if name not in ("kind", "purposes"):
            assert kept[name] == [value]
    assert not Product.objects.filter(name_en="Tech Quick Loan").exists()


def test_an_untouched_form_saves_what_was_there(demo: Demo, en: Client) -> None:
    for product in Product.objects.filter(institution=demo.institution):
        before = ProductInput.of(product)
        answer = en.post(page(product, "edit"), pressed(en.get(page(product, "edit")), FORM, "save"))
        assert (answer.status_code, answer["Location"]) == (302, SHELF)
        product.refresh_from_db()
        after = ProductInput.of(product)
        assert replace(after, **_plainly(after)) == replace(before, **_plainly(before))
        assert product.status == "published"


def _plainly(data: ProductInput) -> dict[str, Any]:
    """Lists without their order, and numbers in fees and terms without trailing zeros: they say the same."""
    names = ("purposes", "themes", "stages", "collateral", "documents")
    lists = {name: sorted(getattr(data, name)) for name in names}
    return lists | {"fees": [_plain(fee) for fee in data.fees], "terms": _plain(data.terms)}


def _plain(data: Mapping[str, object]) -> dict[str, object]:
    decimals = ("rate", "amount", "deposit", "residual", "loan_rate_cap")
    return {key: Decimal(str(value)) if key in decimals else value for key, value in data.items()}


def plain(data: Any) -> Any:
    """The same with every number written one way: a form writes 0.50 as 0.5."""
    match data:
        case dict():
            return {key: plain(value) for key, value in data.items()}
        case list():
            return [plain(value) for value in data]
        case str() if (number := read_number(data)) is not None:
            return canonical(number)
    return data


def test_fees_and_subsidies_are_rows(demo: Demo, en: Client) -> None:
    address = page(demo.product, "edit")
    answer = en.get(address)
    number = len(demo.product.fees)
    answer = en.post(address, pressed(answer, FORM, "add-fees"))
    answer = en.post(address, pressed(answer, FORM, "add-fees"))
    row = {f"fees-{number}-kind": "handling_fee", f"fees-{number}-payee": "lender", f"fees-{number}-basis": "fixed"}
    answer = en.post(address, pressed(answer, FORM, "add-subsidies", **row, name_en="Typed meanwhile"))
    assert fields_of(answer, FORM)["name_en"] == ["Typed meanwhile"]
    assert answer.context["fees"][number].fields["value"].label == "Sum"
    subsidy = len(answer.context["subsidies"]) - 1
    sent = pressed(answer, FORM, "save", **{
        f"fees-{number}-value": "1200.50", f"subsidies-{subsidy}-kind": "tech_interest",
        f"subsidies-{subsidy}-rate": "1.5", f"subsidies-{subsidy}-months": "12", f"subsidies-{subsidy}-cap": "20",
    })  # fmt: skip
    assert en.post(address, sent).status_code == 302
    now = Product.objects.get(pk=demo.product.pk)
    fee = {"kind": "handling_fee", "payee": "lender", "basis": "fixed", "when": "start", "amount": "1200.5"}
    assert plain(now.fees) == plain([*demo.product.fees, fee])
    assert now.terms["subsidies"][-1] == {"kind": "tech_interest", "rate": "1.5", "months": 12, "cap": "200000"}
    assert plain({**now.terms, "subsidies": []}) == plain({**demo.product.terms, "subsidies": []})
    answer = en.post(address, pressed(en.get(address), FORM, f"remove-fees:{number}"))
    assert en.post(address, pressed(answer, FORM, "save")).status_code == 302
    assert plain(Product.objects.get(pk=demo.product.pk).fees) == plain(demo.product.fees)


def test_a_faulty_row_is_marked_and_kept(demo: Demo, en: Client) -> None:
    address = page(demo.product, "edit")
    number = len(demo.product.fees)
    answer = en.post(address, pressed(en.get(address), FORM, "add-fees"))
    row = {f"fees-{number}-kind": "handling_fee", f"fees-{number}-value": "120"}
    answer = en.post(address, pressed(answer, FORM, "save", **row))
    assert answer.status_code == 422
    assert sorted(answer.context["fees"][number].errors) == ["payee", "value"]
    assert fields_of(answer, FORM)[f"fees-{number}-value"] == ["120"]
    assert 'id="faults"' in answer.content.decode()
    assert Product.objects.get(pk=demo.product.pk).fees == demo.product.fees


def test_the_terms_follow_the_kind(demo: Demo, en: Client) -> None:
    answer = en.post(f"{SHELF}new/", pressed(en.get(f"{SHELF}new/"), FORM, "refresh", kind="leasing.direct"))
    assert [field.name for field in answer.context["terms"]] == ["repayment", "deposit", "residual"]
    answer = en.post(f"{SHELF}new/", pressed(answer, FORM, "refresh", kind="equity.angel", deposit="5"))
    assert [field.name for field in answer.context["terms"]] == ["deposit"]
    assert answer.context["form"].errors == {}


def test_somebody_faster_is_explained_and_may_be_overruled(demo: Demo, bank: User, en: Client) -> None:
    address = page(demo.product, "edit")
    answer = en.get(address)
    product_update(
        actor=bank,
        product_id=demo.product.pk,
        data=replace(ProductInput.of(demo.product), summary_en="theirs"),
        expected_version=demo.product.version,
    )
    answer = en.post(address, pressed(answer, FORM, "save", summary_en="mine"))
    assert answer.status_code == 409
    assert "Somebody else saved this product while you were writing" in text_of(answer)
    assert fields_of(answer, FORM)["summary_en"] == ["mine"]
    assert Product.objects.get(pk=demo.product.pk).summary_en == "theirs"
    assert en.post(address, pressed(answer, FORM, "over")).status_code == 302
    now = Product.objects.get(pk=demo.product.pk)
    assert (now.summary_en, now.version) == ("mine", demo.product.version + 2)


def test_a_retired_product_says_why_it_cannot_be_edited(demo: Demo, bank: User, en: Client) -> None:
    product_retire(actor=bank, product_id=demo.product.pk, expected_version=demo.product.version)
    address = page(demo.product, "edit")
    answer = en.post(address, pressed(en.get(address), FORM, "save"))
    assert answer.status_code == 409
    assert "This cannot be done to something that is Retired." in text_of(answer)


def test_with_htmx_the_form_alone_comes_back_and_success_goes_on(demo: Demo, en: Client) -> None:
    address = page(demo.product, "edit")
    answer = en.post(address, pressed(en.get(address), FORM, "add-fees"), headers={"hx-request": "true"})
    assert answer.content.decode().lstrip().startswith("<form")
    saved = en.post(address, pressed(en.get(address), FORM, "save"), headers={"hx-request": "true"})
    assert (saved.status_code, saved["HX-Redirect"]) == (200, SHELF)


def test_the_preview_shows_drafts_and_the_conditions(demo: Demo, zh: Client, english: Client) -> None:
    words = text_of(zh.get(page(demo.product, "preview")))
    assert demo.product.name_zh in words
    assert "准入条件" in words
    draft = world.product(demo.institution, published=False, rule={
        "all": [
            {"attribute": "high_tech", "op": "is", "value": True},
            {"not": {"any": [
                {"attribute": "gazelle", "op": "is", "value": True},
                {"attribute": "years_in_business", "op": "at_least", "value": "2"},
            ]}},
        ]
    })  # fmt: skip
    english.force_login(User.objects.get(organisation=demo.institution.organisation))
    words = text_of(english.get(page(draft, "preview")))
    assert "A draft: nobody else sees it before you publish it." in words
    assert "High-tech enterprise" in words
    assert "all of these: Not: gazelle Less than 2 years in business" in words


BUDGETS = {"": 8, "edit": 6, "rule": 11, "preview": 6}
"""Database queries of each page, exactly; the two questions whether the market changed are among them."""


@pytest.mark.parametrize("name", BUDGETS)
def test_query_budgets(demo: Demo, en: Client, django_assert_num_queries: DjangoAssertNumQueries, name: str) -> None:
    address = page(demo.product, name) if name else SHELF
    for _ in range(3):
        world.product(demo.institution)
    en.get(address)
    with django_assert_num_queries(BUDGETS[name]):
        assert en.get(address).status_code == 200
