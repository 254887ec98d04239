"""The pages of applications: the whole path by forms alone, who sees which buttons, what is refused and stays typed,
lists with their filters, and how often the database is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Role
from backend.applications import services
from backend.applications.models import Application, Attachment, Consent, CreditLine, Look, Message
from backend.lifecycle.queries import events_of
from tests import world
from tests.applications.playing import Sides, bank, colleague
from tests.demo_market import of
from tests.site.reading import words_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj"
FEE = {"fees-0-kind": "", "fees-0-payee": "", "fees-0-basis": "amount", "fees-0-when": "start", "fees-0-value": ""}


@pytest.fixture
def now_table(table: Sides) -> Sides:
    """The table as it is today: pages ask the clock of the wall."""
    return replace(table, now=timezone.now())


@pytest.fixture
def bureau(now_table: Sides) -> User:
    return world.person_of("bureau")


def at(case: Application) -> Application:
    return Application.objects.get(pk=case.pk)


def press(client: Client, case: Application, door: str, **sent: Any) -> Any:
    return client.post(f"/cases/{case.pk}/do/{door}/", {"version": str(at(case).version), **sent}, follow=True)


def page_of(client: Client, case: Application) -> Any:
    response = client.get(f"/cases/{case.pk}/")
    assert response.status_code == 200
    return response


def doors(response: Any) -> list[str]:
    found = [one.door.name for one in response.context["doors"]]
    return found + [name for name in ("may_offer", "may_choose") if response.context[name]]


def offer_form(table: Sides, case: Application, **changed: Any) -> dict[str, Any]:
    return {
        "version": str(at(case).version), "amount": "100", "term_months": "12", "rate": "4.2",
        "repayment": "interest_monthly", "conditions": "办妥抵押登记", "do": "send",
        "valid_until": (table.today + timedelta(days=20)).isoformat(), **FEE, **changed,
    }  # fmt: skip


def test_from_match_to_money_by_pages(now_table: Sides) -> None:
    table = now_table
    owner, worker, approver = of(table.owner), of(table.worker), of(table.approver)
    apply = f"/needs/{table.need.pk}/apply/?p={table.product.pk}"
    shown = owner.get(apply)
    assert [one.pk for one in shown.context["products"]] == [table.product.pk]
    assert "The company agrees that the platform hands its name" in words_of(shown)
    sent = owner.post(
        apply, {"p": [table.product.pk], "among": [table.product.pk], "agreed": "yes", "text_version": "1"}, follow=True
    )
    assert sent.redirect_chain == [("/cases/", 302)]
    assert "1 application is sent." in words_of(sent)
    case = Application.objects.get()
    assert Consent.objects.get().language == "en"

    assert doors(page_of(worker, case)) == ["accept", "refuse"]
    assert "The application is accepted: you handle it." in words_of(press(worker, case, "accept"))
    assert doors(page_of(worker, case)) == ["begin", "refuse"]
    press(worker, case, "begin", note="电话联系了财务负责人")
    press(worker, case, "ask", documents=["tax_returns"], note="请补充纳税申报表")
    assert at(case).status == "more_asked"
    page = page_of(owner, case)
    assert doors(page) == ["answer", "decline", "withdraw"]
    assert "Your company hand in the papers asked for" in words_of(page)
    paper = SimpleUploadedFile("纳税.pdf", PDF)
    press(owner, case, "answer", text="已附", papers=[paper], kind="tax_returns")
    kept = Attachment.objects.defer("content").get()
    file = worker.get(f"/cases/papers/{kept.pk}/")
    assert (file.content, file["Content-Type"]) == (PDF, "application/pdf")
    assert file["Content-Disposition"].startswith("attachment;")
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"

    assert doors(page_of(worker, case)) == ["ask", "refuse"]
    assert doors(page_of(approver, case)) == ["refuse", "may_offer"]
    path = f"/cases/{case.pk}/offer/"
    assert worker.get(path).status_code == 403
    fee = {
        "fees-0-kind": "appraisal_fee", "fees-0-payee": "appraiser", "fees-0-basis": "fixed",
        "fees-0-when": "start", "fees-0-value": "3000",
    }  # fmt: skip
    reckoned = approver.post(path, offer_form(table, case, do="reckon", **fee))
    assert "4.60%" in words_of(reckoned)
    assert at(case).status == "due_diligence"
    assert approver.post(path, offer_form(table, case, **fee), follow=True).redirect_chain[0][0] == f"/cases/{case.pk}/"
    offer = case.offers.get()
    assert (offer.amount, offer.rate, offer.conditions) == (Decimal("1000000.00"), Decimal("4.2000"), "办妥抵押登记")
    assert f"{offer.annual_cost:.2f}" == "4.60"

    compared = owner.get(f"/needs/{table.need.pk}/offers/")
    said = words_of(compared)
    assert "4.60%" in said
    assert "CNY 45,000" in said
    assert "Not named when you applied:" in said
    chosen = owner.post(f"/needs/{table.need.pk}/offers/", {"offer": [offer.pk]}, follow=True)
    assert chosen.redirect_chain == [(f"/cases/{case.pk}/", 302)]

    assert doors(page_of(worker, case)) == ["sign", "refuse"]
    press(worker, case, "sign", contract="HT-1", amount="100", signed_on=table.today.isoformat())
    assert CreditLine.objects.get().limit == Decimal("1000000.00")
    assert doors(page_of(worker, case)) == ["pay", "cancel"]
    day = table.today.isoformat()
    press(
        worker, case, "pay",
        reference="FK-1", amount="600000.50", paid_on=day, borrowed="no", inquired_on=day, inquiry="ZX-1",
    )  # fmt: skip
    drawn = CreditLine.objects.get().drawdowns.get()
    assert (drawn.amount, drawn.borrowed_before, drawn.evidence["grade"]) == (Decimal("600000.50"), False, "A")
    assert doors(page_of(worker, case)) == ["pay", "repay", "reverse"]
    press(worker, case, "repay", reference="HK-1", principal="600000.50", interest="2100.07", paid_on=day)
    assert doors(page_of(worker, case)) == ["pay", "repay", "close", "reverse"]
    assert doors(page_of(owner, case)) == []
    closed = press(worker, case, "close")
    assert at(case).status == "closed"
    assert doors(closed) == []
    assert [event.event for event in events_of(case)] == [
        "send", "accept", "begin_diligence", "ask_more", "answer", "offer", "choose", "sign", "pay_out", "repay",
        "close",
    ]  # fmt: skip
    assert "Repaid and closed" in words_of(owner.get("/cases/"))


def test_a_booking_is_taken_back_by_its_form(now_table: Sides) -> None:
    case = now_table.played("repaying")
    worker = of(now_table.worker)
    repaid = CreditLine.objects.get().repayments.get()
    drawn = CreditLine.objects.get().drawdowns.get()
    page = page_of(worker, case)
    form = next(one.form for one in page.context["doors"] if one.door.name == "reverse")
    assert [value for value, _label in form.fields["booking"].choices] == [f"r{repaid.pk}", f"d{drawn.pk}"]
    press(worker, case, "reverse", booking=f"r{repaid.pk}", reference="CZ-1", reason="录入有误")
    assert (at(case).status, CreditLine.objects.get().repaid) == ("disbursed", Decimal(0))
    press(worker, case, "reverse", booking=f"d{drawn.pk}", reference="CZ-2", reason="录入有误")
    assert (at(case).status, CreditLine.objects.get().drawn) == ("contract_signed", Decimal(0))
    assert words_of(page_of(worker, case)).count("taken back") == 2


def test_what_is_refused_stays_typed(now_table: Sides) -> None:
    case = now_table.played("accepted")
    worker = of(now_table.worker)
    empty = worker.post(f"/cases/{case.pk}/do/begin/", {"version": "2", "note": ""})
    assert (empty.status_code, at(case).status) == (422, "accepted")
    stale = worker.post(f"/cases/{case.pk}/do/begin/", {"version": "1", "note": "电话联系了会计"})
    assert (stale.status_code, at(case).status) == (409, "accepted")
    body = stale.content.decode()
    assert "电话联系了会计" in body
    assert f'name="version" value="{at(case).version}"' in body
    again = worker.post(f"/cases/{case.pk}/do/begin/", {"version": str(at(case).version), "note": "电话联系了会计"})
    assert (again.status_code, at(case).status) == (302, "due_diligence")
    late = worker.post(f"/cases/{case.pk}/do/begin/", {"version": str(at(case).version), "note": "又联系了一次"})
    assert late.status_code == 409
    assert "又联系了一次" in late.content.decode()
    long = worker.post(f"/cases/{case.pk}/messages/", {"text": "长" * 4001})
    assert long.status_code == 422
    assert "长" * 4001 in long.content.decode()
    program = SimpleUploadedFile("纳税.pdf", b"MZ\x90")
    wrong = worker.post(f"/cases/{case.pk}/messages/", {"text": "见附件", "papers": [program]})
    assert wrong.status_code == 422
    assert "见附件" in wrong.content.decode()
    assert not Message.objects.exists()
    assert "This file is none of PDF" in words_of(wrong)
    assert worker.post(f"/cases/{case.pk}/do/nothing/").status_code == 404


def test_an_offer_that_is_refused_stays_typed(now_table: Sides) -> None:
    case = now_table.reviewed(now_table.send()[0])
    approver, path = of(now_table.approver), f"/cases/{case.pk}/offer/"
    first = approver.get(path).context["form"]
    assert (first["amount"].value(), first["term_months"].value()) == ("100", 12)
    more = approver.post(path, offer_form(now_table, case, amount="101"))
    assert more.status_code == 422
    assert more.context["form"].errors["amount"] == ["The offer exceeds what the company asks for."]
    assert more.context["form"]["amount"].value() == "101"
    half = {"fees-0-kind": "appraisal_fee", "fees-0-payee": "", "fees-0-value": ""}
    row = approver.post(path, offer_form(now_table, case, **half))
    assert row.status_code == 422
    assert sorted(row.context["fees"][0].errors) == ["payee", "value"]
    assert len(row.context["fees"]) == 3
    far = (now_table.today + timedelta(days=91)).isoformat()
    assert approver.post(path, offer_form(now_table, case, valid_until=far)).status_code == 422
    assert not case.offers.exists()
    approver.post(path, offer_form(now_table, case))
    revised = approver.get(path).context["form"]
    assert (revised["rate"].value(), revised["conditions"].value()) == ("4.2", "办妥抵押登记")
    assert approver.post(path, offer_form(now_table, case, rate="4.1")).status_code == 302
    assert "1 earlier offer" in words_of(page_of(approver, case))


def test_a_worker_refuses_for_conditions_alone_and_an_approver_for_all(now_table: Sides) -> None:
    case = now_table.played("accepted")

    def codes(user: User) -> set[str]:
        form = next(one.form for one in page_of(of(user), case).context["doors"] if one.door.name == "refuse")
        return {value for value, _label in form.fields["first"].choices}

    assert codes(now_table.worker) == {"", "6", "7", "9", "10", "11", "12", "13", "14", "15"}
    assert "5" in codes(now_table.approver)
    services.diligence_begin(actor=now_table.worker, application_id=case.pk, note="走访", now=now_table.now)
    assert codes(now_table.worker) == {"", "12", "13", "14", "15"}
    other = press(of(now_table.approver), case, "refuse", first="77", sentence="说明")
    assert other.status_code == 422
    assert "“Other” needs a text of its own." in words_of(other)
    mixed = press(of(now_table.approver), case, "refuse", first="5", second="12", sentence="说明")
    assert mixed.status_code == 422
    assert at(case).status == "due_diligence"
    press(of(now_table.approver), case, "refuse", first="5", second="4", sentence="抵押物评估值低于申请金额")
    assert at(case).status == "refused"


def test_what_a_refusal_left_to_do_is_done_by_the_company(now_table: Sides) -> None:
    case = now_table.refuse(now_table.reviewed(now_table.send()[0]), "5", "4")
    owner = of(now_table.owner)
    page = page_of(owner, case)
    assert "抵押物评估值低于申请金额" in words_of(page)
    first, second = case.tasks.order_by("pk")
    listed = owner.get("/cases/")
    assert [task.pk for task in listed.context["found"].tasks] == [second.pk, first.pk]
    done = owner.post(f"/cases/tasks/{first.pk}/done/", {"from": "cases"}, follow=True)
    assert done.redirect_chain == [("/cases/", 302)]
    assert "When all of it is" in words_of(done)
    last = owner.post(f"/cases/tasks/{second.pk}/done/", follow=True)
    assert last.redirect_chain == [(f"/cases/{case.pk}/", 302)]
    assert "your need is matched again" in words_of(last)
    assert of(now_table.worker).post(f"/cases/tasks/{first.pk}/done/").status_code == 403
    assert of(world.person_of("company")).post(f"/cases/tasks/{first.pk}/done/").status_code == 404


def test_applying_says_what_is_wrong_and_keeps_the_ticks(now_table: Sides) -> None:
    table, owner = now_table, of(now_table.owner)
    other = bank()[1]
    path = f"/needs/{table.need.pk}/apply/"
    ids = [table.product.pk, other.pk]
    without = owner.post(path, {"p": ids, "among": ids, "text_version": "1"})
    assert without.status_code == 422
    assert without.context["ticked"] == set(ids)
    assert "Institutions may read your data only with your consent" in words_of(without)
    old = owner.post(path, {"p": [other.pk], "among": ids, "agreed": "yes", "text_version": "9"})
    assert (old.status_code, old.context["ticked"], old.context["agreed"]) == (409, {other.pk}, False)
    none = owner.post(path, {"among": ids, "agreed": "yes", "text_version": "1"})
    assert none.status_code == 422
    assert len(none.context["products"]) == 2
    assert not Application.objects.exists()
    both = owner.post(path, {"p": ids, "among": ids, "agreed": "yes", "text_version": "1"})
    assert both.status_code == 302
    assert Application.objects.count() == 2
    assert Consent.objects.count() == 1
    twice = owner.post(path, {"p": ids, "among": ids, "agreed": "yes", "text_version": "1"})
    assert twice.status_code == 409
    assert Application.objects.count() == 2
    assert twice.context["live"] == set(ids)
    assert words_of(owner.get(path)).count("No product is chosen") == 1
    assert owner.get(f"{path}?p=abc&p=99999999999999999999").status_code == 200
    member = of(table.member).get(f"{path}?p={other.pk}")
    assert "Only the owner of the company's account may apply." in words_of(member)
    assert of(table.member).post(path, {"p": ids, "agreed": "yes", "text_version": "1"}).status_code == 403
    draft = world.need_in("draft", table.company)
    assert owner.get(f"/needs/{draft.pk}/apply/?p={other.pk}").status_code == 409
    assert of(world.person_of("company")).get(f"{path}?p={other.pk}").status_code == 404
    assert of(table.worker).get(f"{path}?p={other.pk}").status_code == 403


def test_choosing_says_what_is_wrong_and_keeps_the_ticks(now_table: Sides) -> None:
    table, owner = now_table, of(now_table.owner)
    other = bank()[1]
    one, two = (table.reviewed(case) for case in table.send(table.product, other))
    first, second = table.offer(one), table.offer(two, rate=Decimal("3.9000"))
    path = f"/needs/{table.need.pk}/offers/"
    page = owner.get(path)
    assert [shown.offer.pk for shown in page.context["offers"]] == [second.pk, first.pk]
    assert [sorted(shown.best) for shown in page.context["offers"]] == [["cost", "rate", "total"], []]
    nothing = owner.post(path, {})
    assert nothing.status_code == 422
    assert "Choose at least one offer." in words_of(nothing)
    much = owner.post(path, {"offer": [first.pk, second.pk], "keep_others": "yes"})
    assert (much.status_code, much.context["ticked"], much.context["kept"]) == (409, {first.pk, second.pk}, True)
    assert "Together these offers exceed" in words_of(much)
    assert of(table.member).get(path).context["choosable"] is False
    assert of(table.member).post(path, {"offer": [first.pk]}).status_code == 403
    assert of(table.worker).get(path).status_code == 404
    owner.post(path, {"offer": [second.pk]})
    assert (at(one).status, at(two).status) == ("declined", "chosen")
    gone = owner.post(path, {"offer": [first.pk]})
    assert gone.status_code == 409
    closed = words_of(page_of(of(table.worker), one))
    assert "The company chose another offer and thanks you for yours." in closed


def test_who_sees_a_case_and_what_of_it(now_table: Sides, bureau: User) -> None:
    table = now_table
    case = table.played("offered")
    worker, owner = of(table.worker), of(table.owner)
    worker.post(f"/cases/{case.pk}/messages/", {"text": "请确认还款方式"})
    worker.post(f"/cases/{case.pk}/messages/", {"text": "内部：额度已报备", "internal": "on"})
    assert "内部：额度已报备" in words_of(page_of(worker, case))
    seen = words_of(page_of(owner, case))
    assert "请确认还款方式" in seen
    assert "内部" not in seen
    assert table.worker.username in seen
    assert Look.objects.get(person=table.worker).times == 1
    watched = page_of(of(bureau), case)
    assert doors(watched) == []
    assert watched.context["message"] is None
    assert "请确认还款方式" not in words_of(watched)
    assert "Offer made" in words_of(watched)
    assert "Who looked" not in words_of(watched)
    editor = colleague(table.bank.organisation, Role.PRODUCT_EDITOR)
    rival = bank()[2]
    for stranger in (world.person_of("company"), rival, editor):
        assert of(stranger).get(f"/cases/{case.pk}/").status_code == 404
        assert of(stranger).post(f"/cases/{case.pk}/messages/", {"text": "你好"}).status_code == 404
        assert of(stranger).post(f"/cases/{case.pk}/do/withdraw/", {"version": "4"}).status_code == 404
    assert of(editor).get("/cases/").status_code == 403
    assert Client().get(f"/cases/{case.pk}/")["Location"] == f"/sign-in/?next=/cases/{case.pk}/"
    assert of(bureau).post(f"/cases/{case.pk}/do/withdraw/", {"version": str(at(case).version)}).status_code == 403
    assert (
        of(table.member).post(f"/cases/{case.pk}/do/withdraw/", {"version": str(at(case).version)}).status_code == 403
    )
    assert at(case).status == "offered"
