"""An institution works on a case, and the company hands in what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import User
from backend.applications import pack
from backend.applications.cycle import Party
from backend.applications.models import Application
from backend.applications.services.steps import case_of, noted, taken
from backend.applications.services.talking import MessageInput, posted
from backend.common.errors import InvalidInput
from backend.packs.queries import vocabulary

MOST_DOCUMENTS = 20


@transaction.atomic
def application_accept(
    *, actor: User, application_id: int, expected_version: int | None = None, now: datetime | None = None
) -> Application:
    """The institution takes the case on; whoever accepts it handles it. Raises NotFound, NotAllowed, Conflict."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION)
    clock = pack.clock(now)
    return taken(
        case,
        "accept",
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=clock.due(clock.spans.contact, case.sent_at),
        values={"handler": actor},
    )


@transaction.atomic
def diligence_begin(
    *, actor: User, application_id: int, note: str, expected_version: int | None = None, now: datetime | None = None
) -> Application:
    """The first human contact was made; `note` says how, and both sides read it. Raises NotFound, NotAllowed,
    InvalidInput, Conflict."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION)
    said = noted(note, "note", needed=_("Say how you reached the company: both sides read it."))
    return taken(
        case,
        "begin_diligence",
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=case.decide_by,
        note=said,
    )


@transaction.atomic
def application_ask_more(
    *,
    actor: User,
    application_id: int,
    documents: Sequence[str],
    note: str,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """Ask the company for papers: codes of `document_kinds`, and what is wanted in a sentence. The deadline of the
    decision waits for as long. Raises NotFound, NotAllowed, InvalidInput, Conflict."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION)
    said = noted(note, "note", needed=_("Say what you need and why: the company reads it."))
    clock = pack.clock(now)
    return taken(
        case,
        "ask_more",
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=clock.due(clock.spans.answer, now),
        values={"asked_at": now},
        note=said,
        data={"documents": _documents(documents)},
    )


@transaction.atomic
def application_answer(
    *,
    actor: User,
    application_id: int,
    data: MessageInput,
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """The company hands in what was asked for, as a message with papers or with words alone. Raises NotFound,
    NotAllowed, InvalidInput, Conflict."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.COMPANY)
    _resumed(case, "answer", actor=actor, now=now, expected_version=expected_version)
    posted(case, replace(data, internal=False), actor=actor, now=now)
    return case


@transaction.atomic
def application_resume(
    *,
    actor: User,
    application_id: int,
    note: str = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Application:
    """The institution goes on without the papers, or had them by another way. Raises NotFound, NotAllowed, Conflict."""
    now = now or timezone.now()
    case = case_of(actor, application_id, Party.INSTITUTION)
    return _resumed(case, "resume", actor=actor, now=now, expected_version=expected_version, note=noted(note, "note"))


def _resumed(
    case: Application, event: str, *, actor: User, now: datetime, expected_version: int | None, note: str = ""
) -> Application:
    clock = pack.clock(now)
    decide_by = clock.resumed(case.decide_by, case.asked_at or now, now)
    return taken(
        case,
        event,
        actor=actor,
        now=now,
        expected_version=expected_version,
        due_at=decide_by,
        values={"decide_by": decide_by, "asked_at": None},
        note=note,
    )


def _documents(codes: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(codes))
    if len(wanted) > MOST_DOCUMENTS:
        raise InvalidInput(
            _("Ask for at most %(number)s kinds of papers at once.") % {"number": MOST_DOCUMENTS},
            code="too_many",
            field="documents",
        )
    for place, code in enumerate(wanted):
        if not vocabulary().accepts("document_kinds", code):
            raise InvalidInput(
                _("There is no code %(code)s in this vocabulary.") % {"code": code[:80]},
                code="unknown_code",
                field=f"documents[{place}]",
            )
    return wanted
