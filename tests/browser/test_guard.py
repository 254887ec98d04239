"""What somebody typed is not lost without a word, by a link, the language or a filter. What is kept asks nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.browser

BRAND, LANGUAGE = ".brand", ".bar-switch button"
FORMS = {
    "profile": ("profile", "", "main form input[type=text]:not([disabled])"),
    "open need": ("need", "edit/terms/", "[name=term]"),
    "new need": ("new need", "", "[name=amount]"),
    "product": ("edit product", "", "[name=name_zh]"),
    "new product": ("own products", "new/", "[name=name_zh]"),
    "rule": ("rule", "", ".rule-condition input[type=text]"),
}
"""A form → the page, what its path goes on with, and a field."""


class Asked:
    """The questions that a page asks, each answered by `go`: leave, or stay."""

    def __init__(self, page: Page) -> None:
        self.page, self.kinds, self.go = page, list[str](), False
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.kinds.append(dialog.type)
        if self.go:
            dialog.accept()
        else:
            dialog.dismiss()

    def by(self, way: str) -> list[str]:
        """What is asked after a click there. The page stays."""
        before, there = len(self.kinds), self.page.url
        with self.page.expect_event("dialog"):
            self.page.locator(way).first.click(no_wait_after=True)
        self.page.wait_for_timeout(200)
        assert self.page.url == there
        return self.kinds[before:]


def opened(visit: Open, site: Site, form: str) -> tuple[Page, Locator, Asked]:
    name, beyond, field = FORMS[form]
    page, _watch = visit(name)
    if beyond:
        page.goto(site.url + site.paths[name] + beyond)
    return page, page.locator(field).first, Asked(page)


def left(page: Page, site: Site) -> bool:
    page.locator(BRAND).click()
    page.wait_for_url(site.url + "/")
    return True


@pytest.mark.parametrize("form", FORMS)
def test_what_is_typed_is_kept_until_it_is_given_up(visit: Open, site: Site, form: str) -> None:
    page, field, asked = opened(visit, site, form)
    field.fill("123")
    assert asked.by(BRAND) == ["beforeunload"]
    assert asked.by(LANGUAGE) == ["beforeunload"]
    expect(field).to_have_value("123")
    asked.go = True
    assert left(page, site)
    assert asked.kinds == ["beforeunload"] * 3


@pytest.mark.parametrize("form", FORMS)
def test_what_is_typed_and_taken_back_asks_nothing(visit: Open, site: Site, form: str) -> None:
    page, field, asked = opened(visit, site, form)
    before = field.input_value()
    field.click()
    field.fill("123")
    field.fill(before)
    assert left(page, site)
    assert asked.kinds == []


@pytest.mark.parametrize("form", ["profile", "open need"])
def test_what_is_saved_asks_nothing(visit: Open, site: Site, form: str) -> None:
    page, field, asked = opened(visit, site, form)
    there = page.url
    field.fill("7")
    page.locator("main form button.strong").click()
    page.wait_for_url(lambda url: url != there)
    page.go_back()
    expect(field).to_have_value("7")
    assert left(page, site)
    assert asked.kinds == []


def test_what_is_refused_is_not_saved(visit: Open, site: Site) -> None:
    page, field, asked = opened(visit, site, "open need")
    field.fill("a while")
    page.locator("main form button.strong").click()
    expect(page.locator("#faults")).to_be_visible()
    assert asked.kinds == []
    assert asked.by(BRAND) == ["beforeunload"]
    expect(field).to_have_value("a while")


def test_a_link_that_says_so_gives_up(visit: Open, site: Site) -> None:
    page, field, asked = opened(visit, site, "open need")
    field.fill("9")
    page.locator("a[data-give-up]").click()
    page.wait_for_url(site.url + site.paths["company"])
    assert asked.kinds == []


def test_a_rule_that_the_server_has_drawn_anew_is_not_saved(visit: Open, site: Site) -> None:
    page, _field, asked = opened(visit, site, "rule")
    conditions = page.locator(".rule-condition")
    there = conditions.count()
    page.locator("button[name=do][value^='add-condition']").last.click()
    expect(conditions).to_have_count(there + 1)
    assert asked.by(BRAND) == ["beforeunload"]
    assert asked.by(LANGUAGE) == ["beforeunload"]
    expect(conditions).to_have_count(there + 1)
    page.locator("button[name=do][value^='remove']").last.click()
    expect(conditions).to_have_count(there)
    assert left(page, site), "as it is on file again"
    assert asked.kinds == ["beforeunload"] * 2


def test_a_rule_and_a_product_once_saved_ask_nothing(visit: Open, site: Site) -> None:
    page, field, asked = opened(visit, site, "rule")
    field.fill("2")
    page.locator("button[name=do][value=save]").last.click()
    expect(page.locator(".notice-success")).to_be_visible()
    page.goto(site.url + site.paths["edit product"])
    page.locator("[name=summary_zh]").fill("随借随还")
    page.locator("button[name=do][value=save]").last.click()
    expect(page.locator(".notice-success")).to_be_visible()
    assert left(page, site)
    assert asked.kinds == []


def test_a_product_whose_kind_was_changed_is_not_saved(visit: Open, site: Site) -> None:
    page, _field, asked = opened(visit, site, "new product")
    kind = page.locator("[name=kind]")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        kind.select_option(index=2)
    page.wait_for_timeout(200)
    chosen = kind.input_value()
    assert asked.by(LANGUAGE) == ["beforeunload"]
    expect(kind).to_have_value(chosen)


def test_a_filter_does_not_take_the_name_of_a_filter_away(visit: Open, site: Site) -> None:
    page, watch = visit("leads")
    facet = "#leads .facets a"
    page.locator(facet).first.click()
    expect(page.locator(".chosen a")).to_have_count(1)
    asked = Asked(page)
    page.locator(".lead-save summary").click()
    name = page.locator(".lead-save-form [name=name]")
    name.fill("每周一看")
    assert asked.by(facet) == ["confirm"]
    expect(name).to_have_value("每周一看")
    assert asked.by(BRAND) == ["beforeunload"]
    asked.go = True
    page.locator(".chosen a").click()
    expect(page.locator(".chosen a")).to_have_count(0)
    assert asked.kinds == ["confirm", "beforeunload", "confirm"]
    asked.go = False
    page.locator(facet).first.click()
    page.locator(".lead-save summary").click()
    name.fill("每周一看")
    page.locator(".lead-save-form button").click()
    expect(page.locator(".notice-success")).to_be_visible()
    page.goto(page.url.split("?")[0] + "saved/")
    entry = page.locator(".lead-entry [name=name]")
    expect(entry).to_have_value("每周一看")
    entry.fill("每周二看")
    assert asked.by(LANGUAGE) == ["beforeunload"]
    page.locator(".lead-entry button[value=rename]").click()
    expect(page.locator(".lead-entry [name=name]")).to_have_value("每周二看")
    assert left(page, site)
    assert asked.kinds == ["confirm", "beforeunload", "confirm", "beforeunload"]
    assert watch.found == []
