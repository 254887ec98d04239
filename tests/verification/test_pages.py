"""The pages of verification, from the first paper to the officer's decision, and the API beside them."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.companies.models import Company
from backend.verification.models import Paper, Verification
from tests.verification.building import file, prepared, submitted
from tests.verification.conftest import Bureau

pytestmark = pytest.mark.django_db

OWN, QUEUE = "/verification/", "/bureau/verifications/"


def door(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def added(client: Client, kind: str, content: bytes, name: str = "scan.pdf") -> Any:
    return client.post(OWN, {"do": "add", "kind": kind, "file": SimpleUploadedFile(name, content)})


def test_from_the_first_paper_to_the_mark(bureau: Bureau) -> None:
    company, officer = door(bureau.owner), door(bureau.officer)
    assert "Still missing: Business licence, Letter of authority, stamped" in words(company.get(OWN))
    refused = added(company, "licence", b"MZ a program", "licence.pdf")
    assert (refused.status_code, "This is no PDF, JPEG or PNG" in words(refused)) == (422, True)
    assert added(company, "licence", file(1)).status_code == 302
    early = company.post(OWN, {"do": "submit", "version": 1})
    assert (early.status_code, "Still missing: Letter of authority, stamped." in words(early)) == (422, True)
    added(company, "letter", file(2))
    assert company.post(OWN, {"do": "submit", "version": 1})["Location"] == OWN
    assert "With the bureau" in words(company.get(OWN))
    one = Verification.objects.get()
    assert one.name in words(officer.get(QUEUE))
    page = officer.get(f"{QUEUE}{one.pk}/")
    assert one.credit_code in words(page)
    paper = Paper.objects.earliest("pk")
    download = officer.get(f"/verification/papers/{paper.pk}/")
    assert (download.content, download["Content-Type"], download["X-Content-Type-Options"]) == (
        file(1), "application/pdf", "nosniff",
    )  # fmt: skip
    assert download["Content-Disposition"] == 'attachment; filename="scan.pdf"'
    assert download["Cache-Control"] == "private, no-store"
    empty = officer.post(f"{QUEUE}{one.pk}/", {"do": "return", "version": one.version, "reason": " "})
    assert (empty.status_code, "Give 1 to 1000 characters." in words(empty)) == (422, True)
    stale = officer.post(f"{QUEUE}{one.pk}/", {"do": "approve", "version": 1})
    assert (stale.status_code, "Somebody changed this meanwhile" in words(stale)) == (409, True)
    done = officer.post(f"{QUEUE}{one.pk}/", {"do": "approve", "version": one.version})
    assert done["Location"] == QUEUE
    assert Company.objects.get(organisation=bureau.owner.organisation).verified_at is not None
    assert "Verified" in words(company.get(OWN))
    assert one.name in words(officer.get(QUEUE + "?state=approved"))


def test_what_is_returned_says_why(bureau: Bureau) -> None:
    one = submitted(bureau.owner)
    door(bureau.officer).post(f"{QUEUE}{one.pk}/", {"do": "return", "version": one.version, "reason": "照片模糊"})
    page = door(bureau.member).get(OWN)
    assert "The bureau asks you to mend this:" in words(page)
    assert "照片模糊" in words(page)
    client = door(bureau.owner)
    paper = Paper.objects.earliest("pk")
    assert client.post(f"/verification/papers/{paper.pk}/remove/")["Location"] == OWN
    assert Paper.objects.count() == 1


def test_papers_are_nobody_else_s(bureau: Bureau) -> None:
    submitted(bureau.owner)
    paper = Paper.objects.earliest("pk")
    address = f"/verification/papers/{paper.pk}/"
    for user, status in (
        (bureau.owner, 200), (bureau.officer, 200), (bureau.near, 200), (bureau.rival, 404), (bureau.far, 404),
        (bureau.auditor, 404), (bureau.bank, 404),
    ):  # fmt: skip
        assert door(user).get(address).status_code == status
    assert Client().get(address)["Location"] == f"/sign-in/?next={address}"
    assert door(bureau.rival).post(f"{address}remove/").status_code == 404


def test_pages_speak_both_languages(bureau: Bureau) -> None:
    one = submitted(bureau.owner)
    for user, path in ((bureau.owner, OWN), (bureau.officer, QUEUE), (bureau.officer, f"{QUEUE}{one.pk}/")):
        chinese = words(door(user, "zh-hans").get(path))
        assert "核验" in chinese
        assert "Verification" not in chinese


def test_odd_calls_do_no_harm(bureau: Bureau) -> None:
    client, officer = door(bureau.owner), door(bureau.officer)
    assert client.post(OWN, {"do": "nothing"}).status_code == 400
    assert client.post(OWN, {"do": "add"}).status_code == 422
    assert client.post(OWN, {"do": "withdraw"}).status_code == 302
    one = submitted(bureau.owner)
    assert officer.post(f"{QUEUE}{one.pk}/", {"do": "nothing"}).status_code == 400
    assert officer.post(f"{QUEUE}{one.pk}/", {"do": "approve", "version": "٣"}).status_code == 409
    assert officer.get(QUEUE + "?state=nonsense&page=x").status_code == 200
    one.refresh_from_db()
    assert one.status == "submitted"


def api(user: User) -> APIClient:
    token, _made = Token.objects.get_or_create(user=user)
    return APIClient(HTTP_AUTHORIZATION=f"Token {token.key}", HTTP_ACCEPT_LANGUAGE="en")


def test_the_same_by_api(bureau: Bureau) -> None:
    company, officer = api(bureau.owner), api(bureau.officer)
    begun = company.post("/api/v1/verifications")
    address = f"/api/v1/verifications/{begun.json()['id']}"
    assert (begun.status_code, begun.json()["papers"]) == (201, [])
    for number, kind in enumerate(("licence", "letter")):
        body = {"kind": kind, "name": f"{kind}.pdf", "content": base64.b64encode(file(number)).decode()}
        paper = company.post(f"{address}/papers", body)
        assert paper.status_code == 201
    odd = company.post(f"{address}/papers", {"kind": "other", "name": "x", "content": "no base64!"})
    assert (odd.status_code, odd.json()["code"]) == (400, "paper_unreadable")
    done = company.post(f"{address}/submit", {}, HTTP_IF_MATCH=begun["ETag"])
    assert (done.status_code, done.json()["status"]) == (200, "submitted")
    waiting = officer.get("/api/v1/verifications?status=submitted").json()["results"]
    assert [one["id"] for one in waiting] == [begun.json()["id"]]
    content = officer.get(f"/api/v1/papers/{paper.json()['id']}").json()["content"]
    assert base64.b64decode(content) == file(1)
    assert company.post(f"{address}/approve", HTTP_IF_MATCH=done["ETag"]).status_code == 403
    returned = officer.post(f"{address}/return", {"reason": "照片模糊"}, HTTP_IF_MATCH=done["ETag"])
    assert (returned.json()["status"], returned.json()["reason"]) == ("returned", "照片模糊")
    again = company.post(f"{address}/submit", {}, HTTP_IF_MATCH=returned["ETag"])
    stale = officer.post(f"{address}/approve", HTTP_IF_MATCH=returned["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    assert officer.post(f"{address}/approve", HTTP_IF_MATCH=again["ETag"]).json()["status"] == "approved"
    me = company.get("/api/v1/companies").json()["results"][0]
    assert me["verified_at"] is not None
    assert api(bureau.rival).get(address).status_code == 404


def test_query_budgets(bureau: Bureau, django_assert_num_queries: Any) -> None:
    for user in (bureau.owner, bureau.rival):
        submitted(user)
    prepared(bureau.bank)
    for user, path, number in ((bureau.officer, QUEUE, 7), (bureau.owner, OWN, 9)):
        client = door(user)
        client.get(path)
        with django_assert_num_queries(number):
            assert client.get(path).status_code == 200
