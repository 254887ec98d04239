"""The path from match to money by API alone, and what its doors refuse."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.applications.models import Application, Consent, Look, Message
from backend.needs.models import Need
from tests import world
from tests.api.conftest import own_counters, own_index
from tests.applications.playing import Sides, bank, sides

__all__ = ["own_counters", "own_index"]
pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj"


@pytest.fixture
def now_table(table: Sides) -> Sides:
    """The table as it is today: the doors ask the clock of the wall."""
    return replace(table, now=timezone.now())


def door(user: User) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    token, _made = Token.objects.get_or_create(user=user)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client


def posted(client: APIClient, case: int, step: str, body: Any = None) -> Any:
    """A step on the case in its present version."""
    version = Application.objects.get(pk=case).version
    return client.post(f"/api/v1/applications/{case}/{step}", body or {}, HTTP_IF_MATCH=f'"{version}"')


def round_body(table: Sides) -> dict[str, Any]:
    return {"need": table.need.pk, "products": [table.product.pk], "consent": {"agreed": True, "text_version": 1}}


def test_from_match_to_money(now_table: Sides) -> None:
    table = now_table
    owner, worker, approver = door(table.owner), door(table.worker), door(table.approver)
    today = table.today.isoformat()
    text = owner.get("/api/v1/application-consent").json()
    assert text["text"]["en"].startswith("The company agrees")
    sent = owner.post("/api/v1/applications", round_body(table), HTTP_IDEMPOTENCY_KEY="round-0001")
    assert sent.status_code == 201
    (first,) = sent.json()["results"]
    case = first["id"]
    assert (first["status"], first["next"]["who"]) == ("submitted", "institution")
    assert posted(worker, case, "accept").json()["handler"] == table.worker.username
    assert posted(worker, case, "diligence", {"note": "电话联系"}).json()["status"] == "due_diligence"
    asked = posted(worker, case, "ask-more", {"documents": ["tax_returns"], "note": "请补充"})
    assert asked.json()["next"] == {
        "who": "company",
        "what": "hand in the papers asked for",
        "by": asked.json()["next"]["by"],
    }
    paper = {"name": "../纳税.exe", "kind": "tax_returns", "content": base64.b64encode(PDF).decode()}
    assert posted(owner, case, "answer", {"text": "已附", "files": [paper]}).json()["status"] == "due_diligence"
    (message,) = worker.get(f"/api/v1/applications/{case}/messages").json()["results"]
    (kept,) = message["attachments"]
    assert (kept["name"], kept["media_type"]) == ("纳税.exe.pdf", "application/pdf")
    file = worker.get(f"/api/v1/attachments/{kept['id']}", HTTP_ACCEPT="application/octet-stream")
    assert (file.content, file["Content-Type"], file["X-Content-Type-Options"]) == (
        PDF, "application/octet-stream", "nosniff",
    )  # fmt: skip
    assert file["Content-Disposition"].startswith("attachment;")
    assert file["Cache-Control"] == "private, no-store"
    offer = {
        "amount": "1000000.00",
        "term_months": 12,
        "rate": "4.2000",
        "terms": {"repayment": "interest_monthly"},
        "fees": [{"kind": "appraisal_fee", "payee": "appraiser", "basis": "fixed", "amount": "3000", "when": "start"}],
        "valid_until": (table.today + timedelta(days=20)).isoformat(),
    }
    assert posted(worker, case, "offer", offer).status_code == 403
    offered = posted(approver, case, "offer", offer).json()
    (compared,) = owner.get(f"/api/v1/needs/{table.need.pk}/offers").json()["results"]
    assert (compared["application"], compared["cost"]["total"]) == (case, "45000.00")
    assert compared["annual_cost"] == compared["cost"]["annual_cost"] == offered["offer"]["annual_cost"]
    assert compared["unpublished_fees"] == ["appraisal_fee"]
    chosen = owner.post(f"/api/v1/needs/{table.need.pk}/offers/choose", {"offers": [compared["id"]]})
    assert [one["status"] for one in chosen.json()["results"]] == ["chosen"]
    contract = {"contract": "HT-1", "amount": "1000000.00", "signed_on": today}
    assert posted(worker, case, "contract", contract).json()["status"] == "contract_signed"
    payout = {
        "reference": "FK-1", "amount": "600000.00", "paid_on": today,
        "first": {"borrowed": False, "inquired_on": today, "inquiry": "ZX-1"},
    }  # fmt: skip
    booked = worker.post(f"/api/v1/applications/{case}/payouts", payout)
    assert (booked.status_code, booked.json()["evidence"]["grade"]) == (201, "A")
    assert worker.post(f"/api/v1/applications/{case}/payouts", payout).json() == booked.json()
    over = worker.post(f"/api/v1/applications/{case}/payouts", {**payout, "reference": "FK-2"})
    assert (over.status_code, over.json()["code"]) == (409, "over_limit")
    repaid = {"reference": "HK-1", "principal": "600000.00", "interest": "2100.00", "paid_on": today}
    assert worker.post(f"/api/v1/applications/{case}/repayments", repaid).status_code == 201
    assert posted(worker, case, "close").json()["status"] == "closed"
    found = owner.get(f"/api/v1/applications/{case}").json()
    assert (found["line"]["drawn"], found["line"]["repaid"]) == ("600000.00", "600000.00")
    assert [event["event"] for event in owner.get(f"/api/v1/applications/{case}/events").json()["results"]] == [
        "send", "accept", "begin_diligence", "ask_more", "answer", "offer", "choose", "sign", "pay_out", "repay",
        "close",
    ]  # fmt: skip
    assert Need.objects.get(pk=table.need.pk).status == "funded"


def test_a_round_sent_again_under_its_key_is_the_same(now_table: Sides) -> None:
    owner, key = door(now_table.owner), {"Idempotency-Key": "round-0001"}
    first = owner.post("/api/v1/applications", round_body(now_table), headers=key)
    again = owner.post("/api/v1/applications", round_body(now_table), headers=key)
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    assert (Application.objects.count(), Consent.objects.count()) == (1, 1)
    other = owner.post("/api/v1/applications", round_body(now_table))
    assert (other.status_code, other.json()["code"]) == (409, "already_applied")


def test_a_step_names_the_version_that_was_read(now_table: Sides) -> None:
    (case,) = now_table.send()
    worker = door(now_table.worker)
    address = f"/api/v1/applications/{case.pk}/accept"
    assert worker.post(address).status_code == 428
    assert worker.post(address, HTTP_IF_MATCH='"1"')["ETag"] == '"2"'
    assert worker.post(address, HTTP_IF_MATCH='"1"').status_code == 412


def test_an_institution_learns_nothing_of_the_others(now_table: Sides) -> None:
    _bank, other, worker, _approver = bank()
    first, second = now_table.send(now_table.product, other)
    own = door(now_table.worker).get(f"/api/v1/applications/{first.pk}").json()
    assert [one["product"] for one in own["consent"]["recipients"]] == [now_table.product.pk]
    assert door(now_table.worker).get(f"/api/v1/applications/{second.pk}").status_code == 404
    company = door(now_table.owner).get(f"/api/v1/applications/{first.pk}").json()
    assert len(company["consent"]["recipients"]) == 2
    assert own["consent"]["shared"]["company"]["name"] == now_table.company.name
    assert [one["id"] for one in door(worker).get("/api/v1/applications").json()["results"]] == [second.pk]


def test_reading_a_case_is_noted_for_the_institution_alone(now_table: Sides) -> None:
    (case,) = now_table.send()
    for user in (now_table.owner, now_table.worker, world.person_of("bureau")):
        assert door(user).get(f"/api/v1/applications/{case.pk}").status_code == 200
    assert [look.person for look in Look.objects.all()] == [now_table.worker]


def test_a_refusal_reads_as_codes_with_a_sentence_and_tasks(now_table: Sides) -> None:
    case = now_table.played("due_diligence")
    body = {"codes": ["5", "77"], "sentence": "抵押物评估值低于申请金额", "other": "集团限额"}
    assert posted(door(now_table.approver), case.pk, "refuse", body).json()["status"] == "refused"
    owner = door(now_table.owner)
    found = owner.get(f"/api/v1/applications/{case.pk}").json()
    assert found["refusal"]["reasons"] == [
        {"code": "5", "label": "Collateral or guarantee is not enough", "text": ""},
        {"code": "77", "label": "Other (text needed)", "text": "集团限额"},
    ]
    (task,) = found["tasks"]
    assert task["measure"]["en"] == "Add a government-backed guarantee, an IP pledge or an insurance"
    assert owner.post(f"/api/v1/repair-tasks/{task['id']}/done").json()["done_at"] is not None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("status=lost", 400, "unknown_choice"), ("need=x", 400, "unknown_choice"), ("needs=1", 400, "unknown_parameter")],
)
def test_a_filter_that_is_not_there(now_table: Sides, query: str, status: int, code: str) -> None:
    answer = door(now_table.owner).get(f"/api/v1/applications?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_cases_are_listed_by_state_and_need(now_table: Sides) -> None:
    (case,) = now_table.send()
    owner = door(now_table.owner)

    def listed(query: str) -> list[int]:
        return [one["id"] for one in owner.get(f"/api/v1/applications?{query}").json()["results"]]

    assert (listed("status=submitted"), listed("status=offered,refused")) == ([case.pk], [])
    assert (listed(f"need={now_table.need.pk}"), listed("need=999999")) == ([case.pk], [])


def test_what_is_no_base64_is_told(now_table: Sides) -> None:
    (case,) = now_table.send()
    body = {"text": "x", "files": [{"name": "a.pdf", "content": "***"}]}
    answer = door(now_table.owner).post(f"/api/v1/applications/{case.pk}/messages", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "files[0].content")
    assert Message.objects.count() == 0


def test_a_stranger_s_attachment_is_not_found(now_table: Sides) -> None:
    (case,) = now_table.send()
    body = {"files": [{"name": "a.pdf", "content": base64.b64encode(PDF).decode()}]}
    made = door(now_table.owner).post(f"/api/v1/applications/{case.pk}/messages", body).json()
    address = f"/api/v1/attachments/{made['attachments'][0]['id']}"
    for user, status in ((now_table.worker, 200), (sides().worker, 404), (world.person_of("bureau"), 404)):
        assert door(user).get(address).status_code == status
