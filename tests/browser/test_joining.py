"""How people come to the platform and who they are: a company signs up and is verified, colleagues are invited, the
second factor, locked-out names, sessions. Elements are found by what they are, as in test_paths.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.accounts.demo_names import DEMO_INSTITUTION, DEMO_OFFICER
from backend.common.credit_code import make
from backend.verification.demo import page_of
from tests.accounts.codes import code_of
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery staple"
LINK = re.compile(r"https?://\S+/invitations/[^\s/]+/")

both_languages = pytest.mark.parametrize(("language", "number"), [("zh", 1), ("en", 2)])


def filled(page: Page, **values: str) -> None:
    """The form of the page with these values, sent by its main button."""
    for name, value in values.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main form button.strong").first.click()


def signed_up(page: Page, name: str, company: str) -> None:
    filled(
        page, company=company, full_name="周敏", email=f"{name}@example.com", username=name, password=PASSWORD
    )  # fmt: skip
    page.wait_for_url("**/company/**")


def invited(page: Page, email: str) -> str:
    """Invites a colleague from the page of the members. The address of the link, which the demo shows."""
    filled(page, email=email)
    page.wait_for_load_state()
    found = LINK.search(page.locator("main").inner_text() + page.locator("body").inner_text())
    assert found is not None
    return found[0]


@both_languages
def test_a_company_signs_up_is_verified_and_invites_a_colleague(
    visit: Open, tmp_path: Path, language: str, number: int
) -> None:
    company, code = f"济南试航科技{number}有限公司", make(f"91370100MA77000{number:02d}")
    owner, watch = visit("/sign-up/", language=language, visitor="")
    signed_up(owner, f"zhou{number}", company)
    owner.goto(owner.url.partition("/company/")[0] + "/company/new/")
    filled(owner, name=company, credit_code=code)
    owner.wait_for_url("**/company/profile/**")
    site = owner.url.partition("/company/")[0]
    owner.goto(f"{site}/verification/")
    for kind in ("licence", "letter"):
        paper = tmp_path / f"{kind}.pdf"
        paper.write_bytes(page_of(kind))
        owner.locator("[name=kind]").select_option(kind)
        owner.locator("[name=file]").set_input_files(paper)
        owner.locator("button[value=add]").click()
        expect(owner.locator(".papers-given li a", has_text=paper.name)).to_be_visible()
    owner.locator("button[value=submit]").click()
    expect(owner.locator("button[value=withdraw]")).to_be_visible()

    officer, _watch = visit("/bureau/verifications/", language=language, visitor=DEMO_OFFICER)
    officer.get_by_role("link", name=company).click()
    expect(officer.locator("dd", has_text=code)).to_be_visible()
    officer.locator("button[value=approve]").click()
    officer.wait_for_url("**/bureau/verifications/")
    expect(officer.get_by_role("link", name=company)).to_have_count(0)
    owner.reload()
    expect(owner.locator(".verified .pill-good")).to_be_visible()

    owner.goto(f"{site}/members/")
    link = invited(owner, f"sun{number}@example.com")
    member, _watch = visit(link.removeprefix(site), language=language, visitor="")
    filled(member, full_name="孙晓雨", username=f"sun{number}", password=PASSWORD)
    member.wait_for_url("**/company/")
    expect(member.locator("h1")).to_have_text(company)
    owner.reload()
    expect(owner.locator(".members tbody tr")).to_have_count(2)
    assert watch.found == []


@both_languages
def test_who_is_not_of_the_demo_needs_a_second_factor_in_an_institution(
    visit: Open, language: str, number: int
) -> None:
    admin, watch = visit("members", language=language, visitor=DEMO_INSTITUTION)
    link = invited(admin, f"manager{number}@example.com")
    site = admin.url.partition("/members/")[0]
    person, _watch = visit(link.removeprefix(site), language=language, visitor="")
    filled(person, full_name="冯程", username=f"feng{number}", password=PASSWORD)
    person.wait_for_url("**/account/second-factor/set-up/")
    person.goto(f"{site}/institution/")
    person.wait_for_url("**/account/second-factor/set-up/")
    expect(person.locator(".qr img")).to_be_visible()
    secret = person.locator(".secret code").text_content() or ""
    filled(person, code=code_of(secret))
    person.wait_for_url("**/account/second-factor/codes/")
    codes = person.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    person.goto(f"{site}/institution/products/")
    expect(person.locator("h1")).to_be_visible()
    assert person.url == f"{site}/institution/products/"

    again, _watch = visit("sign in", language=language, visitor="")
    filled(again, login=f"feng{number}", password=PASSWORD)
    again.wait_for_url("**/sign-in/code/")
    filled(again, code=codes[0])
    again.wait_for_url("**/institution/**")
    assert watch.found == []


def test_five_wrong_passwords_lock_a_name_out(visit: Open) -> None:
    page, _watch = visit("sign up", visitor="")
    signed_up(page, "locked", "济南试锁科技有限公司")
    other, watch = visit("sign in", language="en", visitor="")
    for _ in range(5):
        filled(other, login="locked", password="wrong again and again")
        expect(other.locator("[role=alert]").first).to_contain_text("The user name or the password is wrong")
    filled(other, login="locked", password=PASSWORD)
    expect(other.locator("[role=alert]").first).to_contain_text("Too many wrong tries")
    assert watch.found == []


def test_a_session_is_seen_and_ended_elsewhere(visit: Open) -> None:
    here, watch = visit("sign up", visitor="")
    signed_up(here, "twice", "济南试连科技有限公司")
    there, _watch = visit("sign in", width=390, visitor="")
    filled(there, login="twice", password=PASSWORD)
    there.wait_for_url("**/company/**")
    site = here.url.partition("/company/")[0]
    here.goto(f"{site}/account/sessions/")
    rows = here.locator("table tbody tr")
    expect(rows).to_have_count(2)
    rows.filter(has_not=here.locator(".pill")).locator("button").click()
    expect(rows).to_have_count(1)
    there.reload()
    there.wait_for_url("**/sign-in/**")
    assert watch.found == []
