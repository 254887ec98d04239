"""Each word of the field has its explanation at hand, once, and no reader of screens trips over it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils.translation import override

from backend.companies import profile
from backend.eligibility.attributes import ATTRIBUTES
from backend.needs import steps
from backend.operations import parts
from backend.packs.faults import Faults
from backend.packs.folder import TERMS, TermRow, read_folder
from backend.packs.management.commands.load_pack import default_folder
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.site.attribute_fields import attribute_field
from tests.demo_market import Demo

TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in (parts.REPOSITORY / "templates").rglob("*.html")
    if path.name != "styleguide.html"
}
OF_LINES = {"product_term", "subsidy_kinds", "fee_kinds"}
"""Schemes that `site.product_terms` gives the lines of a product's page."""

ON_NO_PAGE = {"cultivation", "inclusive_loan"}
"""Terms that only the list of terms shows: the words stand on no other page today."""


def rows() -> list[TermRow]:
    """The terms of the default pack; the heads of groups explain nothing."""
    return [row for row in read_folder(default_folder(), Faults()).terms if row.scheme == TERMS and row.note.zh]


def asked() -> set[str]:
    return {code for text in TEMPLATES.values() for code in re.findall(r'{% term "(\w+)"', text)}


def test_every_term_is_at_hand_where_its_word_stands() -> None:
    alone = {row.code for row in rows() if not row.explains} - asked()
    assert alone == ON_NO_PAGE


def test_templates_ask_for_terms_of_the_pack() -> None:
    assert asked() - {row.code for row in rows()} == set()


def test_what_is_explained_is_shown_somewhere() -> None:
    schemes = {scheme for text in TEMPLATES.values() for scheme in re.findall(r'explain "(\w+)"', text)}
    schemes |= {
        scheme for text in TEMPLATES.values() for scheme in re.findall(r'codes.html" with scheme="(\w+)"', text)
    }
    fields = {key for step in (*profile.STEPS, *steps.STEPS) for key in step.keys}
    lost = [
        (row.code, reference)
        for row in rows()
        for reference in row.explains
        for scheme, _colon, code in [reference.partition(":")]
        if scheme not in schemes | OF_LINES or (scheme == "attribute" and code not in fields)
    ]
    assert lost == []


class Reader(HTMLParser):
    """Ids, what opens what, and the text of each element that names something, buttons left out."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.opened: list[str] = []
        self.within: list[str] = []
        self.buttons_in: list[tuple[str, ...]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "button" and given.get("popovertarget"):
            self.opened.append(str(given["popovertarget"]))
            self.buttons_in.append(tuple(self.within))
        if tag not in {"input", "img", "br", "link", "meta", "path", "rect", "circle", "hr", "source"}:
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            while self.within.pop() != tag:
                pass


def field_markup(key: str, language: str = "zh-hans") -> str:
    with override(language):
        field = attribute_field(ATTRIBUTES[key], language=language, vocabulary=vocabulary())
        form = type("One", (forms.Form,), {key: field})(auto_id="id_%s")
        return str(form[key].as_field_group())


@pytest.mark.django_db
class TestField:
    def test_the_mark_stands_beside_the_label_and_not_in_it(self, demo: Demo) -> None:
        body = field_markup("max_annual_cost")
        read = Reader(body)
        assert read.opened == ["id_max_annual_cost_terms"]
        assert read.ids["id_max_annual_cost_terms"] == 1
        assert "label" not in read.buttons_in[0]
        assert '<span class="unseen">什么是年化综合成本</span>' in body
        assert "把利息、担保费" in body

    def test_a_group_of_choices_is_named_by_its_label_alone(self, demo: Demo) -> None:
        body = field_markup("collateral", "en")
        assert 'aria-labelledby="id_collateral_legend"' in body
        assert '<span id="id_collateral_legend">Collateral and pledges offered</span>' in body
        assert '<span class="unseen">What is meant by Mortgage, Pledge</span>' in body
        assert [within[:2] for within in Reader(body).buttons_in] == [("fieldset", "legend")]

    def test_a_plain_word_has_no_mark(self, demo: Demo) -> None:
        for key in ("employees", "stage"):
            assert Reader(field_markup(key)).opened == []


def drawn(template: str, **context: Any) -> str:
    request = RequestFactory().get("/somewhere/")
    with override("en"):
        return Template("{% load terms %}" + template).render(Context({"request": request, **context}))


@pytest.mark.django_db
class TestTag:
    def test_a_second_time_a_page_shows_the_bare_word(self, demo: Demo) -> None:
        shown = drawn('{% term "lpr" first=True %} or {% term "lpr" first=True %}')
        assert len(Reader(shown).opened) == 1
        assert shown.endswith("</span> or LPR (loan prime rate)")

    def test_a_mark_is_drawn_once_on_a_page(self, demo: Demo) -> None:
        shown = drawn('{% explain "product_kinds" kind %}{% explain "product_term" "rate_basis" %}', kind="loan.credit")
        assert len(Reader(shown).opened) == 2
        twice = drawn('{% explain "attribute" "tax_grade" %}|{% explain "attribute" "tax_grade" %}')
        assert len(Reader(twice).opened) == 1
        assert twice.endswith("|")

    def test_what_nothing_explains_has_no_mark(self, demo: Demo) -> None:
        assert drawn('{% explain "product_kinds" "insurance.rnd" %}{% explain "attribute" "" %}') == ""

    def test_a_kind_is_explained_by_what_lies_above_it(self, demo: Demo) -> None:
        assert "What is meant by Surety<" in drawn('{% explain "product_kinds" "guarantee.government" %}')
        assert "What is meant by Guaranteed with the loan<" in drawn('{% explain "product_kinds" "guarantee.batch" %}')

    def test_an_unknown_term_is_the_bare_word(self, demo: Demo) -> None:
        assert drawn('{% term "charm" word %}', word="Charm & wit") == "Charm &amp; wit"


@pytest.mark.django_db
def test_every_mark_of_a_page_opens_one_thing(demo: Demo, chinese: Client) -> None:
    addresses = ["/", "/products/", f"/products/{demo.product.pk}/", "/styleguide/", "/help/terms/"]
    for address in addresses:
        read = Reader(chinese.get(address).content.decode())
        assert [one for one, number in read.ids.items() if number > 1] == [], address
        assert [one for one in read.opened if read.ids[one] != 1] == [], address
        assert [within for within in read.buttons_in if {"label", "a", "summary"} & set(within)] == [], address


@pytest.mark.django_db
def test_the_page_of_a_product_explains_its_kind_its_terms_and_its_conditions(demo: Demo, chinese: Client) -> None:
    product = Product.objects.filter(kind="loan.ip_pledge", status="published", terms__has_key="rate_basis")[0]
    body = chinese.get(f"/products/{product.pk}/").content.decode()
    assert body.count('<button type="button" class="term"') == 3  # conditions, all-in cost, first loan
    kind = body.split("<dt>种类</dt>", 1)[1].split("</dd>", 1)[0]
    assert '<span class="unseen">什么是知识产权质押</span>' in kind
    basis = body.split("<dt>定价基准", 1)[1].split("</dt>", 1)[0]
    assert '<span class="unseen">什么是LPR（贷款市场报价利率）</span>' in basis
