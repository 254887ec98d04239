"""What is told of a need: its history, its wordings, what is expected next and from whom, why it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backend.accounts.audience import Viewer
from backend.eligibility.attributes import ATTRIBUTES
from backend.eligibility.facts import value_from_json
from backend.eligibility.phrases import value_text
from backend.eligibility.vocabulary import Vocabulary
from backend.lifecycle.models import Event
from backend.lifecycle.telling import Expected, Told, Words, told
from backend.needs.duplicates import Ground
from backend.needs.models import Need, NeedVersion
from backend.needs.queries import Duplicate
from backend.needs.services import NeedInput
from backend.needs.steps import STEPS, values
from backend.needs.versions import content_of
from backend.packs.queries import life_cycles

EVENTS: Mapping[str, Words] = {
    "file": gettext_lazy("Begun as a draft"),
    "import": gettext_lazy("Brought in as open"),
    "change": gettext_lazy("Changed"),
    "submit": gettext_lazy("Handed in"),
    "withdraw": gettext_lazy("Taken back into a draft"),
    "return": gettext_lazy("Given back to be mended"),
    "verify": gettext_lazy("Checked, nothing against it"),
    "check": gettext_lazy("Passed the platform's own check"),
    "open": gettext_lazy("Opened to institutions"),
    "talk": gettext_lazy("Talks began"),
    "resume": gettext_lazy("Talks ended, open as before"),
    "idle": gettext_lazy("Talks ran out of time, open as before"),
    "fund": gettext_lazy("Funded"),
    "close": gettext_lazy("Closed"),
    "expire": gettext_lazy("Expired"),
    "renew": gettext_lazy("Renewed"),
}
TITLE, DESCRIPTION = gettext_lazy("Title"), gettext_lazy("In your own words")


@dataclass(frozen=True, slots=True)
class Said:
    """`typed`: the company's own words, in its own language."""

    label: str
    text: str
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that institutions saw. `said`: all of the first, and of a later one what differs from the one
    before."""

    number: int
    at: datetime
    said: tuple[Said, ...]


def history(events: Iterable[Event], viewer: Viewer) -> list[Told]:
    """The newest first. Changes of a draft are nobody's business but the draft's."""
    shown = [event for event in events if (event.event, event.before) != ("change", "draft")]
    return told(shown, viewer, labels=EVENTS, details=_details)


def _details(event: Event) -> list[str]:
    found = []
    if changed := event.data.get("changed"):
        found.append(_(", ").join(dict.fromkeys(map(_column, changed))))
    if until := event.data.get("expires_on"):
        found.append(_("Open until %(day)s") % {"day": until})
    return found


def _column(name: str) -> str:
    if name in ("title", "description"):
        return str(TITLE if name == "title" else DESCRIPTION)
    if name == "facts":
        return _("Other terms")
    return ATTRIBUTES["term" if name == "term_months" else name].label.in_language(_language())


def expected(need: Need, *, today: date, own: bool) -> Expected:
    """What is expected next of a need, and from whom. `own`: its company reads."""
    company = _("You") if own else _("The company")
    bureau, institutions = _("Finance bureau"), _("Financial institutions")
    match need.status:
        case Need.Status.DRAFT:
            return Expected(company, _("Say what is needed, then publish it."))
        case Need.Status.SUBMITTED:
            late = need.verify_by is not None and need.verify_by < today
            what = _("Checks the need. It opens as soon as nothing speaks against it.")
            return Expected(bureau, what, need.verify_by, late=late)
        case Need.Status.VERIFIED:
            return Expected(bureau, _("Verifies the company. The need opens by itself as soon as that is done."))
        case Need.Status.OPEN if soon_over(need, today):
            return Expected(
                company, _("Renew it if the money is still needed: it expires."), need.expires_on, soon=True
            )
        case Need.Status.OPEN:
            return Expected(institutions, _("Read it and get in touch."))
        case Need.Status.TALKING:
            return Expected(institutions, _("Work on the application. Others see the need as well until it is closed."))
        case Need.Status.FUNDED:
            return Expected("", _("Nothing more: money was paid out."))
        case Need.Status.EXPIRED:
            return Expected(company, _("Its time is over. Open it once more if the money is still needed."))
    return Expected(company, _("It is closed. Open it once more if the money is still needed."))


def soon_over(need: Need, today: date) -> bool:
    """Whether an open need expires within the days of notice."""
    settings = life_cycles(today)
    if settings is None or need.expires_on is None or need.status != Need.Status.OPEN:
        return False
    return (need.expires_on - today).days <= settings.need_notice_days


def waits_for(need: Need, duplicates: Iterable[Duplicate]) -> list[str]:
    """Why a submitted need was not opened at once."""
    reasons = []
    if need.company.verified_at is None:
        reasons.append(_("The company is not verified yet."))
    if list(duplicates):
        reasons.append(_("Another need of the company looks the same."))
    return reasons


def grounds(duplicate: Duplicate, vocabulary: Vocabulary) -> list[str]:
    """Why another need looks the same, a sentence for each ground."""
    found = []
    for one in duplicate.likenesses:
        apart = f"{one.apart * 100:.0f}%"
        if one.ground is Ground.PURPOSE:
            found.append(_("The same purpose, and amounts that differ by %(share)s.") % {"share": apart})
        else:
            kinds = sorted(vocabulary.label("collateral", code).in_language(_language()) for code in one.pledges)
            found.append(
                _("The same pledge offered (%(kinds)s), and amounts that differ by %(share)s. No register number says "
                  "whether it is one right or two.") % {"kinds": _(", ").join(kinds), "share": apart}
            )  # fmt: skip
    return found


def wordings(versions: Iterable[NeedVersion], vocabulary: Vocabulary) -> list[Wording]:
    """The newest first."""
    found: list[Wording] = []
    before: dict[str, Said] = {}
    for version in versions:
        now = _said(version.content, vocabulary)
        differs = tuple(said for key, said in now.items() if before.get(key) != said)
        gone = tuple(Said(said.label, "–") for key, said in before.items() if key not in now)
        found.append(Wording(version.number, version.at, (*differs, *gone)))
        before = now
    return found[::-1]


def said_by(need: Need, vocabulary: Vocabulary) -> list[Said]:
    """What the need says now."""
    return list(_said(content_of(need), vocabulary).values())


def _said(content: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Said]:
    language = _language()
    amount = content["amount"]
    data = NeedInput(**{**content, "amount": None if amount is None else Decimal(amount)})
    told_of = values(data)
    said = {
        name: Said(str(label), text, typed=True)
        for name, label, text in (("title", TITLE, data.title), ("description", DESCRIPTION, data.description))
        if text
    }
    for key in (key for step in STEPS for key in step.keys if key in told_of):
        text = value_text(ATTRIBUTES[key], value_from_json(ATTRIBUTES[key], told_of[key]), language, vocabulary)
        said[key] = Said(ATTRIBUTES[key].label.in_language(language), text)
    return said


def _language() -> str:
    return get_language() or "zh-hans"
