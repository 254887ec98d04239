"""Events in a reader's words: what happened, who did it, and what it was about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backend.accounts.audience import Viewer, organisation_of
from backend.accounts.models import Organisation
from backend.lifecycle.models import Event

Words = Promise | str


@dataclass(frozen=True, slots=True)
class Told:
    """`who`: a person of the reader's own organisation, else the organisation; the platform for what time alone did,
    which is no `name`. `note`: that person's own words. `details`: sentences."""

    event: str
    label: str
    at: datetime
    who: str
    named: bool
    note: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What comes next. `who` is to do it, nobody where it is empty; `by` is its day, `late` where that is over, `soon`
    where it is near."""

    who: str
    what: str
    by: date | None = None
    late: bool = False
    soon: bool = False


def told(
    events: Iterable[Event],
    viewer: Viewer,
    *,
    labels: Mapping[str, Words],
    details: Callable[[Event], Sequence[str]] = lambda event: (),
) -> list[Told]:
    """The events, the newest first. `events` come with actor and organisation, as `events_of` reads them."""
    found = [
        Told(
            event=event.event,
            label=str(labels[event.event]),
            at=event.at,
            who=_who(event, viewer) or _("The platform"),
            named=bool(_who(event, viewer)),
            note=event.note,
            details=tuple(details(event)),
        )
        for event in events
    ]
    return found[::-1]


def _who(event: Event, viewer: Viewer) -> str:
    """The name of who did it; none for the platform."""
    if event.organisation is None or event.organisation.kind == Organisation.Kind.PLATFORM:
        return ""
    own = organisation_of(viewer)
    if own is not None and own.pk == event.organisation_id and event.actor is not None:
        return event.actor.get_full_name() or event.actor.get_username()
    return event.organisation.name
