"""The page of a product's state: what comes next, whom publishing reaches, versions, history, review, its buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.products.clock import products_lapse
from backend.products.models import Product
from backend.products.moves import moves_to
from backend.products.services import ProductInput, product_update
from backend.products.shelving import product_submit
from tests import world
from tests.demo_market import TODAY, Demo
from tests.site.reading import untranslated_chinese, untranslated_english, words_of

pytestmark = pytest.mark.django_db
SHELF = "/institution/products/"


@pytest.fixture
def draft(demo: Demo) -> Product:
    rule = Product.objects.get(pk=demo.product.pk).rule
    return world.product(demo.institution, published=False, name_en="Another loan", rule=rule)


@pytest.fixture
def reviewer(demo: Demo) -> Client:
    return colleague(demo, Role.RISK_APPROVER)


def colleague(demo: Demo, role: Role) -> Client:
    person = world.person(demo.institution.organisation)
    person.role = role
    person.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def at(product: Product) -> Product:
    return Product.objects.get(pk=product.pk)


def state(product: Product) -> str:
    return f"{SHELF}{product.pk}/state/"


def press(client: Client, product: Product, do: str, **sent: Any) -> Any:
    given = {"version": str(at(product).version), "do": do, **sent}
    return client.post(state(product), given, follow=True)


def test_before_publishing_the_page_says_how_many_needs_enter(draft: Product, en: Client) -> None:
    moves = moves_to(draft, draft, today=TODAY)
    assert moves is not None
    assert moves.enter > 0
    page = en.get(state(draft))
    assert page.context["moves"] == moves
    assert f"open needs enter {moves.enter:,} open needs leave 0" in words_of(page)
    draft.institution.organisation.users.filter(role=Role.RISK_APPROVER).update(is_active=False)
    done = press(en, draft, "publish")
    assert (done.redirect_chain, at(draft).status) == ([(state(draft), 302)], "published")
    words = words_of(done)
    assert f"{moves.enter:,} open needs enter, 0 leave." in words
    assert "By who submitted it: nobody else could." in words
    assert "is on the shelf, confirmed today." in words


def test_a_second_pair_of_eyes_approves(demo: Demo, draft: Product, en: Client, reviewer: Client) -> None:
    waiting = press(en, draft, "publish")
    assert "waits for its review." in words_of(waiting)
    assert "1 product waits for its review" in words_of(reviewer.get(SHELF))
    assert set(reviewer.get(state(draft)).context["can"]) == {"approve", "reject"}
    refused = press(en, draft, "approve")
    assert refused.status_code == 403
    assert "You submitted this product yourself" in words_of(refused)
    empty = press(reviewer, draft, "reject", reason="")
    assert (empty.status_code, "Give 1 to 1000 characters." in words_of(empty)) == (400, True)
    back = press(reviewer, draft, "reject", reason="利率有误")
    assert (back.status_code, at(draft).status) == (200, "draft")
    assert "利率有误" in words_of(en.get(state(draft)))
    press(en, draft, "publish")
    done = press(reviewer, draft, "approve")
    assert "A second pair of eyes." in words_of(done)
    assert at(draft).status == "published"


def test_an_editor_has_no_button_to_approve(demo: Demo, draft: Product) -> None:
    editor = colleague(demo, Role.PRODUCT_EDITOR)
    press(editor, draft, "publish")
    assert at(draft).status == "review"
    page = editor.get(state(draft))
    assert set(page.context["can"]) == {"withdraw"}
    assert press(editor, draft, "approve").status_code == 403
    assert at(draft).status == "review"


def test_what_lapsed_says_so_and_comes_back_with_one_button(demo: Demo, en: Client) -> None:
    Product.objects.exclude(pk=demo.product.pk).update(last_confirmed_on=TODAY)
    Product.objects.filter(pk=demo.product.pk).update(last_confirmed_on=TODAY - timedelta(days=91))
    assert products_lapse(timezone.now()) == 1
    assert "not confirmed in time" in words_of(en.get(SHELF))
    page = en.get(state(demo.product))
    assert "Taken off, since nobody confirmed it" in words_of(page)
    assert set(page.context["can"]) == {"change", "resume", "retire"}
    done = press(en, demo.product, "resume")
    assert (at(demo.product).status, at(demo.product).last_confirmed_on) == ("published", TODAY)
    assert "Back on the shelf" in words_of(done)


def test_versions_tell_what_changed_and_what_it_made(demo: Demo, bank: User, en: Client) -> None:
    before = at(demo.product)
    data = replace(ProductInput.of(before), amount_max=2 * before.amount_max, term_max=120, rule={})
    product_update(actor=bank, product_id=before.pk, data=data, expected_version=before.version)
    newest, first = en.get(state(before)).context["wordings"]
    assert (newest.number, first.number, first.changed) == (2, 1, "")
    assert newest.changed == "Amounts, Terms, Rule"
    assert newest.rule != first.rule
    assert "open needs enter, 0 leave." in words_of(en.get(state(before)))


def test_a_button_of_another_page_is_nobody_s(draft: Product, en: Client) -> None:
    assert press(en, draft, "burn").redirect_chain == [(state(draft), 302)]
    assert (at(draft).status, at(draft).version) == ("draft", 1)


@pytest.mark.parametrize("status", ["draft", "review", "published", "suspended", "retired"])
def test_every_state_speaks_both_languages(demo: Demo, status: str, en: Client, zh: Client) -> None:
    product = world.product_in(status, demo.institution, name_zh="贷款", name_en="Loan")
    if status == "draft":
        product_submit(
            actor=demo.institution.organisation.users.earliest("pk"), product_id=product.pk, expected_version=1
        )
    assert untranslated_chinese(en.get(state(product)), ()) == []
    assert untranslated_english(zh.get(state(product)), {"demo", "bank"}) == []
    assert untranslated_chinese(en.get(SHELF), ()) == []


BUDGET = {"state": 10, "shelf": 9}
"""Database queries of each page, exactly."""


def test_query_budgets(demo: Demo, en: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(3):
        world.product_in("suspended", demo.institution, name_en=f"Loan {number}")
    for name, path in (("state", state(demo.product)), ("shelf", SHELF)):
        en.get(path)
        cache.clear()
        with django_assert_num_queries(BUDGET[name]):
            assert en.get(path).status_code == 200
