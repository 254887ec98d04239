"""How the site behaves in a browser, whatever the page: search and back, leaving early, the keyboard, the language."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.browser


def test_from_the_search_to_a_filter_and_back(visit: Open, site: Site) -> None:
    page, watch = visit("home")
    page.get_by_role("searchbox").fill("首贷")
    page.get_by_role("button", name="搜索").click()
    heading = page.get_by_role("heading", level=2, name=re.compile("“首贷”共\\d+款产品"))
    expect(heading).to_be_visible()
    whole = heading.inner_text()
    assert page.locator("mark").count() > 0
    value = page.get_by_role("complementary").get_by_role("link").first
    count = int(value.locator(".count").inner_text())
    kept = page.evaluate("window.kept = 1")
    value.click()
    expect(page.get_by_role("heading", level=2, name=f"“首贷”共{count}款产品")).to_be_visible()
    expect(page.locator("#results-said")).to_have_text(f"“首贷”共{count}款产品")
    assert page.evaluate("window.kept") == kept, "the page was not loaded anew"
    page.get_by_role("list", name="已选条件").get_by_role("link").click()
    expect(page.get_by_role("heading", level=2, name=whole)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=2, name=f"“首贷”共{count}款产品")).to_be_visible()
    assert watch.found == []


def test_leaving_a_page_early_is_no_failure(visit: Open) -> None:
    page, watch = visit("home")
    page.route("**/*.css", lambda route: None)  # held for good: the page is left while it still loads
    page.reload(wait_until="commit")
    page.goto(page.url, wait_until="commit")
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    assert watch.found == []


def test_what_fails_is_seen(visit: Open) -> None:
    page, watch = visit("home")
    sheets = page.locator("link[rel=stylesheet]").count()
    page.route("**/*.css", lambda route: route.abort("connectionreset"))
    page.reload()
    failed = [one for one in watch.found if one.startswith("failed: ")]
    assert len(failed) == sheets > 0
    assert all(one.endswith(".css net::ERR_CONNECTION_RESET") for one in failed)


def test_the_language_is_switched_on_the_spot(visit: Open) -> None:
    page, watch = visit("shelf")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("searchbox")).to_have_value("知识产权质押")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert watch.found == []


def test_the_keyboard_reaches_the_content_first(visit: Open) -> None:
    page, _watch = visit("home")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_box_answers_while_somebody_types(visit: Open) -> None:
    page, watch = visit("home")
    height = page.evaluate("document.documentElement.scrollHeight")
    box, panel = page.get_by_role("searchbox"), page.locator("#answer")
    box.press_sequentially("知识产权", delay=20)
    expect(panel.locator(".answer-products a").first).to_be_visible()
    expect(page.locator("#answer-said")).to_have_text(re.compile("找到\\d+款产品"))
    assert page.evaluate("document.documentElement.scrollHeight") == height, "nothing moves"
    page.keyboard.press("ArrowDown")
    expect(panel.locator("a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name=re.compile("“知识产权”共\\d+款产品"))).to_be_visible()
    assert watch.found == []


def test_filters_of_a_small_screen_lie_behind_a_button(visit: Open) -> None:
    page, watch = visit("shelf", width=390)
    value = page.locator(".facets a").first
    expect(value).to_be_hidden()
    page.locator("#filters-fold summary").first.click()
    expect(value).to_be_visible()
    value.click()
    expect(page.locator(".facets a[aria-current=true]").first).to_be_visible()
    assert watch.found == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_question_mark_opens_by_the_keyboard_and_escape_closes_it(visit: Open, width: int) -> None:
    page, watch = visit("edit need", width=width)
    mark = page.get_by_role("button", name="什么是抵押、质押", exact=True)
    size = mark.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 24
    body = page.get_by_role("note").filter(has_text="不动产抵押自登记时设立")
    expect(body).not_to_be_visible()
    mark.focus()
    page.keyboard.press("Enter")
    expect(body).to_be_visible()
    read = body.bounding_box()
    assert read is not None
    assert read["x"] >= 16
    assert read["x"] + read["width"] <= width - 16
    page.keyboard.press("Tab")
    expect(body.get_by_role("link", name="查看全部名词")).to_be_focused()
    page.keyboard.press("Escape")
    expect(body).not_to_be_visible()
    expect(mark).to_be_focused()
    expect(page.get_by_role("group", name="可提供的抵质押物", exact=True)).to_be_visible()
    assert watch.found == []


def test_a_heading_reads_as_its_words(visit: Open) -> None:
    page, _watch = visit("need")
    for name in ("符合条件", "待补资料", "接近符合"):
        count = page.get_by_role("region", name=re.compile(rf"^{name} \d+$"))
        expect(count.get_by_role("heading", level=2, name=re.compile(rf"^{name} \d+$"))).to_be_visible()
