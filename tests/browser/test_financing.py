"""From match to money, by three people in three browsers: the company, the bank's account manager, its approver."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backend.accounts.demo_names import DEMO_COMPANY, DEMO_INSTITUTION, DEMO_RISK
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
CASE = re.compile(r"/cases/\d+/$")


def through(page: Page, door: str, **typed: str) -> None:
    """Open a step's form, fill it, send it."""
    place = page.locator(f"#do-{door}")
    place.locator("summary").click()
    for name, value in typed.items():
        place.locator(f"[name={name}]:not([type=checkbox])").fill(value)
    with page.expect_navigation():
        place.locator("form button").last.click()


def pressed(page: Page, door: str) -> None:
    """A step that its button takes alone."""
    with page.expect_navigation():
        page.locator(f'form[action$="/do/{door}/"] button').last.click()


def test_from_match_to_money(visit: Open) -> None:
    today = timezone.localdate()
    day, later = today.isoformat(), (today + timedelta(days=30)).isoformat()
    company, watched = visit("/cases/", visitor=DEMO_COMPANY, language="zh")
    bank, _watch = visit("/cases/", visitor=DEMO_INSTITUTION, language="zh")
    risk, _watch = visit("/cases/", visitor=DEMO_RISK, language="en")

    # The demo company's case with the demo bank is withdrawn, and its product is applied for anew.
    name = bank.locator(".menu-name").inner_text()
    company.get_by_role("link", name=re.compile(re.escape(name))).first.click()
    company.wait_for_url(CASE)
    product = re.search(
        r"/products/(\d+)/", company.locator('.case-facts a[href^="/products/"]').get_attribute("href") or ""
    )
    need = company.locator('.case-facts a[href^="/needs/"]').get_attribute("href")
    assert product is not None and need is not None  # noqa: PT018
    through(company, "withdraw", note="调整申请材料后重新提交")
    company.goto(company.url.split("/cases/")[0] + need)
    company.locator(f'input[name=p][value="{product[1]}"]').check()
    company.locator("[data-apply]").click()
    company.wait_for_url(re.compile(r"/apply/\?"))
    company.locator("form.apply button.strong").click()
    expect(company.locator("#faults")).to_be_visible()
    watched.found.clear()  # the browser notes the refusal too
    assert company.locator(f'input[name=p][value="{product[1]}"]').is_checked()
    company.locator("[name=agreed]").check()
    company.locator("form.apply button.strong").click()
    company.wait_for_url(re.compile(r"/cases/$"))

    bank.goto(bank.url + "?show=new&sort=-sent")
    bank.locator(".case-table tbody a").first.click()
    bank.wait_for_url(CASE)
    path = "/cases/" + bank.url.split("/cases/")[1]
    pressed(bank, "accept")
    through(bank, "begin", note="已电话联系企业财务负责人")
    bank.locator("#do-ask summary").click()
    bank.locator("#do-ask [name=documents]").first.check()
    bank.locator("#do-ask [name=note]").fill("请补充近两年纳税申报表")
    bank.locator("#do-ask form button").click()
    expect(bank.locator("#do-resume")).to_be_visible()

    site = bank.url.split("/cases/")[0]
    company.goto(site + path)
    company.locator("#do-answer summary").click()
    company.locator("#do-answer [name=text]").fill("材料见附件")
    company.locator("#do-answer [name=papers]").set_input_files(
        {"name": "纳税申报表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n1 0 obj"}
    )
    company.locator("#do-answer form button").click()
    expect(company.locator(".talk-papers a")).to_have_text("纳税申报表.pdf")

    risk.goto(site + path + "offer/")
    risk.locator("[name=rate]").fill("99")
    risk.locator('button[value="send"]').click()
    expect(risk.locator("#faults")).to_be_visible()
    expect(risk.locator("[name=rate]")).to_have_value("99")
    highest = re.search(r"\d+\.\d+", risk.locator("#id_rate_helptext").inner_text())
    assert highest is not None
    risk.locator("[name=rate]").fill(highest[0])
    risk.locator("[name=valid_until]").fill(later)
    risk.locator('button[value="reckon"]').click()
    expect(risk.locator("#reckoned-cost .headline-number")).to_contain_text("%")
    risk.locator('button[value="send"]').click()
    risk.wait_for_url(CASE)

    company.goto(site + need + "offers/")
    column = company.locator(".compare-table thead th").filter(has_text=name)
    column.locator("[name=offer]").check()
    company.locator("section.choose button.strong").click()
    company.wait_for_url(CASE)

    bank.goto(site + path)
    through(bank, "sign", contract="HT-BROWSER-1")
    bank.locator("#do-pay summary").click()
    paid = bank.locator("#do-pay [name=amount]").input_value()
    bank.locator("#do-pay [name=reference]").fill("FK-BROWSER-1")
    bank.locator("#do-pay [name=borrowed]").select_option("no")
    bank.locator("#do-pay [name=inquired_on]").fill(day)
    bank.locator("#do-pay [name=inquiry]").fill("ZX-BROWSER-1")
    bank.locator("#do-pay form button").click()
    expect(bank.locator("#do-repay")).to_be_visible()
    through(bank, "repay", reference="HK-BROWSER-1", principal=paid, interest="1200.50")
    bank.locator("#do-close summary").click()
    bank.locator("#do-close form button").click()
    expect(bank.locator(".state-actions")).to_have_count(0)
    company.goto(site + path)
    expect(company.locator(".timeline > li").first).to_contain_text("结案")
    assert watched.found == []
