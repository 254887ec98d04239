"""Every page in Chromium, in both languages, on a desk and in a hand: nothing fails, nothing is cut off, nothing shuts
anybody out, nothing is left in the other language."""

from __future__ import annotations

import re
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site

pytestmark = pytest.mark.browser

PAGES = ("home", "shelf", "product", "terms", "need", "leads")
LANGUAGES = ("zh", "en")
WIDTHS = (1440, 390)
EVERY = list(product((*PAGES, "missing page"), LANGUAGES, WIDTHS))
AXE = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

READ = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const language = element => element.closest('[lang]').lang;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.trim()) found.push([language(node.parentElement), node.data.trim()]);
  }
  for (const name of ['placeholder', 'aria-label', 'title', 'alt'])
    for (const element of document.querySelectorAll(`[${name}]`))
      found.push([language(element), element.getAttribute(name)]);
  const description = document.querySelector('meta[name=description]');
  found.push([language(description), description.content]);
  return found;
}"""
LATIN = re.compile(r"[A-Za-z]{2,}")
KNOWN_LATIN = {"API", "LPR", "bp"}
"""Latin that stands in Chinese banking prose as it is."""
HAN = re.compile(r"[一-鿿]")
HAN_BY_DESIGN = re.compile(r"\([一-鿿、]+\)|^Words in common: .*$")
"""The Chinese name of a local label in brackets; words of the need itself."""


def texts(page: Page, language: str) -> list[str]:
    """The page's texts in `language`: those marked as another are somebody's own words, or the language switch."""
    return [text for marked, text in page.evaluate(READ) if marked == language]


@pytest.mark.parametrize(("name", "language", "width"), EVERY)
def test_nothing_fails_and_nothing_is_cut_off(visit: Open, name: str, language: str, width: int) -> None:
    page, watch = visit(name, language=language, width=width)
    page.wait_for_load_state("networkidle")
    missing = [
        f"404: {page.url}",
        "error: Failed to load resource: the server responded with a status of 404 (Not Found)",
    ]
    assert watch.found == (missing if name == "missing page" else [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for summary in page.locator("details > summary").all()[:6]:
        if summary.is_visible():  # on a desk the shelf's filters have none
            summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "with folded parts open"


@pytest.mark.parametrize(("name", "language", "width"), EVERY)
def test_axe_finds_nothing(visit: Open, name: str, language: str, width: int) -> None:
    page, _watch = visit(name, language=language, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert _violations(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_the_dark(visit: Open, name: str) -> None:
    page, _watch = visit(name, scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 23, 24)"
    assert _violations(page) == []


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize("name", [*PAGES, "missing page"])
def test_chinese_pages_hold_no_english(visit: Open, name: str) -> None:
    page, _watch = visit(name)
    found = texts(page, "zh-Hans")
    assert len(found) > 15
    assert [text for text in found if set(LATIN.findall(text)) - KNOWN_LATIN] == []


@pytest.mark.parametrize("name", [*PAGES, "missing page"])
def test_english_pages_hold_no_chinese(visit: Open, name: str) -> None:
    page, _watch = visit(name, language="en")
    found = [text for text in texts(page, "en") if "知识产权质押" not in text]  # what was searched for
    assert len(found) > 15
    assert [text for text in found if HAN.search(HAN_BY_DESIGN.sub("", text))] == []


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


def test_a_company_s_path_without_scripts(visit: Open) -> None:
    page, watch = visit("need", scripts=False)
    groups = page.get_by_role("navigation", name="分组")
    eligible = int(groups.locator("strong").first.inner_text())
    cards = page.locator("#eligible article")
    assert cards.count() == min(eligible, 10)
    cards.first.get_by_text(re.compile("^逐项条件")).click()
    expect(cards.first.locator(".findings li").first).to_be_visible()
    cards.first.get_by_text("成本构成").first.click()
    expect(cards.first.get_by_role("table")).to_be_visible()
    assert watch.found == []


def test_an_account_manager_s_path(visit: Open) -> None:
    page, watch = visit("leads")
    district = page.get_by_role("region", name="区县").get_by_role("link").first
    name, count = district.locator("span").first.inner_text(), district.locator(".count").inner_text()
    district.click()
    expect(page.get_by_role("heading", level=2, name=f"{count}条线索")).to_be_visible()
    for card in page.locator("article").all():
        expect(card.locator(".match-name .soft")).to_contain_text(name)
    assert watch.found == []


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
