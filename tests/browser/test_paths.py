"""Each user's main path, walked to its end: in both languages, on the embedded engine and on Elasticsearch.

Elements are found by what they are, not by what they are called, so that one walk serves both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backend.accounts.demo_names import DEMO_BUREAU, DEMO_COMPANY
from backend.matches.address import FIRST
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

SHIFT = """() => {
  window.shifted = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shifted += entry.value; }))
    .observe({type: 'layout-shift', buffered: false});
}"""
"""Counts every shift of the page's layout from now on, those after an input too."""
STILL = 0.01
MOST_LEADS = """() => [...document.querySelectorAll('a[href$="/leads/"]')]
  .map(link => [Number(link.textContent.replace(/\\D/g, '')), link.getAttribute('href').match(/products\\/(\\d+)/)[1]])
  .sort((one, other) => other[0] - one[0])[0][1]"""
"""The product with most leads, as the morning's page counts them."""
PAGE = 20
"""Leads at once."""
AMOUNTS = {"zh": "120", "en": "60"}
"""In ten thousand yuan: a need that looks like one filed before is checked first."""

Walk = Callable[..., None]


@pytest.fixture(params=["embedded", "elastic"])
def engine(request: pytest.FixtureRequest) -> Open:
    """The way to open a page of the site on that engine."""
    opened: Open = request.getfixturevalue("visit" if request.param == "embedded" else "visit_on_elasticsearch")
    return opened


both_languages = pytest.mark.parametrize("language", ["zh", "en"])


def number(page: Page, selector: str) -> int:
    return int(page.locator(selector).first.inner_text().replace(",", ""))


@both_languages
def test_a_company_files_a_need_and_understands_its_matches(engine: Open, language: str) -> None:
    page, watch = engine("/company/", language=language, visitor=DEMO_COMPANY)
    page.locator('a[href="/needs/new/"]').first.click()
    before = page.locator("#reach").inner_text()
    page.evaluate(SHIFT)
    page.locator("[name=purpose]").select_option("working_capital")
    page.locator("[name=amount]").fill(AMOUNTS[language])
    expect(page.locator("#reach")).not_to_have_text(before)
    assert page.evaluate("window.shifted") < STILL, "nothing moves while the numbers change"
    page.locator("main form button.strong").click()
    page.wait_for_url(re.compile(r"/needs/\d+/edit/terms/"))
    page.evaluate(SHIFT)
    page.locator("[name=term]").fill("12")
    expect(page.locator("[name=version]")).to_have_value("2")
    assert page.evaluate("window.shifted") < STILL, "nothing moves while it is saved"
    page.reload()
    expect(page.locator("[name=term]")).to_have_value("12")
    page.locator("[name=term]").fill("18")
    page.locator("main form button.strong").click()
    page.wait_for_url(re.compile(r"/needs/\d+/edit/offer/"))
    page.locator("main form button.strong").click()
    page.wait_for_url(re.compile(r"/needs/\d+/edit/publish/"))
    page.locator("main form button.strong").click()
    page.wait_for_url(re.compile(r"/needs/\d+/$"))
    eligible = number(page, ".groups .good strong")
    cards = page.locator("#eligible article")
    assert cards.count() == min(eligible, FIRST) > 0
    for card in cards.all()[:3]:
        expect(card.locator(".reasons li").first).to_be_visible()
        card.locator(".match-more .folds summary").first.click()
        expect(card.locator(".findings li").first).to_be_visible()
    assert watch.found == []


@both_languages
def test_a_company_compares_products_and_takes_a_report_home(engine: Open, language: str) -> None:
    page, watch = engine("need", language=language)
    ticks = page.locator("input[type=checkbox][name=p]")
    assert ticks.count() > 2
    for place in range(2):
        ticks.nth(place).check()
    page.locator("#compare button.strong").click()
    page.wait_for_url(re.compile(r"/compare/\?"))
    assert page.locator(".compare-table thead th").count() == 2
    page.go_back()
    page.locator('form[action$="/report/"] button').first.click()
    page.wait_for_url(re.compile(r"/reports/\d+/"))
    link = page.locator('a[href$="/file/"]').first
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as coming:
        link.click()
    assert coming.value.suggested_filename.endswith(".pdf")
    assert watch.found == []


@both_languages
def test_an_account_manager_finds_the_first_lead_to_call(engine: Open, language: str) -> None:
    page, watch = engine("leads", language=language)
    district = page.locator("#facet-region ~ ul a, section[aria-labelledby=facet-region] a").first
    count = int(district.locator(".count").inner_text().replace(",", ""))
    kept = page.evaluate("window.kept = 1")
    district.click()
    expect(page.locator(".chosen a").first).to_be_visible()
    assert "region=" in page.url
    assert page.evaluate("window.kept") == kept, "the page was not loaded anew"
    assert page.locator("[data-lead]").count() == min(count, PAGE)
    page.go_back()
    expect(page.locator(".chosen a")).to_have_count(0)
    page.locator("[data-lead-link]").first.click()
    page.wait_for_url(re.compile(r"/leads/\d+/"))
    expect(page.locator(".findings li").first).to_be_attached()
    assert watch.found == []


@both_languages
def test_an_institution_changes_its_rule_and_sees_what_it_does(engine: Open, language: str) -> None:
    page, watch = engine("institution", language=language)
    page.wait_for_load_state("networkidle")
    most = page.evaluate(MOST_LEADS)
    page.goto(page.url + f"products/{most}/rule/")
    qualify = page.locator(".rule-reach .live strong")
    before = qualify.inner_text()
    conditions = page.locator(".rule-condition")
    there = conditions.count()
    page.locator("button[name=do][value^='add-condition']").last.click()
    expect(conditions).to_have_count(there + 1)
    fresh = conditions.last
    expect(page.locator(":focus")).to_have_attribute("name", re.compile(r"\.attribute$"))
    fresh.locator("select[name$='.attribute']").select_option("employees")
    fresh = page.locator(".rule-condition").last
    fresh.locator("input[type=text]").first.fill("100000")
    expect(qualify).to_have_text("0")
    assert before != "0"
    page.locator(".rule-condition").last.locator("input[type=text]").first.fill("1")
    expect(qualify).not_to_have_text("0")
    page.locator("button[name=do][value=save]").click()
    expect(page.locator(".notice-success")).to_be_visible()
    assert watch.found == []


@both_languages
def test_the_bureau_sees_what_stands_in_the_way(engine: Open, language: str) -> None:
    page, watch = engine("bureau", language=language, visitor=DEMO_BUREAU)
    expect(page.locator(".chart-canvas svg").first).to_be_visible()
    page.locator('a[href*="/bureau/uncovered/"][href*="binding="]').first.dispatch_event("click")
    page.wait_for_url(re.compile(r"/bureau/uncovered/\?.*binding="))
    expect(page.locator("table tbody tr").first).to_be_visible()
    page.locator('table a[href^="/needs/"]').first.click()
    page.wait_for_url(re.compile(r"/needs/\d+/"))
    expect(page.locator(".groups")).to_be_visible()
    assert watch.found == []
