"""Leads and comparisons on a phone, and the way back to where one was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

LEAD = re.compile(r"/leads/\d+/")
UNDER = """() => {
  const here = document.activeElement, bar = document.querySelector('.lead-bar');
  if (bar.contains(here)) return 'bar';
  const box = here.getBoundingClientRect();
  return box.bottom > bar.getBoundingClientRect().top && box.height < 600 ? here.outerHTML.slice(0, 120) : '';
}"""
"""What lies under the bar of all that has the focus; "bar" if the focus is in it."""


def opened(page: Page, steps: int) -> str:
    """The address of the lead that so many quick keys lead to, opened."""
    for _ in range(steps):
        page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(LEAD)
    return page.url


@pytest.mark.parametrize("view", ["", "?view=table&q=采购"])
def test_whoever_comes_back_to_the_list_comes_back_to_the_lead(visit: Open, view: str) -> None:
    page, watch = visit("leads")
    page.goto(page.url + view)
    lead = opened(page, 4)
    page.go_back()
    link = page.locator("[data-lead-link]").nth(3)
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    assert lead.endswith(str(link.get_attribute("href")))
    second = opened(page, 1)
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != second)
    page.locator("aside [data-list]").click()
    page.wait_for_url(re.compile(r"/leads/(\?.*)?$"))
    expect(page.locator("[data-lead-link]").nth(5)).to_be_focused()
    expect(page.locator("[data-lead-link]").nth(5)).to_be_in_viewport()
    page.keyboard.press("k")
    expect(page.locator("[data-lead-link]").nth(4)).to_be_focused()
    page.reload()
    expect(page.locator("[data-lead-link]:focus")).to_have_count(0)
    assert watch.found == []


def test_the_ways_on_from_a_lead_are_at_hand_and_hide_no_focus(visit: Open) -> None:
    page, watch = visit("lead", width=390)
    bar = page.locator(".lead-bar")
    expect(page.locator("[data-copy]")).to_be_in_viewport()
    expect(bar.locator("[data-list]")).to_be_in_viewport()
    expect(page.locator(".lead-way")).not_to_be_visible()
    found = []
    for _ in range(80):
        page.keyboard.press("Tab")
        found.append(page.evaluate(UNDER))
        if found[-1] == "bar":
            break
    assert len(found) > 8
    assert set(found) == {"", "bar"}
    bar.locator("[data-after], [data-before]").first.click()
    page.wait_for_url(LEAD)
    assert watch.found == []


def test_a_comparison_names_the_product_of_each_cell(visit: Open) -> None:
    page, watch = visit("compare", width=390)
    names = page.locator(".compare-name").all_inner_texts()
    assert len(names) == 3
    for row in page.locator(".compare-table tbody tr:not(.compare-part)").all():
        cells = row.locator("td")
        assert cells.evaluate_all("all => all.map(cell => cell.dataset.name)") == names
        shown = cells.evaluate_all("all => all.map(cell => getComputedStyle(cell, '::before').content)")
        assert shown == [f'"{name}"' for name in names]
        boxes = cells.evaluate_all("all => all.map(cell => cell.getBoundingClientRect().toJSON())")
        assert [(box["left"], box["right"]) for box in boxes] == [(0, 390)] * 3
        assert [box["top"] for box in boxes] == sorted(box["top"] for box in boxes)
    assert watch.found == []


def test_a_wide_table_shows_that_it_goes_on(visit: Open) -> None:
    page, watch = visit("institution", width=390)
    table = page.get_by_role("region", name="本机构产品").last
    assert table.evaluate("one => one.scrollWidth > one.clientWidth")
    assert table.evaluate("one => getComputedStyle(one).backgroundAttachment") == "local, local, scroll, scroll"
    table.focus()
    page.keyboard.press("ArrowRight")
    expect(table).not_to_have_js_property("scrollLeft", 0)
    assert watch.found == []
