"""What is told of a product: its history, its wordings, what is expected next and from whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from backend.accounts.audience import Viewer
from backend.eligibility.phrases import rule_text
from backend.eligibility.rule import RuleError
from backend.eligibility.vocabulary import Vocabulary
from backend.lifecycle.models import Event
from backend.lifecycle.telling import Expected, Told, Words, told
from backend.packs.queries import life_cycles
from backend.products.models import Product, ProductVersion
from backend.products.queries import confirm_by
from backend.products.rules import effective_rule

EVENTS: Mapping[str, Words] = {
    "file": gettext_lazy("Filed as a draft"),
    "import": gettext_lazy("Brought in as it was on offer"),
    "change": gettext_lazy("Changed"),
    "submit": gettext_lazy("Handed to review"),
    "withdraw": gettext_lazy("Taken back from review"),
    "reject": gettext_lazy("Given back to be mended"),
    "approve": gettext_lazy("Approved, on the shelf"),
    "confirm": gettext_lazy("Confirmed as still on offer"),
    "suspend": gettext_lazy("Taken off for a while"),
    "lapse": gettext_lazy("Taken off, since nobody confirmed it"),
    "resume": gettext_lazy("Back on the shelf"),
    "retire": gettext_lazy("Off the shelf for good"),
    "restore": gettext_lazy("Back on the shelf"),
}
FIELDS: Mapping[str, Words] = {
    "code": gettext_lazy("Code"),
    "kind": gettext_lazy("Kind"),
    "name_zh": gettext_lazy("Name"),
    "name_en": gettext_lazy("Name"),
    "summary_zh": gettext_lazy("Summary"),
    "summary_en": gettext_lazy("Summary"),
    "amount_min": gettext_lazy("Amounts"),
    "amount_max": gettext_lazy("Amounts"),
    "term_min": gettext_lazy("Terms"),
    "term_max": gettext_lazy("Terms"),
    "rate_min": gettext_lazy("Annual rate"),
    "rate_max": gettext_lazy("Annual rate"),
    "first_loan_friendly": gettext_lazy("First-time borrowers"),
    "purposes": gettext_lazy("Purposes"),
    "themes": gettext_lazy("Themes"),
    "stages": gettext_lazy("Stages"),
    "collateral": gettext_lazy("Collateral"),
    "terms": gettext_lazy("Terms of its kind"),
    "fees": gettext_lazy("Fees"),
    "documents": gettext_lazy("Papers to prepare"),
    "rule": gettext_lazy("Rule"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A version. `offer` is the product as it was, `rule` its rule in words, limits and all, empty where it cannot be
    read; `changed`: what differs from the version before, empty for the first."""

    number: int
    at: datetime
    offer: Product
    rule: str
    changed: str


def history(events: Iterable[Event], viewer: Viewer) -> list[Told]:
    """The newest first."""
    return told(events, viewer, labels=EVENTS, details=_details)


def _details(event: Event) -> list[str]:
    data, found = event.data, []
    if changed := data.get("changed"):
        found.append(labels(changed))
    if "enter" in data:
        found.append(moves_text(data["enter"], data["leave"]))
    if event.event == "approve" and "four_eyes" in data:
        found.append(_("A second pair of eyes.") if data["four_eyes"] else _("By who submitted it: nobody else could."))
    return found


def labels(names: Iterable[str]) -> str:
    return _(", ").join(dict.fromkeys(str(FIELDS[name]) for name in names))


def name_of(product: Product) -> str:
    """In the language that is spoken."""
    return product.name_zh if (get_language() or "zh-hans").startswith("zh") else product.name_en


def moves_text(enter: int, leave: int) -> str:
    """Of open needs."""
    if not enter and not leave:
        return _("The same open needs qualify as before.")
    entering = ngettext("%(number)s open need enters", "%(number)s open needs enter", enter) % {"number": f"{enter:,}"}
    leaving = ngettext("%(number)s leaves", "%(number)s leave", leave) % {"number": f"{leave:,}"}
    return _("%(entering)s, %(leaving)s.") % {"entering": entering, "leaving": leaving}


def expected(product: Product, *, today: date) -> Expected:
    """What is expected next of a product of the reader's institution, and from whom."""
    editor, reviewer = _("Who edits products"), _("Who reviews products")
    match product.status:
        case Product.Status.DRAFT:
            return Expected(editor, _("Complete it, then hand it to review."))
        case Product.Status.REVIEW:
            return Expected(reviewer, _("Look at terms and rule, then approve it or give it back."))
        case Product.Status.PUBLISHED:
            by = confirm_by(product, today)
            soon = needs_confirming(product, today)
            what = _("Confirm that it is still on offer: without that it leaves the shelf.")
            return Expected(editor, what, by, late=by is not None and by < today, soon=soon)
        case Product.Status.SUSPENDED:
            return Expected(editor, _("Put it back on the shelf, or take it off for good."))
    return Expected("", _("Nothing more. Applications made under it keep its terms."))


def needs_confirming(product: Product, today: date) -> bool:
    """Whether a published product leaves the shelf within the days of notice."""
    by, settings = confirm_by(product, today), life_cycles(today)
    return by is not None and settings is not None and (by - today).days <= settings.product_notice_days


def rule_of(product: Product, vocabulary: Vocabulary) -> str:
    """What the product asks, in words; empty where its rule cannot be read."""
    try:
        return rule_text(effective_rule(product), get_language() or "zh-hans", vocabulary)
    except RuleError:
        return ""


def wordings(versions: Sequence[ProductVersion], vocabulary: Vocabulary) -> list[Wording]:
    """The newest first."""
    found: list[Wording] = []
    before: Mapping[str, object] = {}
    for version in versions:
        content = version.content
        changed = [name for name in content if before and content[name] != before.get(name)]
        offer = version.offer()
        found.append(Wording(version.number, version.at, offer, rule_of(offer, vocabulary), labels(changed)))
        before = content
    return found[::-1]
