"""Messages, notes and papers in a case; and who read what the company handed over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.audience import Viewer
from backend.accounts.models import User
from backend.accounts.roles import Action, actions_of
from backend.applications import pack
from backend.applications.cycle import LIVE, Party
from backend.applications.models import Application, Attachment, Look, Message
from backend.applications.papers import EXTENSIONS, media_type_of, named
from backend.applications.queries import application_visible_to, party_of
from backend.common.errors import InvalidInput, NotAllowed
from backend.common.texts import passage
from backend.lifecycle.services import wrong_state
from backend.packs.queries import vocabulary

LONGEST = 4000
WRITE = {
    Party.COMPANY: frozenset({Action.COMPANY_EDIT}),
    Party.INSTITUTION: frozenset({Action.CASE_WORK, Action.CASE_DECIDE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file as it was sent. `kind`: a code of `document_kinds`, or empty."""

    name: str
    content: bytes
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInput:
    """`internal`: for the institution's own people alone."""

    text: str = ""
    internal: bool = False
    papers: tuple[Paper, ...] = field(default=())


@transaction.atomic
def message_post(*, actor: User, application_id: int, data: MessageInput, now: datetime | None = None) -> Message:
    """Write to the other side, or a note for one's own. Raises NotFound, NotAllowed, InvalidInput (`required`,
    `wrong_length`, `too_many`, `too_large`, `unknown_file_type`, `unknown_code`), Conflict where the case has ended."""
    case = application_visible_to(actor, application_id)
    if case.status not in LIVE:
        raise wrong_state(case)
    return posted(case, data, actor=actor, now=now or timezone.now())


def posted(case: Application, data: MessageInput, *, actor: User, now: datetime) -> Message:
    """Within the caller's transaction."""
    party = party_of(actor, case)
    if party is None or actor.organisation is None or not WRITE[party] & actions_of(actor):
        raise NotAllowed(_("Your role does not allow this."))
    if data.internal and party is not Party.INSTITUTION:
        raise InvalidInput(_("Notes within the institution are its own."), code="out_of_range", field="internal")
    if not data.text.strip() and not data.papers:
        raise InvalidInput(_("Write something, or add a file."), code="required", field="text")
    text = passage(data.text, "text", longest=LONGEST) if data.text.strip() else ""
    checked = _checked(data.papers, now)
    message = Message.objects.create(
        application=case, author=actor, organisation=actor.organisation, text=text, internal=data.internal, at=now
    )
    for paper in checked:
        paper.message = message
        paper.save(force_insert=True)
    return message


def may_write(viewer: Viewer, case: Application) -> bool:
    """Whether the viewer may write in the case at all, while it lives."""
    party = party_of(viewer, case)
    return party is not None and not WRITE[party].isdisjoint(actions_of(viewer)) and case.status in LIVE


@transaction.atomic
def case_looked(*, actor: User, application_id: int, now: datetime | None = None) -> None:
    """Note that somebody of the institution reads what the company handed over; anybody else leaves no trace. Raises
    NotFound."""
    case = application_visible_to(actor, application_id)
    if party_of(actor, case) is not Party.INSTITUTION:
        return
    now = now or timezone.now()
    _look, made = Look.objects.get_or_create(application=case, person=actor, defaults={"first_at": now, "last_at": now})
    if not made:
        Look.objects.filter(application=case, person=actor, last_at__lt=now).update(last_at=now, times=F("times") + 1)


def _checked(papers: tuple[Paper, ...], now: datetime) -> list[Attachment]:
    """Raises InvalidInput with the place of the first paper at fault."""
    bounds = pack.limits(now.astimezone(pack.zone()).date())
    if len(papers) > bounds.files:
        raise InvalidInput(
            _("A message takes at most %(number)s files.") % {"number": bounds.files}, code="too_many", field="files"
        )
    found: dict[str, Attachment] = {}
    for place, paper in enumerate(papers):
        here = f"files[{place}]"
        if not paper.content:
            raise InvalidInput(_("This file is empty."), code="required", field=here)
        if len(paper.content) > bounds.file_bytes:
            raise InvalidInput(
                _("A file has at most %(number)s MB: split it, or save it smaller.")
                % {"number": bounds.file_bytes // 1024**2},
                code="too_large",
                field=here,
            )
        media_type = media_type_of(paper.content)
        if media_type is None:
            endings = ", ".join(ending[0].removeprefix(".").upper() for ending in EXTENSIONS.values())
            raise InvalidInput(
                _("This file is none of %(kinds)s, whatever its name says.") % {"kinds": endings},
                code="unknown_file_type",
                field=here,
            )
        if paper.kind and not vocabulary().accepts("document_kinds", paper.kind):
            raise InvalidInput(
                _("There is no code %(code)s in this vocabulary.") % {"code": paper.kind[:80]},
                code="unknown_code",
                field=f"{here}.kind",
            )
        digest = hashlib.sha256(paper.content).hexdigest()
        found.setdefault(
            digest,
            Attachment(
                name=named(paper.name, media_type),
                kind=paper.kind,
                media_type=media_type,
                size=len(paper.content),
                sha256=digest,
                content=paper.content,
            ),
        )
    return list(found.values())
