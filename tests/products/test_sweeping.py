"""A change of a product on the shelf that opens it to everybody or to nobody is asked before it is saved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from backend.matching.reach import reaches, rule_moves
from backend.needs.models import Need
from backend.products.models import Product
from backend.products.rules import Terms, effective_rule
from backend.products.sweeping import Sweep, sweep_of
from tests import world
from tests.demo_market import TODAY, Demo
from tests.products.sent_forms import pressed
from tests.products.test_pages import SHELF, page, text_of

pytestmark = pytest.mark.django_db
NOBODY = {"attribute": "annual_revenue", "op": "at_least", "value": "900000000000"}
ALMOST_ALL = {"attribute": "amount", "op": "at_least", "value": "1", "unit": "yuan"}


@pytest.fixture
def product(demo: Demo) -> Product:
    """Published, and most needs of the market qualify."""
    no_limits: dict[str, Any] = {"amount_min": Decimal(0), "amount_max": Decimal(0), "term_min": 0, "term_max": 0}
    return world.product(demo.institution, rule=ALMOST_ALL, **no_limits)


def at(product: Product) -> Product:
    return Product.objects.get(pk=product.pk)


def terms(product: Product, **changed: Any) -> Terms:
    now = Terms(product.rule, product.amount_min, product.amount_max, product.term_min, product.term_max)
    return replace(now, **changed)


def amounts_wanted() -> list[Decimal]:
    """Of the open needs."""
    return [need.amount for need in Need.objects.filter(status=Need.Status.OPEN) if need.amount is not None]


def in_ten_thousands(amount: Decimal) -> str:
    return str(amount / 10000)


def test_everyday_changes_and_drafts_are_not_asked(product: Product, demo: Demo) -> None:
    assert sweep_of(product, terms(product), today=TODAY) is None
    assert sweep_of(product, terms(product, rule={**ALMOST_ALL, "value": "2"}), today=TODAY) is None
    draft = world.product(demo.institution, published=False, rule=ALMOST_ALL)
    assert sweep_of(draft, terms(draft, rule={}), today=TODAY) is None
    assert sweep_of(draft, terms(draft, rule=NOBODY), today=TODAY) is None


def test_taking_the_last_condition_away_admits_everybody(product: Product) -> None:
    everyone = reaches({0: effective_rule(product)}, today=TODAY)[0].eligible
    assert everyone > 0
    after = terms(product, rule={})
    enter = rule_moves(effective_rule(product), effective_rule(after), today=TODAY).enter
    assert sweep_of(product, after, today=TODAY) == Sweep(everyone, everyone + enter, enter, 0, everybody=True)


def test_half_may_leave_unasked_and_more_not(product: Product) -> None:
    amounts = amounts_wanted()
    seen = set()
    for least in sorted(set(amounts)):
        after = terms(product, rule={**ALMOST_ALL, "value": str(least)})
        leave = sum(amount < least for amount in amounts)
        asked = sweep_of(product, after, today=TODAY)
        assert (asked is not None) == (2 * leave > len(amounts))
        assert asked is None or asked == Sweep(len(amounts), len(amounts) - leave, 0, leave, everybody=False)
        seen.add(asked is None)
    assert seen == {True, False}


def test_an_empty_rule_is_asked_and_saved_all_the_same(product: Product, en: Client) -> None:
    form = en.get(page(product, "rule"))
    bare = en.post(page(product, "rule"), pressed(form, "rule-form", "remove:n"))
    asked = en.post(page(product, "rule"), pressed(bare, "rule-form", "save"))
    assert asked.status_code == 200
    assert "Without a condition, the product admits everybody within its limits" in text_of(asked)
    assert at(product).rule == ALMOST_ALL
    answer = en.post(page(product, "rule"), pressed(asked, "rule-form", "save"))
    assert (answer.status_code, answer["Location"]) == (302, SHELF)
    assert at(product).rule == {}


def test_what_was_agreed_to_is_this_change_alone(product: Product, en: Client) -> None:
    form = en.get(page(product, "rule"))
    asked = en.post(page(product, "rule"), pressed(form, "rule-form", "save", n__low="90000000"))
    assert "After this change no open need qualifies" in text_of(asked)
    other = pressed(asked, "rule-form", "save", n__low=in_ten_thousands(sorted(amounts_wanted())[-2]))
    again = en.post(page(product, "rule"), other)
    assert "After this change most of those who qualify today do so no longer" in text_of(again)
    assert at(product).rule == ALMOST_ALL


def test_the_products_form_asks_too(product: Product, en: Client) -> None:
    form = en.get(page(product, "edit"))
    sent = pressed(form, "product-form", "save", amount_min="0", amount_max="0.01")
    asked = en.post(page(product, "edit"), sent)
    assert asked.status_code == 200, text_of(asked)
    assert "After this change no open need qualifies" in text_of(asked)
    assert at(product).amount_max == 0
    answer = en.post(page(product, "edit"), pressed(asked, "product-form", "save"))
    assert answer.status_code == 302
    assert at(product).amount_max == Decimal(100)


def test_a_draft_without_a_condition_is_not_published_by_one_click_of_the_shelf(demo: Demo, en: Client) -> None:
    bare = world.product(demo.institution, published=False, rule={})
    shelf = en.get(SHELF).content.decode()
    row = next(part for part in shelf.split("<tr>") if f"/products/{bare.pk}/state/" in part)
    assert 'value="publish"' not in row
    words = text_of(en.get(page(bare, "state")))
    assert "Its rule has no condition: every company within its limits is admitted." in words
    ruled = world.product(demo.institution, published=False, rule=ALMOST_ALL)
    shelf = en.get(SHELF).content.decode()
    row = next(part for part in shelf.split("<tr>") if f"/products/{ruled.pk}/state/" in part)
    assert 'value="publish"' in row
