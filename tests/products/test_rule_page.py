"""The rule editor, as a browser without scripts uses it and as htmx does: what is kept, marked, said and saved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.eligibility.rule import parse
from backend.matching.reach import rule_moves
from backend.packs.queries import vocabulary
from backend.products.models import Product
from backend.products.rules import effective_rule
from backend.products.services import ProductInput, product_update
from backend.products.shelving import product_retire
from tests import world
from tests.demo_market import TODAY, Demo
from tests.products.sent_forms import Fields, enabled, fields_of, pressed
from tests.products.test_pages import SHELF, page, text_of

pytestmark = pytest.mark.django_db
FORM = "rule-form"
HIGH_TECH = {"attribute": "high_tech", "op": "is", "value": True}


class Editor:
    """The editor of one product in a browser: `press` sends the form as it stands, with what was changed in it."""

    def __init__(self, client: Client, product: Product) -> None:
        self.client, self.address = client, page(product, "rule")
        self.answer: Any = client.get(self.address)

    def press(self, value: str, **changed: str | list[str]) -> Any:
        self.answer = self.client.post(self.address, pressed(self.answer, FORM, value, **changed))
        return self.answer

    @property
    def fields(self) -> Fields:
        return fields_of(self.answer, FORM)


@pytest.fixture
def product(demo: Demo) -> Product:
    return world.product(demo.institution, rule={})


def test_a_rule_is_written_without_scripts(product: Product, en: Client) -> None:
    editor = Editor(en, product)
    editor.press("add-condition:n")
    editor.press("refresh:n0", n0__attribute="annual_revenue")
    assert (editor.fields["n0.op"], editor.fields["n0.unit"]) == (["at_least"], ["wan_yuan"])
    editor.press("refresh:n0", n0__op="between", n0__low="500")
    assert editor.fields["n0.low"] == ["500"]
    editor.press("add-group:n", n0__high="9,000")
    editor.press("refresh:n1-0", **{"n1-0__attribute": "industry"})
    editor.press("add-condition:n1", **{"n1-0__codes": ["C", "I"]})
    editor.press("refresh:n1-1", **{"n1-1__attribute": "high_tech"})
    editor.press("add-condition:n", **{"n1-1__flag": "true"})
    editor.press("refresh:n2", n2__attribute="tax_grade")
    editor.press("wrap:n2", n2__codes="D")
    editor.press("up:n2", n2__node="none")
    answer = editor.press("save")
    assert (answer.status_code, answer["Location"]) == (302, SHELF)
    assert Product.objects.get(pk=product.pk).rule == {
        "all": [
            {"attribute": "annual_revenue", "op": "between", "value": ["5000000", "90000000"], "unit": "yuan"},
            {
                "any": [
                    {"attribute": "industry", "op": "within", "value": ["C", "I"]},
                    HIGH_TECH,
                    {"not": {"attribute": "tax_grade", "op": "is", "value": "D"}},
                ]
            },
        ]
    }


def test_every_rule_of_the_pack_is_saved_as_it_was(demo: Demo, en: Client) -> None:
    for own in Product.objects.filter(institution=demo.institution):
        before = own.rule
        assert Editor(en, own).press("save").status_code == 302
        own.refresh_from_db()
        assert own.rule == before


def test_another_attribute_brings_its_own_inputs(product: Product, en: Client) -> None:
    editor = Editor(en, product)
    editor.press("add-condition:n")
    assert set(editor.fields) >= {"n.node", "n0.node", "n0.was", "n0.attribute"}
    shown = {
        "high_tech": set(),
        "tax_grade": {"n0.op", "n0.codes"},
        "employees": {"n0.op", "n0.low", "n0.unit"},
        "themes": {"n0.op"},
        "region": {"n0.op"},
    }
    for key, fields in shown.items():
        editor.press("refresh:n0", n0__attribute=key)
        inputs = {name for name in editor.fields if name.startswith("n0.")} - {"n0.node", "n0.was", "n0.attribute"}
        assert inputs == fields, key
    html = editor.answer.content.decode()
    assert 'name="n0.codes" value="370102"' in html


def test_nodes_move_dissolve_and_go(product: Product, en: Client) -> None:
    rule = {"all": [HIGH_TECH, {"any": [{**HIGH_TECH, "attribute": key} for key in ("gazelle", "tech_sme")]}]}
    Product.objects.filter(pk=product.pk).update(rule=rule)
    editor = Editor(en, product)
    assert enabled(editor.answer, FORM, "up:n0") is False
    editor.press("down:n0")
    assert [editor.fields[f"n0-{place}.attribute"] for place in (0, 1, 2)] == [["high_tech"], ["gazelle"], ["tech_sme"]]
    editor.press("unwrap:n0")
    editor.press("remove:n1")
    assert editor.press("save").status_code == 302
    assert Product.objects.get(pk=product.pk).rule == {"all": [HIGH_TECH, {**HIGH_TECH, "attribute": "tech_sme"}]}


def test_what_is_unfinished_is_kept_marked_and_not_saved(product: Product, en: Client) -> None:
    editor = Editor(en, product)
    editor.press("add-condition:n")
    editor.press("refresh:n0", n0__attribute="employees")
    editor.press("add-condition:n")
    words = text_of(editor.answer)
    assert "Give a number." in words
    assert "Choose what is compared." in words
    assert "2 unfinished parts are not counted." in words
    answer = editor.press("save")
    assert answer.status_code == 422
    assert answer.context["editor"].faults == (
        ("n0", "Employees", "Give a number."),
        ("n1", "New condition", "Choose what is compared."),
    )
    assert editor.fields["n0.attribute"] == ["employees"]
    now = Product.objects.get(pk=product.pk)
    assert (now.rule, now.version) == ({}, product.version)


@pytest.mark.parametrize(
    ("attribute", "changed", "said"),
    [
        ("employees", {"low": "many"}, "Give a number, such as 500 or 12.5."),
        ("employees", {"low": "-1"}, "Employees is at least 0."),
        ("employees", {"low": "1.5"}, "Employees has at most 0 decimals. Did you mean 2?"),
        ("employees", {"op": "between", "low": "9", "high": "3"}, "The low end is above the high end"),
        ("stage", {"codes": "grown"}, "Stage has no code 'grown'. Did you mean Growth?"),
    ],
)
def test_each_fault_stands_at_its_node(
    product: Product, en: Client, attribute: str, changed: dict[str, str], said: str
) -> None:
    editor = Editor(en, product)
    editor.press("add-group:n")
    editor.press("refresh:n0-0", **{"n0-0__attribute": attribute})
    answer = editor.press("save", **{f"n0-0__{name}": value for name, value in changed.items()})
    assert answer.status_code == 422
    ((node, _name, text),) = answer.context["editor"].faults
    assert node == "n0-0"
    assert text.startswith(said)
    assert "Nothing can be counted while a condition is at fault" in text_of(answer)
    assert Product.objects.get(pk=product.pk).rule == {}


def test_a_contradiction_stands_at_the_condition_that_brings_it(product: Product, en: Client) -> None:
    rule = {"all": [{"attribute": "employees", "op": "at_least", "value": "9"}, HIGH_TECH]}
    Product.objects.filter(pk=product.pk).update(rule=rule)
    editor = Editor(en, product)
    editor.press("add-condition:n")
    editor.press("refresh:n2", n2__attribute="employees")
    answer = editor.press("save", n2__op="at_most", n2__low="3")
    assert [fault[0] for fault in answer.context["editor"].faults] == ["n2"]


def test_a_contradiction_with_the_products_own_limits_is_said(product: Product, zh: Client) -> None:
    editor = Editor(zh, product)
    editor.press("add-condition:n")
    editor.press("refresh:n0", n0__attribute="amount")
    answer = editor.press("save", n0__low="90000")
    assert answer.status_code == 422
    assert "准入条件还不能保存" in text_of(answer)
    assert answer.context["error"].field == "rule"
    assert Product.objects.get(pk=product.pk).rule == {}


def test_the_limits_are_shown_before_they_are_hit(product: Product, en: Client) -> None:
    conditions = [{"attribute": "employees", "op": "at_least", "value": str(number)} for number in range(63)]
    Product.objects.filter(pk=product.pk).update(rule={"all": conditions})
    editor = Editor(en, product)
    assert "63 of 64 conditions · groups 1 of 4 deep" in text_of(editor.answer)
    editor.press("add-condition:n")
    assert enabled(editor.answer, FORM, "add-condition:n") is False
    assert "A rule has at most 64 conditions." in text_of(editor.answer)


def test_the_panel_says_what_the_rule_does(demo: Demo, en: Client) -> None:
    answer = en.get(page(demo.product, "rule"))
    panel = answer.context["panel"]
    words = text_of(answer)
    assert f"{panel.impact.eligible.needs} of {panel.impact.market.needs} qualify" in words
    assert panel.impact.eligible.needs > 0
    assert panel.sentence + "." in words
    for bar in panel.bars:
        assert bar.requirement.text in words.replace("&#x27;", "'")
        assert f"excludes {bar.requirement.excludes}, alone {bar.requirement.alone}" in words
    own = [bar.node for bar in panel.bars if bar.requirement.part == "rule"]
    assert sorted(own) == sorted(f"n{place}" for place in range(len(demo.product.rule["all"])))
    assert "The same needs as by the rule on file." in words


def test_saving_a_published_rule_says_who_enters_and_leaves(demo: Demo, en: Client) -> None:
    assert demo.product.status == "published"
    before = effective_rule(demo.product)
    editor = Editor(en, demo.product)
    number = len(demo.product.rule["all"])
    editor.press("add-condition:n")
    editor.press(f"refresh:n{number}", **{f"n{number}__attribute": "high_tech"})
    editor.press("save", **{f"n{number}__flag": "true"})
    now = Product.objects.get(pk=demo.product.pk)
    moves = rule_moves(before, effective_rule(now), today=TODAY)
    assert moves.leave > moves.enter == 0
    words = text_of(en.get(SHELF))
    assert f"0 open needs enter, {moves.leave} {'leaves' if moves.leave == 1 else 'leave'}." in words


def test_moves_are_counted_need_by_need(demo: Demo) -> None:
    words = vocabulary()
    has, lacks = (parse({**HIGH_TECH, "value": value}, words) for value in (True, False))
    there, back = rule_moves(has, lacks, today=TODAY), rule_moves(lacks, has, today=TODAY)
    assert (there.enter, there.leave) == (back.leave, back.enter)
    assert there.enter > 0 < there.leave
    assert rule_moves(has, has, today=TODAY) == replace(there, enter=0, leave=0)


def test_somebody_faster_is_explained_and_may_be_overruled(demo: Demo, bank: User, en: Client) -> None:
    editor = Editor(en, demo.product)
    product_update(
        actor=bank,
        product_id=demo.product.pk,
        data=replace(ProductInput.of(demo.product), rule=HIGH_TECH),
        expected_version=demo.product.version,
    )
    answer = editor.press("save")
    assert answer.status_code == 409
    assert "Somebody else saved this product while you were writing" in text_of(answer)
    assert Product.objects.get(pk=demo.product.pk).rule == HIGH_TECH
    assert editor.press("add-condition:n").status_code == 200
    editor.press("remove:n" + str(len(demo.product.rule["all"])))
    assert editor.press("save").status_code == 409
    assert editor.press("over").status_code == 302
    assert Product.objects.get(pk=demo.product.pk).rule == demo.product.rule


def test_a_retired_product_says_why_its_rule_cannot_change(demo: Demo, bank: User, en: Client) -> None:
    product_retire(actor=bank, product_id=demo.product.pk, expected_version=demo.product.version)
    answer = Editor(en, demo.product).press("save")
    assert answer.status_code == 409
    assert "This cannot be done to something that is Retired." in text_of(answer)


def test_with_htmx_an_action_brings_the_editor_and_the_panel(product: Product, en: Client) -> None:
    editor = Editor(en, product)
    headers = {"hx-request": "true"}
    swap = en.post(editor.address, pressed(editor.answer, FORM, "add-condition:n"), headers=headers).content.decode()
    assert swap.lstrip().startswith('<div id="editor"')
    assert 'hx-swap-oob="innerHTML:#panel"' in swap
    assert re.search(r'<select id="n0-attribute"[^>]* data-focus', swap)
    assert "<main" not in swap
    typed = {**editor.fields, "do": "read", "n0.node": "condition", "n0.attribute": "employees", "n0.was": "employees"}
    read = en.post(editor.address, typed | {"n0.low": "x"}, headers=headers).content.decode()
    assert 'hx-swap-oob="innerHTML:#n0-mark"' in read
    assert "Give a number, such as 500 or 12.5." in read
    assert 'id="editor"' not in read


def test_with_htmx_saving_goes_on_to_the_shelf(product: Product, en: Client) -> None:
    editor = Editor(en, product)
    answer = en.post(editor.address, pressed(editor.answer, FORM, "save"), headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, SHELF)


def test_a_rule_that_cannot_be_read_any_more_can_be_written_anew(product: Product, en: Client) -> None:
    Product.objects.filter(pk=product.pk).update(rule={"attribute": "gone", "op": "is", "value": True})
    editor = Editor(en, product)
    assert "The rule on file cannot be read any more" in text_of(editor.answer)
    assert "Rule cannot be read" in text_of(en.get(SHELF))
    assert "Preview" in text_of(en.get(page(product, "preview")))
    assert editor.press("save").status_code == 302
    assert Product.objects.get(pk=product.pk).rule == {}


@pytest.mark.parametrize("do", ["", "explode:n0", "wrap:n9-9", "remove:n", "up:n"])
def test_odd_actions_do_no_harm(product: Product, en: Client, do: str) -> None:
    answer = en.post(page(product, "rule"), {"do": do, "n.node": "all"})
    assert answer.status_code == 200
    assert Product.objects.get(pk=product.pk).rule == {}


def test_a_code_that_has_left_the_vocabulary_is_shown_and_refused(product: Product, zh: Client) -> None:
    Product.objects.filter(pk=product.pk).update(
        rule={"attribute": "themes", "op": "any_of", "value": ["green", "old"]}
    )
    editor = Editor(zh, product)
    assert "old（代码已失效）" in text_of(editor.answer)
    assert sorted(editor.fields["n.codes"]) == ["green", "old"]
    assert editor.press("save").status_code == 422
    assert editor.press("save", n__codes=["green"]).status_code == 302


def test_the_editor_speaks_chinese(demo: Demo, zh: Client) -> None:
    words = text_of(zh.get(page(demo.product, "rule")))
    for said in ("同时满足以下全部", "添加条件组", "保存准入条件", "哪条排除得最多", "文字表述"):
        assert said in words
