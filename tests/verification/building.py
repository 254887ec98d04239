"""Files that are what they say, and requests in each state."""

from __future__ import annotations

from typing import Any

from backend.accounts.models import User
from backend.verification.content import JPEG, PDF, PNG
from backend.verification.models import Verification
from backend.verification.services import paper_add, verification_begin, verification_submit

WHOLE = {
    PDF: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n",
    PNG: b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82",
    JPEG: b"\xff\xd8\xff\xe0" + b"\0" * 20 + b"\xff\xd9",
}


def file(number: int = 0, kind: str = PDF) -> bytes:
    """Another file for each number."""
    head, tail = WHOLE[kind][:10], WHOLE[kind][10:]
    return head + str(number).encode() + tail


def prepared(actor: User, *kinds: str) -> Verification:
    found = verification_begin(actor=actor)
    for number, kind in enumerate(kinds or ("licence", "letter")):
        paper_add(actor=actor, verification_id=found.pk, kind=kind, name=f"{kind}.pdf", content=file(number))
    return found


def submitted(actor: User, **values: Any) -> Verification:
    found = prepared(actor)
    return verification_submit(actor=actor, verification_id=found.pk, expected_version=found.version, **values)
