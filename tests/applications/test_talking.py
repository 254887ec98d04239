"""Messages, notes and papers: who reads them, and what a file may be."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from backend.applications.models import Attachment, Look, Message
from backend.applications.papers import EXTENSIONS, LONGEST_NAME, media_type_of, named
from backend.applications.queries import (
    attachment_content,
    attachment_visible_to,
    attachments_visible_to,
    looks_visible_to,
    messages_visible_to,
)
from backend.applications.services import MessageInput, Paper, case_looked, message_post
from backend.common.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests import world
from tests.applications.playing import NOW, Sides, sides

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


def office(*parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (office("[Content_Types].xml", "word/document.xml"), next(t for t in EXTENSIONS if "word" in t)),
        (office("[Content_Types].xml", "xl/workbook.xml"), next(t for t in EXTENSIONS if "sheet" in t)),
        (office("OFD.xml"), "application/ofd"),
        (office("word/document.xml", "word/vbaProject.bin"), None),
        (office("readme.txt"), None),
        (b"PK\x03\x04 not an archive", None),
        (b"MZ\x90\x00", None),
        (b"<html><script>alert(1)</script>", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_what_a_file_is_its_content_says(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("纳税申报表.pdf", "纳税申报表.pdf"),
        ("C:\\Users\\li\\报表.PDF", "报表.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("a\x00b\u202ec.pdf", "abc.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("长" * 300 + ".pdf", "长" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_made_safe(name: str, kept: str) -> None:
    assert named(name, "application/pdf") == kept


@given(name=st.text(max_size=200), media_type=st.sampled_from(sorted(EXTENSIONS)))
def test_whatever_the_name_it_fits_and_ends_as_what_it_is(name: str, media_type: str) -> None:
    kept = named(name, media_type)
    assert 0 < len(kept) <= LONGEST_NAME
    assert kept.lower().endswith(EXTENSIONS[media_type])
    assert not set(kept) & set('/\\<>:"|?*\x00')


def post(table: Sides, case: Any, actor: Any, **values: Any) -> Message:
    return message_post(actor=actor, application_id=case.pk, data=MessageInput(**values), now=NOW)


@pytest.mark.django_db
def test_both_sides_read_messages_and_notes_stay_within(table: Sides) -> None:
    (case,) = table.send()
    said = post(table, case, table.member, text="请问何时答复？")
    answer = post(table, case, table.approver, text="三日内")
    note = post(table, case, table.worker, text="流水需核实", internal=True)
    assert list(messages_visible_to(table.owner)) == [said, answer]
    assert list(messages_visible_to(table.worker)) == [said, answer, note]
    for stranger in (sides().owner, sides().worker, world.person_of("bureau"), world.person_of("platform"), None):
        assert list(messages_visible_to(stranger)) == []


@pytest.mark.django_db
def test_a_paper_is_for_the_two_sides(table: Sides) -> None:
    (case,) = table.send()
    paper = Paper(name="../报表.exe", content=PDF, kind="tax_returns")
    message = post(table, case, table.member, papers=(paper, paper))
    (kept,) = message.attachments.all()
    assert (kept.name, kept.media_type, kept.size) == ("报表.exe.pdf", "application/pdf", len(PDF))
    assert (kept.sha256, kept.kind) == (hashlib.sha256(PDF).hexdigest(), "tax_returns")
    for actor in (table.owner, table.worker):
        assert attachment_content(attachment_visible_to(actor, kept.pk)) == PDF
    for stranger in (sides().owner, sides().worker, world.person_of("bureau"), world.person_of("platform")):
        with pytest.raises(NotFound):
            attachment_visible_to(stranger, kept.pk)


@pytest.mark.django_db
def test_a_paper_of_a_note_is_not_the_company_s(table: Sides) -> None:
    (case,) = table.send()
    post(table, case, table.worker, papers=(Paper(name="x.pdf", content=PDF),), internal=True)
    assert (attachments_visible_to(table.owner).count(), attachments_visible_to(table.approver).count()) == (0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"text": "  "}, "required", "text"),
        ({"text": "长" * 4001}, "wrong_length", "text"),
        ({"text": "a\u202eb"}, "unseen_character", "text"),
        ({"papers": (Paper(name="a", content=b""),)}, "required", "files[0]"),
        ({"papers": (Paper(name="a.pdf", content=b"MZ"),)}, "unknown_file_type", "files[0]"),
        ({"papers": (Paper(name="a", content=PDF + bytes(10 * 1024 * 1024)),)}, "too_large", "files[0]"),
        ({"papers": (Paper(name="a", content=PDF, kind="moon"),)}, "unknown_code", "files[0].kind"),
        ({"papers": (Paper(name="a", content=PDF),) * 6}, "too_many", "files"),
        ({"text": "x", "internal": True}, "out_of_range", "internal"),
    ],
)
def test_what_cannot_be_posted(table: Sides, values: dict[str, Any], code: str, field: str) -> None:
    (case,) = table.send()
    with pytest.raises(InvalidInput) as fault, transaction.atomic():
        post(table, case, table.owner, **values)
    assert (fault.value.code, fault.value.field) == (code, field)
    assert (Message.objects.count(), Attachment.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_who_only_watches_or_comes_too_late_does_not_write(table: Sides) -> None:
    (case,) = table.send()
    for actor, error in ((world.person_of("bureau"), NotAllowed), (sides().worker, NotFound)):
        with pytest.raises(error):
            post(table, case, actor, text="x")
    ended = table.refuse(case, "7")
    with pytest.raises(Conflict) as fault:
        post(table, ended, table.owner, text="x")
    assert fault.value.code == "wrong_state"
    assert Message.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.database
def test_what_was_said_stays(table: Sides) -> None:
    (case,) = table.send()
    post(table, case, table.owner, text="x", papers=(Paper(name="a", content=PDF),))
    for model in (Message, Attachment):
        with pytest.raises(IntegrityError, match="keeps what was written"), transaction.atomic():
            model.objects.all()._raw_delete(using="default")


@pytest.mark.django_db
def test_every_look_is_noted_and_the_company_s_to_read(table: Sides) -> None:
    (case,) = table.send()
    for _ in range(2):
        case_looked(actor=table.worker, application_id=case.pk)
    case_looked(actor=table.owner, application_id=case.pk)
    case_looked(actor=world.person_of("bureau"), application_id=case.pk)
    (look,) = looks_visible_to(table.owner)
    assert (look.person, look.times) == (table.worker, 2)
    assert Look.objects.count() == 1
    assert list(looks_visible_to(table.worker)) == []
