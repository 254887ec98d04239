"""What may be filed of a need: every field checked, with the path of the first fault."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from backend.common.errors import InvalidInput
from backend.common.money import amount_text
from backend.common.texts import one_line
from backend.companies.facts import Clerk, stored_facts
from backend.eligibility.attributes import ATTRIBUTES, Subject
from backend.eligibility.facts import FactError, normalise
from backend.needs.models import Need
from backend.packs.queries import current_pack, vocabulary

if TYPE_CHECKING:
    from backend.needs.services import NeedInput

TITLE_LIMIT, DESCRIPTION_LIMIT, TERM_LIMIT = 200, 4000, 600


def need_title(*, amount: Decimal, purpose: str) -> str:
    """The title of a need that was given none, in the language of who files it: `采购设备，100万元`."""
    language = get_language() or "zh-hans"
    sum_asked = amount_text(amount, language, current_pack().currency)
    if not purpose:
        return gettext("Financing of %(amount)s") % {"amount": sum_asked}
    label = vocabulary().label(ATTRIBUTES["purpose"].scheme or "", purpose).in_language(language)
    return gettext("%(purpose)s, %(amount)s") % {"purpose": label, "amount": sum_asked}


def shown_columns(columns: dict[str, object]) -> dict[str, object]:
    """`columns` as institutions may see them. Raises InvalidInput where the amount is missing."""
    amount = columns["amount"]
    if not isinstance(amount, Decimal):
        message = _("Say how much you need: institutions see only needs with an amount.")
        raise InvalidInput(message, code="required", field="amount")
    if columns["title"]:
        return columns
    title = need_title(amount=amount, purpose=str(columns["purpose"]))
    return {**columns, "title": title[:TITLE_LIMIT]}


def checked_need(data: NeedInput, clerk: Clerk, previous: Need | None = None) -> dict[str, object]:
    """The columns for `data`. Raises InvalidInput with the path of the first fault."""
    title = one_line(data.title, "title", longest=TITLE_LIMIT) if data.title.strip() else ""
    if len(data.description) > DESCRIPTION_LIMIT:
        raise InvalidInput(_("A description has at most 4000 characters."), code="wrong_length", field="description")
    if data.term_months is not None and not 0 < data.term_months <= TERM_LIMIT:
        raise InvalidInput(_("A term has 1 to 600 months."), code="out_of_range", field="term_months")
    terms = vocabulary()
    return {
        "title": title,
        "description": data.description.strip(),
        "amount": None if data.amount is None else checked_amount(data.amount),
        "term_months": data.term_months,
        "purpose": checked_purpose(data.purpose),
        "facts": stored_facts(
            data.facts,
            subject=Subject.NEED,
            vocabulary=terms,
            clerk=clerk,
            previous=previous.facts if previous else None,
        ),
    }


def checked_amount(amount: Decimal) -> Decimal:
    fen = amount.quantize(Decimal("0.01")) if amount.is_finite() and abs(amount) < Decimal(10) ** 15 else None
    if fen is None or fen != amount or fen <= 0:
        raise InvalidInput(
            _("An amount is above zero and has at most two decimals."), code="out_of_range", field="amount"
        )
    return fen


def checked_purpose(purpose: str) -> str:
    if not purpose:
        return ""
    try:
        return str(normalise(ATTRIBUTES["purpose"], purpose, vocabulary()))
    except FactError as error:
        language = get_language() or "zh-hans"
        raise InvalidInput(error.message.in_language(language), code=error.code, field="purpose") from error
